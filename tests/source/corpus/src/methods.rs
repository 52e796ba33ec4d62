//! Layers of method routers wrap the methods before them.

use crate::marks::{a, b, c, h};
use axum::handler::Handler;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use axum::Router;

pub fn app() -> Router {
    let chain = get(h::one).route_layer(from_fn(a)).head(h::two).post(h::three).layer(from_fn(b)).put(h::four);
    Router::new()
        .route("/chain", chain)
        .route("/handler", post(h::five.layer(from_fn(c))).get(h::six))
}
