//! Modules in files, `use`, `pub use`, globs.

mod deep;
mod parts;

use axum::Router;
use parts::*;

pub use deep::deeper::leaf as renamed;

pub fn app() -> Router {
    Router::new().merge(part()).merge(self::deep::branch()).merge(crate::files::renamed())
}
