//! A fallback after a layer is outside of it.

use crate::marks::{a, h};
use axum::middleware::from_fn;
use axum::routing::get;
use axum::Router;

pub fn app() -> Router {
    Router::new().route("/x", get(h::one)).layer(from_fn(a)).fallback(h::missing)
}
