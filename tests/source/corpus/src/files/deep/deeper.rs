use crate::marks::h::{self, three as third};
use axum::{routing::get, Router};

pub fn leaf() -> Router {
    Router::new().route("/leaf", get(third))
}

pub(super) fn twig() -> Router {
    Router::new().route("/twig", get(h::four))
}
