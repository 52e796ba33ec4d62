//! A path that is known at run time only. It is not read: it is listed.

use crate::marks::h;
use axum::routing::get;
use axum::Router;

pub fn app() -> Router {
    let path = std::env::args().nth(99).map_or_else(|| String::from("/two"), |given| given);
    Router::new().route("/one", get(h::one)).route(&path, get(h::two))
}
