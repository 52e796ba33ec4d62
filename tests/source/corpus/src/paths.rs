//! Paths that are put together.

use crate::marks::h;
use axum::routing::get;
use axum::Router;

const BASE: &str = "/v1";
const ITEMS: &str = concat!("/v2", "/items");
mod names {
    pub const USERS: &str = "/users";
    pub static DEEP: &str = r"/deep";
}

pub fn app() -> Router {
    let version = 3;
    let prefix = format!("{BASE}{}", names::USERS);
    let _ = version;
    let own = String::from("/own");
    Router::new()
        .route(BASE, get(h::one))
        .route(ITEMS, get(h::two))
        .route(&prefix, get(h::three))
        .route(&format!("{}/{{id}}", names::DEEP), get(h::four))
        .route(&format!("{base}/named", base = BASE), get(h::five))
        .nest(&(own + "/six"), Router::new().route("/x", get(h::six)))
}
