//! Axum 0.6: `/:id` and `/*rest`, and routers as services.

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
    let service = Router::new().route("/", get(two)).route("/x/:id", get(one));
    let own = Router::new().route("/x", get(one)).fallback(two);
    Router::new()
        .route("/", post(one))
        .nest("/api", inner)
        .nest_service("/service", service)
        .nest_service("/own", own)
        .fallback(missing)
}
