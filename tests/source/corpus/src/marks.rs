//! Layers that leave their name in the answer: the innermost comes first.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

fn mark(mut answer: Response, name: &'static str) -> Response {
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

macro_rules! handlers {
    ($($name:ident),*) => { $(pub async fn $name() -> &'static str { stringify!($name) })* };
}
pub mod h {
    handlers!(one, two, three, four, five, six, missing, nothing);
}
