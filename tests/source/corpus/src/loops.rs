//! Loops over what is known: arrays, constants, iterators, loops in loops.

use crate::marks::{a, h};
use axum::middleware::from_fn;
use axum::routing::{get, MethodRouter};
use axum::Router;

const PATHS: [&str; 2] = ["/first", "/second"];
static MORE: &[&str] = &["/third", "/fourth"];

fn table() -> Vec<(&'static str, MethodRouter)> {
    vec![("/fifth", get(h::three)), ("/sixth", get(h::four))]
}

pub fn app() -> Router {
    let mut app = Router::new();
    for path in PATHS {
        app = app.route(path, get(h::one));
    }
    for path in MORE.iter() {
        app = app.route(path, get(h::two));
    }
    for (path, method) in table() {
        app = app.route(path, method);
    }
    app = app.layer(from_fn(a));
    for version in ["v1", "v2"] {
        for name in ["users", "items"] {
            app = app.route(&format!("/{version}/{name}"), get(h::five));
        }
    }
    let mut parts = Vec::new();
    parts.push(Router::new().route("/pushed", get(h::six)));
    parts.push(Router::new().route("/again", get(h::one)));
    parts.into_iter().fold(app, Router::merge)
}
