//! Services in routes, and routers as services: those answer 404 and 405 themselves, whatever is around them.

use crate::marks::{a, b, c, h};
use axum::handler::HandlerWithoutStateExt;
use axum::middleware::from_fn;
use axum::routing::{get, get_service, post};
use axum::Router;

fn rooted() -> Router {
    Router::new().route("/", get(h::five)).route("/deep/{id}", post(h::six))
}

fn own() -> Router {
    let nested = Router::new().route("/x", get(h::one)).fallback(h::nothing);
    Router::new().route("/x", get(h::two)).nest("/nested", nested).layer(from_fn(c)).fallback(h::six)
}

/// The fallback of the services inside stays theirs, also where the router that has them has none.
fn around() -> Router {
    Router::new().nest_service("/own", own()).nest_service("/{tenant}/rooted", rooted()).route_layer(from_fn(b))
}

pub fn app() -> Router {
    let inner = Router::new().route("/x", get(h::two)).layer(from_fn(a));
    Router::new()
        .route_service("/service", h::one.into_service())
        .route("/get", get_service(h::three.into_service()))
        .nest_service("/tree", h::four.into_service())
        .nest_service("/router", inner)
        .nest_service("/slash/", rooted())
        .nest("/around", around())
        .fallback(h::five)
        .reset_fallback()
        .method_not_allowed_fallback(h::nothing)
        .fallback_service(h::missing.into_service())
}
