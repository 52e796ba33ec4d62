//! Rebinding, blocks, loops, conditions that are always the same.

use crate::marks::{a, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

fn add(router: Router, path: &str) -> Router {
    router.route(path, get(h::one))
}

pub fn app() -> Router {
    let app = Router::new();
    let app = app.route("/two", get(h::two));
    let mut app = { add(app, "/one") };
    for (path, method) in [("/three", get(h::three)), ("/four", get(h::four))] {
        app = app.route(path, method);
    }
    let layer = from_fn(a);
    app = app.layer(layer);
    let parts = vec![Router::new().route("/five", get(h::five)), Router::new().route("/six", get(h::six))];
    for part in parts {
        app = app.merge(part);
    }
    let add_missing = |router: Router| router.fallback(h::missing);
    add_missing(app)
}
