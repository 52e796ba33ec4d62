//! Layers that leave their name in the answer: the innermost comes first.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub fn mark(mut answer: Response, name: &'static str) -> Response {
    answer.headers_mut().append("x-layer", HeaderValue::from_static(name));
    answer
}

pub async fn a(request: Request, next: Next) -> Response {
    mark(next.run(request).await, "a")
}

pub async fn b(request: Request, next: Next) -> Response {
    mark(next.run(request).await, "b")
}

pub async fn c(request: Request, next: Next) -> Response {
    mark(next.run(request).await, "c")
}

pub async fn stateful(State(_): State<&'static str>, request: Request, next: Next) -> Response {
    mark(next.run(request).await, "stateful")
}

/// Rejects every caller, as a layer would.
#[derive(Clone)]
pub struct Key;

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Response;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Response> {
        Err(mark(StatusCode::UNAUTHORIZED.into_response(), "Key"))
    }
}

macro_rules! handlers {
    ($($name:ident),*) => { $(pub async fn $name() -> &'static str { stringify!($name) })* };
}
pub mod h {
    handlers!(one, two, three, four, five, six, missing, nothing);
}
