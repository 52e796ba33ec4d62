//! The access policy of the service: which routes are inside the guard, and which outside.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::api::{account, invoices, public, reports, users};
use crate::guard;
use crate::store::Store;

/// The correct service: every route as `openapi.yaml` declares it.
///
/// A layer wraps what was added before it and nothing that comes later, so it is put on once,
/// around a finished router. It is `route_layer` and not `layer`, because `layer` also wraps the
/// fallback: unless another is set later, an unknown path then answers 401 to an anonymous client and
/// 404 to a caller with a certificate, and a mistyped path reads as a missing certificate.
pub fn app() -> Router<Store> {
    let admin = users::routes().route_layer(from_fn_with_state("admin", guard::require_role));
    let inside = Router::new()
        .merge(account::routes())
        .merge(invoices::collection())
        .merge(invoices::item())
        .merge(admin)
        .nest("/v1/reports", reports::routes())
        .route_layer(from_fn(guard::require_certificate));
    Router::new()
        .merge(public::health())
        .merge(public::tariff())
        .merge(inside)
        .fallback(public::not_found)
}
