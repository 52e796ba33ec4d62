//! utoipa-axum: methods and paths stand at the handlers.

use crate::marks::a;
use axum::middleware::from_fn;
use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[utoipa::path(get, path = "/one", responses((status = 200)))]
async fn one() -> &'static str {
    "one"
}

#[utoipa::path(post, path = "/one", responses((status = 200)))]
async fn two() -> &'static str {
    "two"
}

#[utoipa::path(method(get, head), path = "/three/{id}", params(("id" = u32, Path)), responses((status = 200)))]
async fn three() -> &'static str {
    "three"
}

pub fn app() -> Router {
    let inner = OpenApiRouter::new().routes(routes!(three)).layer(from_fn(a));
    let (router, _api) = OpenApiRouter::new().routes(routes!(one, two)).nest("/v1", inner).split_for_parts();
    router
}
