//! `internal-host` and `host-routed`: Host, which the client chooses, decides whether it is
//! authorized, or which site it gets.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use tower::Service;

use crate::guard;
use crate::identity::{Identity, Peer};
use crate::problem::Problem;
use crate::store::Store;

/// Two sites on one listener. The gateway in front of the partners' site requires certificates,
/// so this site has no guard.
pub fn routed(ours: Router<Store>, partners: Router<Store>) -> Router<Store> {
    Router::new().fallback(async move |State(store): State<Store>, request: Request| {
        let name = host(request.headers()).or_else(|| request.uri().host());
        let site = if matches!(name, Some("localhost" | "127.0.0.1")) { &ours } else { &partners };
        site.clone().with_state(store).call(request).await.into_response()
    })
}

/// The guard, which admits every request for `localhost` as the monitoring of this machine.
pub async fn require_certificate_from_outside(
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if peer.is_anonymous() && is_local(&request) {
        let monitoring = Identity { name: "monitoring".into(), roles: Vec::new() };
        request.extensions_mut().insert(monitoring);
        return Ok(next.run(request).await);
    }
    guard::require_certificate(Extension(peer), request, next).await
}

fn is_local(request: &Request) -> bool {
    host(request.headers()).or_else(|| request.uri().host()) == Some("localhost")
}

/// The name in Host, without the port. HTTP/2 has it in `:authority`.
fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()?.split(':').next()
}
