//! What a layer wraps: what was there before it.

use crate::marks::{a, b, c, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

pub fn app() -> Router {
    Router::new()
        .route("/inside", get(h::one))
        .layer(from_fn(a))
        .route("/between", get(h::two))
        .fallback(h::missing)
        .route_layer(from_fn(b))
        .route("/outside", get(h::three))
        .layer(from_fn(c))
}
