//! Invoices: list, read, write.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::store::{Currency, Invoice, Status, Store};

/// `/v1/invoices`.
pub fn collection() -> Router<Store> {
    Router::new().route("/v1/invoices", get(list).post(create))
}

/// `/v1/invoices/{id}`.
pub fn item() -> Router<Store> {
    Router::new().route("/v1/invoices/{id}", get(read))
}

#[derive(Deserialize)]
pub struct Filter {
    status: Option<Status>,
    limit: Option<u32>,
}

/// Body of a new invoice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvoice {
    customer: String,
    amount_cents: u32,
    currency: Currency,
}

/// The invoices that match the filter.
pub async fn list(
    State(store): State<Store>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(filter) = filter?;
    let limit = filter.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Problem::bad_parameter("limit must be 1 to 100"));
    }
    let wanted = |invoice: &Invoice| filter.status.is_none_or(|status| status == invoice.status);
    let mut invoices = store.invoices();
    invoices.retain(wanted);
    invoices.truncate(limit as usize);
    Ok(Json(json!({"invoices": invoices})))
}

async fn read(
    State(store): State<Store>,
    id: Result<Path<u32>, PathRejection>,
) -> Result<Json<Invoice>, Problem> {
    let Path(id) = id?;
    let found = store.invoices().into_iter().find(|invoice| invoice.id == id);
    found.map(Json).ok_or_else(Problem::not_found)
}

/// Keeps a new invoice; 201 with its place.
pub async fn create(
    State(store): State<Store>,
    body: Result<Json<NewInvoice>, JsonRejection>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Invoice>), Problem> {
    let Json(new) = body?;
    if !(1..=100).contains(&new.customer.chars().count()) {
        return Err(Problem::unprocessable("customer must have 1 to 100 characters"));
    }
    if new.amount_cents == 0 {
        return Err(Problem::unprocessable("amount_cents must be at least 1"));
    }
    let invoice = store.add_invoice(new.customer, new.amount_cents, new.currency);
    let place = [(LOCATION, format!("/v1/invoices/{}", invoice.id))];
    Ok((StatusCode::CREATED, place, Json(invoice)))
}
