//! `only-get-guarded`: a layer on a method router wraps the methods before it, and only those.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderName;
use axum::middleware::from_fn;
use axum::routing::get;

use crate::api::invoices;
use crate::guard;
use crate::store::Store;

/// `/v1/invoices`; it reads as if the layer were on the route.
pub fn collection() -> Router<Store> {
    let methods = get(invoices::list)
        .route_layer(from_fn(guard::require_certificate))
        .head(count)
        .post(invoices::create);
    Router::new().route("/v1/invoices", methods)
}

/// HEAD with a handler of its own. Without one, `get` serves HEAD behind the same layer.
async fn count(State(store): State<Store>) -> [(HeaderName, String); 1] {
    [(HeaderName::from_static("x-total-count"), store.invoices().len().to_string())]
}
