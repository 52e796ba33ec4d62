//! `internal-host`: what the client writes into Host decides whether it is one of us.

use axum::Extension;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::Response;

use crate::guard;
use crate::identity::{Identity, Peer};
use crate::problem::Problem;

/// The guard, but open to whoever asks for `localhost`: only the monitoring on this machine does.
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
