//! Replaced by the tests with programs that they make up.

use axum::Router;

pub fn app(name: &str) -> Router {
    panic!("there is no router {name}")
}
