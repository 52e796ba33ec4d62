//! Axum 0.6: `/:id` and `/*rest`, and `nest` of a router without a path of its own.

use axum06::routing::{get, post};
use axum06::Router;

async fn one() -> &'static str {
    "one"
}

async fn two() -> &'static str {
    "two"
}

async fn missing() -> &'static str {
    "missing"
}

pub fn app() -> Router {
    let inner = Router::new().route("/:id", get(one).put(two)).route("/files/*rest", get(two));
    Router::new().route("/", post(one)).nest("/api", inner).fallback(missing)
}
