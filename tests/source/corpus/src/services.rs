//! Services in routes, and routers as services.

use crate::marks::{a, h};
use axum::handler::HandlerWithoutStateExt;
use axum::middleware::from_fn;
use axum::routing::{get, get_service};
use axum::Router;

pub fn app() -> Router {
    let inner = Router::new().route("/x", get(h::two)).layer(from_fn(a));
    Router::new()
        .route_service("/service", h::one.into_service())
        .route("/get", get_service(h::three.into_service()))
        .nest_service("/tree", h::four.into_service())
        .nest_service("/router", inner)
        .fallback_service(h::missing.into_service())
}
