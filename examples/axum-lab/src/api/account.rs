//! The caller, as the service identifies it.

use axum::routing::get;
use axum::{Extension, Json, Router};

use crate::identity::Identity;
use crate::store::Store;

/// `/v1/me`.
pub fn routes() -> Router<Store> {
    Router::new().route("/v1/me", get(me))
}

async fn me(Extension(identity): Extension<Identity>) -> Json<Identity> {
    Json(identity)
}
