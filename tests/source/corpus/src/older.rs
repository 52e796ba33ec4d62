//! Axum 0.7: `/:id` and `/*rest`, and routers as services.

use axum07::routing::get;
use axum07::Router;

async fn one() -> &'static str {
    "one"
}

async fn two() -> &'static str {
    "two"
}

async fn missing() -> &'static str {
    "missing"
}

fn service() -> Router {
    Router::new().route("/", get(two)).route("/x/:id", get(one))
}

pub fn app() -> Router {
    let inner = Router::new().route("/:id", get(one)).route("/files/*rest", get(two));
    let own = service().fallback(two);
    Router::new()
        .nest("/api", inner)
        .nest_service("/service", service())
        .nest_service("/:tenant/own/", own)
        .fallback(missing)
}
