//! Open operations: health, and the tariff, which has a discount with a certificate.

use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use crate::identity::Peer;
use crate::problem::Problem;
use crate::store::Store;

/// `/health`.
pub fn health() -> Router<Store> {
    Router::new().route("/health", get(async || Json(json!({"status": "ok"}))))
}

/// `/v1/tariff`: a certificate is optional, and changes the answer.
pub fn tariff() -> Router<Store> {
    Router::new().route("/v1/tariff", get(price))
}

async fn price(Extension(peer): Extension<Peer>) -> Json<Value> {
    let discount = if peer.identity().is_some() { 10 } else { 0 };
    Json(json!({"currency": "EUR", "cents_per_invoice": 25, "discount_percent": discount}))
}

/// Everything else.
pub async fn not_found() -> Problem {
    Problem::not_found()
}
