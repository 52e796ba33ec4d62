use crate::marks::h;
use axum::{routing, Router};

pub fn part() -> Router {
    Router::new().route("/part", routing::get(h::one))
}
