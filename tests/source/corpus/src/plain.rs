//! Methods, chains, services.

use crate::marks::h;
use axum::routing::{any, delete, get, on, patch, post, MethodFilter};
use axum::Router;

pub fn app() -> Router {
    Router::new()
        .route("/", get(h::one))
        .route("/items", get(h::two).post(h::three))
        .route("/items/{id}", delete(h::four).put(h::five))
        .route("/any", any(h::six))
        .route("/on", on(MethodFilter::GET.or(MethodFilter::PATCH), h::one))
        .route("/files/{*rest}", get(h::two))
        .route("/twice", get(h::three))
        .route("/twice", post(h::four))
        .route("/merged", get(h::one).merge(patch(h::five)))
        .fallback(h::missing)
}
