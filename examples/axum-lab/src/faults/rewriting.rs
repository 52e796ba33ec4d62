//! `guard-by-path` and `override-after-guard`: a guard around a service that reads the request
//! differently.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::{Next, from_fn, map_request};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};

use crate::guard;
use crate::identity::Peer;

/// The guard has a list of paths; behind it, several slashes become one.
pub fn by_path(app: Router) -> Router {
    around(app).layer(map_request(normalise)).layer(from_fn(require_certificate_where_listed))
}

/// The guard lets OPTIONS pass, for browsers; behind it, a header overrides the method.
pub fn by_method(app: Router) -> Router {
    around(app).layer(map_request(override_method)).layer(from_fn(require_certificate_but_for_options))
}

/// Layers of a router run after it has matched. Around another router they run before that one
/// does, which is how requests are rewritten.
fn around(app: Router) -> Router {
    Router::new().fallback_service(app)
}

async fn normalise(mut request: Request) -> Request {
    let mut path = request.uri().path().to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(uri) = format!("{path}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

async fn override_method(mut request: Request) -> Request {
    if let Some(method) = meant(request.headers()) {
        *request.method_mut() = method;
    }
    request
}

fn meant(headers: &HeaderMap) -> Option<Method> {
    headers.get("x-http-method-override")?.to_str().ok()?.parse().ok()
}

/// The path as sent; paths that are not on the list are open.
async fn require_certificate_where_listed(peer: Extension<Peer>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let listed = path.starts_with("/v1/") && path != "/v1/tariff";
    if listed { guarded(peer, request, next).await } else { next.run(request).await }
}

async fn require_certificate_but_for_options(peer: Extension<Peer>, request: Request, next: Next) -> Response {
    let open = matches!(request.uri().path(), "/health" | "/v1/tariff");
    if open || request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    guarded(peer, request, next).await
}

async fn guarded(peer: Extension<Peer>, request: Request, next: Next) -> Response {
    guard::require_certificate(peer, request, next).await.into_response()
}
