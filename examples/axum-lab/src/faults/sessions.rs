//! `session-trusted`: the guard takes a resumed session for a verified one.

use axum::Extension;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::guard;
use crate::identity::{Identity, Peer};
use crate::problem::Problem;

/// The guard, which accepts a resumed session.
pub async fn require_certificate_of_new_sessions(
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if peer.is_resumed() && peer.is_anonymous() {
        let returning = Identity { name: "returning".into(), roles: Vec::new() };
        request.extensions_mut().insert(returning);
        return Ok(next.run(request).await);
    }
    guard::require_certificate(Extension(peer), request, next).await
}
