//! Layers of one's own, closures, functions that map answers, extractors as layers.

use std::task::{Context, Poll};

use crate::marks::{a, h, mark, Key};
use axum::extract::Request;
use axum::middleware::{from_extractor, from_fn, map_response, Next};
use axum::response::Response;
use axum::routing::get;
use axum::Router;
use tower::{Layer, Service, ServiceBuilder};

#[derive(Clone)]
struct Own;

impl<S> Layer<S> for Own {
    type Service = Passing<S>;

    fn layer(&self, inner: S) -> Passing<S> {
        Passing { inner }
    }
}

#[derive(Clone)]
struct Passing<S> {
    inner: S,
}

impl<S: Service<Request>> Service<Request> for Passing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.inner.call(request)
    }
}

async fn mapped(answer: Response) -> Response {
    mark(answer, "mapped")
}

pub fn app() -> Router {
    let nested = Router::new().route("/key", get(h::three)).route_layer(from_extractor::<Key>());
    Router::new()
        .route("/own", get(h::one))
        .layer(ServiceBuilder::new().layer(from_fn(a)).layer(Own).into_inner())
        .route("/mapped", get(h::two))
        .layer(map_response(mapped))
        .nest("/nested", nested)
        .route("/closure", get(|| async { "a closure" }))
        .layer(from_fn(|request: Request, next: Next| async move { mark(next.run(request).await, "a closure") }))
}
