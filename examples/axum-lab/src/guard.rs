//! Authorization: the two layers around the guarded routes.

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::identity::{Identity, Peer};
use crate::problem::Problem;

/// Puts the caller's [`Identity`] into the request, or answers 401.
///
/// The identity always comes from the certificate of this connection. Whatever was in the
/// extensions before is replaced, never trusted.
pub async fn require_certificate(
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let identity = peer.identity().ok_or_else(Problem::unauthenticated)?;
    request.extensions_mut().insert(identity);
    Ok(next.run(request).await)
}

/// Lets only callers with the role pass; 403 for the others. Goes inside [`require_certificate`].
pub async fn require_role(
    State(role): State<&'static str>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match request.extensions().get::<Identity>() {
        None => Err(Problem::unauthenticated()),
        Some(identity) if identity.has_role(role) => Ok(next.run(request).await),
        Some(_) => Err(Problem::forbidden(role)),
    }
}
