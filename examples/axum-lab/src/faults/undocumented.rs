//! `undocumented`: routes for the operators that the document lacks.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::store::Store;

/// `/metrics` and `/debug/config`, for every client that passes the handshake.
pub fn routes() -> Router<Store> {
    Router::new().route("/metrics", get(metrics)).route("/debug/config", get(config))
}

async fn metrics() -> &'static str {
    "# HELP http_requests_total Requests served.\n\
     # TYPE http_requests_total counter\n\
     http_requests_total{route=\"/v1/invoices\"} 1027\n\
     http_requests_total{route=\"/v1/admin/users\"} 3\n"
}

async fn config() -> Json<Value> {
    Json(json!({
        "database": "postgres://invoices@db.internal/invoices",
        "ledger": "https://ledger.internal:8443",
        "log_level": "debug",
    }))
}
