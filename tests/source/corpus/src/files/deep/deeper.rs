use crate::marks::h::{self, three};
use axum::{routing::get, Router};

pub fn leaf() -> Router {
    Router::new().route("/leaf", get(three))
}

pub(super) fn twig() -> Router {
    Router::new().route("/twig", get(h::four))
}
