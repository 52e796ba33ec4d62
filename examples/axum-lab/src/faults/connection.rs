//! `connection-remembered`: after an open request, the connection is admitted to guarded routes.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Extension, Router};

use crate::guard;
use crate::identity::{Identity, Peer};
use crate::problem::Problem;

/// The caller of this connection, stored to avoid reading the certificate each time.
#[derive(Clone, Default)]
pub struct Known(Arc<OnceLock<Identity>>);

/// Adds the store to a connection; called once for each.
pub fn remembering(app: Router) -> Router {
    app.layer(Extension(Known::default()))
}

/// Around the open routes: stores every caller, guests too.
pub fn greeting<S: Clone + Send + Sync + 'static>(open: Router<S>) -> Router<S> {
    open.route_layer(from_fn(greet))
}

async fn greet(Extension(known): Extension<Known>, request: Request, next: Next) -> Response {
    known.0.get_or_init(|| Identity { name: "guest".into(), roles: Vec::new() });
    next.run(request).await
}

/// The guard, which accepts a connection with a stored caller.
pub async fn require_certificate_unless_known(
    Extension(known): Extension<Known>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if let Some(identity) = known.0.get().filter(|_| peer.is_anonymous()) {
        request.extensions_mut().insert(identity.clone());
        return Ok(next.run(request).await);
    }
    guard::require_certificate(Extension(peer), request, next).await
}
