//! `connection-remembered`: who was greeted once is let in from then on, on the same connection.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Extension, Router};

use crate::guard;
use crate::identity::{Identity, Peer};
use crate::problem::Problem;

/// Who was seen on this connection; meant to spare reading the certificate each time.
#[derive(Clone, Default)]
pub struct Known(Arc<OnceLock<Identity>>);

/// Gives a connection its memory. To be called once for each.
pub fn remembering(app: Router) -> Router {
    app.layer(Extension(Known::default()))
}

/// Around the open routes: whoever comes here, guests too, is known from now on.
pub fn greeting<S: Clone + Send + Sync + 'static>(open: Router<S>) -> Router<S> {
    open.route_layer(from_fn(greet))
}

async fn greet(Extension(known): Extension<Known>, request: Request, next: Next) -> Response {
    known.0.get_or_init(|| Identity { name: "guest".into(), roles: Vec::new() });
    next.run(request).await
}

/// The guard, but content with a connection on which it has seen somebody.
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
