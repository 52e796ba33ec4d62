//! ServiceBuilder, tuples of layers, options, state.

use crate::marks::{a, b, c, h, stateful};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::Router;
use tower::util::option_layer;
use tower::ServiceBuilder;

pub fn app() -> Router {
    let builder = ServiceBuilder::new().layer(from_fn(a)).layer(from_fn(b));
    Router::new()
        .route("/builder", get(h::one))
        .layer(builder)
        .route("/tuple", get(h::two))
        .route_layer((from_fn(c), from_fn(a)))
        .route("/state", get(h::three))
        .route_layer(from_fn_with_state("x", stateful))
        .route("/option", get(h::four))
        .layer(option_layer(Some(from_fn(b))))
        .with_state(())
}
