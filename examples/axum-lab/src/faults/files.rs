//! `joined-path`: a parameter of the path, decoded by the router, becomes a part of a file's path.

use std::path::Path as FilePath;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::problem::Problem;
use crate::store::Store;

/// A file for each invoice, named by its number.
const ARCHIVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/archive");

/// `/v1/invoices/{id}`, from the archive.
pub fn item() -> Router<Store> {
    Router::new().route("/v1/invoices/{id}", get(read))
}

/// `join` goes up with `..`, and what begins with a slash takes the place of the whole folder.
async fn read(
    Path(id): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], Vec<u8>), Problem> {
    let file = FilePath::new(ARCHIVE).join(id);
    let invoice = std::fs::read(file).map_err(|_| Problem::not_found())?;
    Ok(([(CONTENT_TYPE, "application/json")], invoice))
}
