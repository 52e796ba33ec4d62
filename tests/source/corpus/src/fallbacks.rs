//! Fallbacks of methods, of routers and of what is nested.

use crate::marks::{a, b, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

fn inherits() -> Router {
    Router::new().route("/x", get(h::one)).layer(from_fn(b))
}

fn own() -> Router {
    Router::new().route("/y", get(h::two).fallback(h::five)).fallback(h::nothing).layer(from_fn(a))
}

pub fn app() -> Router {
    Router::new()
        .route("/z", get(h::three))
        .nest("/inherits", inherits())
        .nest("/own", own())
        .fallback(h::four)
        .reset_fallback()
        .fallback(h::missing)
        .method_not_allowed_fallback(h::six)
}
