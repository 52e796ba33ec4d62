//! Axum 0.7: `/:id` and `/*rest`.

use axum07::routing::get;
use axum07::Router;

async fn one() -> &'static str {
    "one"
}

async fn two() -> &'static str {
    "two"
}

pub fn app() -> Router {
    Router::new().nest("/api", Router::new().route("/:id", get(one)).route("/files/*rest", get(two)))
}
