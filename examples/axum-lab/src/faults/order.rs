//! `validation-first`: handlers that authorize the caller themselves, after their extractors have
//! validated the input.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::Value;

use crate::api::invoices::{self, Filter, NewInvoice};
use crate::identity::Peer;
use crate::problem::Problem;
use crate::store::{Invoice, Store};

/// `/v1/invoices`, without the guard around it.
pub fn collection() -> Router<Store> {
    Router::new().route("/v1/invoices", get(list).post(create))
}

/// A caller with a certificate.
struct Caller;

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Peer>().and_then(Peer::identity);
        known.map(|_| Self).ok_or_else(Problem::unauthenticated)
    }
}

/// Extractors run in the order of the arguments.
async fn list(
    filter: Query<Filter>,
    _: Caller,
    state: State<Store>,
) -> Result<Json<Value>, Problem> {
    invoices::list(state, Ok(filter)).await
}

/// The body is always extracted last, so the handler authorizes the caller.
async fn create(
    Extension(peer): Extension<Peer>,
    state: State<Store>,
    body: Result<Json<NewInvoice>, JsonRejection>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Invoice>), Problem> {
    let body = body?;
    peer.identity().ok_or_else(Problem::unauthenticated)?;
    invoices::create(state, Ok(body)).await
}
