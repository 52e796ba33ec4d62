//! axum-extra: the path belongs to the type.

use axum::Router;
use axum_extra::routing::{RouterExt, TypedPath};
use serde::Deserialize;

#[derive(TypedPath)]
#[typed_path("/users")]
struct Users;

#[derive(TypedPath, Deserialize)]
#[typed_path("/users/{id}")]
struct User {
    id: String,
}

async fn one(_: Users) -> &'static str {
    "one"
}

async fn two(User { id }: User) -> &'static str {
    let _ = id;
    "two"
}

pub fn app() -> Router {
    Router::new().typed_get(one).typed_delete(two)
}
