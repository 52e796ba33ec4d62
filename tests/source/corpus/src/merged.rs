//! Merged before and after a layer.

use crate::marks::{a, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

fn first() -> Router {
    Router::new().route("/first", get(h::one))
}

fn with_fallback() -> Router {
    Router::new().route("/second", get(h::two)).fallback(h::missing)
}

pub fn app() -> Router {
    Router::new().merge(first()).route_layer(from_fn(a)).merge(with_fallback())
}
