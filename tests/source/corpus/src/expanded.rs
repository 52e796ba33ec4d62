//! Macros of one's own that build routers: as an expression, as a statement, between items, and of each other.

use crate::marks::h;
use axum::routing::{get, post};
use axum::Router;

macro_rules! wired {
    ($app:expr, $($path:literal => $handler:path),*) => { $app$(.route($path, get($handler)))* };
}

macro_rules! put_in {
    ($app:ident, $path:expr) => {
        $app = $app.route($path, post(h::two));
    };
}

macro_rules! part {
    ($name:ident, $path:literal) => {
        fn $name() -> Router {
            let mut app = wired!(Router::new(), $path => h::one);
            put_in!(app, concat!($path, "/more"));
            app
        }
    };
}

part!(first, "/first");

pub fn app() -> Router {
    wired!(Router::new().route("/outside", get(h::three)), "/one" => h::one, "/two" => h::two)
        .merge(first())
        .nest("/n", wired!(Router::new(), "/three" => h::three))
}
