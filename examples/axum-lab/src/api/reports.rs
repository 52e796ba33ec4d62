//! Reports: a router of its own, mounted under `/v1/reports`.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::store::{Status, Store};

/// `/v1/reports/totals`, seen from its own root.
pub fn routes() -> Router<Store> {
    Router::new().route("/totals", get(totals))
}

#[derive(Deserialize)]
struct Selection {
    status: Status,
}

async fn totals(
    State(store): State<Store>,
    selection: Result<Query<Selection>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(Selection { status }) = selection?;
    let mut invoices = store.invoices();
    invoices.retain(|invoice| invoice.status == status);
    let total: u64 = invoices.iter().map(|invoice| u64::from(invoice.amount_cents)).sum();
    Ok(Json(json!({"status": status, "invoices": invoices.len(), "total_cents": total})))
}
