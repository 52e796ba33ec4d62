//! Nested routers keep their layers; a fallback only where they have one of their own.

use crate::marks::{a, b, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

fn inner() -> Router {
    Router::new().route("/", get(h::one)).route("/{id}", get(h::two)).layer(from_fn(b))
}

fn own() -> Router {
    Router::new().route("/x", get(h::three)).fallback(h::nothing)
}

pub fn app() -> Router {
    let api = Router::new().nest("/inner", inner()).route_layer(from_fn(a));
    Router::new()
        .nest("/api", api)
        .nest("/own", own())
        .nest("/slash/", Router::new().route("/four", get(h::four)))
        .fallback(h::missing)
}
