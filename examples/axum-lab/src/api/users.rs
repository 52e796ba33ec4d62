//! Accounts: for administrators.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::store::{Store, User};

/// `/v1/admin/users` and `/v1/admin/users/{id}`.
pub fn routes() -> Router<Store> {
    Router::new()
        .route("/v1/admin/users", get(list))
        .route("/v1/admin/users/{id}", get(read).delete(remove))
}

async fn list(State(store): State<Store>) -> Json<Value> {
    Json(json!({"users": store.users()}))
}

async fn read(
    State(store): State<Store>,
    id: Result<Path<u32>, PathRejection>,
) -> Result<Json<User>, Problem> {
    let Path(id) = id?;
    let found = store.users().into_iter().find(|user| user.id == id);
    found.map(Json).ok_or_else(Problem::not_found)
}

/// 204 also when the account is gone already: DELETE is idempotent.
async fn remove(
    State(store): State<Store>,
    id: Result<Path<u32>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(id) = id?;
    store.remove_user(id);
    Ok(StatusCode::NO_CONTENT)
}
