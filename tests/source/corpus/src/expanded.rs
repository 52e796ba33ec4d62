//! Macros of one's own. What they wire is not read: it is listed.

use crate::marks::h;
use axum::routing::get;
use axum::Router;

macro_rules! wired {
    ($app:expr, $($path:literal => $handler:path),*) => { $app$(.route($path, get($handler)))* };
}

pub fn app() -> Router {
    wired!(Router::new().route("/outside", get(h::three)), "/one" => h::one, "/two" => h::two)
}
