//! `header-extractor`: an extractor that falls back on a header when there is no certificate.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};

use crate::identity::{Identity, Peer};
use crate::problem::Problem;
use crate::store::Store;

/// `/v1/me`, outside the guard: the extractor in its signature authorizes.
pub fn account() -> Router<Store> {
    Router::new().route("/v1/me", get(async |Caller(caller): Caller| Json(caller)))
}

/// The caller.
struct Caller(Identity);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let shown = parts.extensions.get::<Peer>().and_then(Peer::identity);
        shown.or_else(|| told(&parts.headers)).map(Self).ok_or_else(Problem::unauthenticated)
    }
}

/// The subject as nginx writes it (`$ssl_client_s_dn`): `CN=bob,OU=admin`.
fn told(headers: &HeaderMap) -> Option<Identity> {
    let subject = headers.get("x-ssl-client-s-dn")?.to_str().ok()?;
    let values = |kind: &str| {
        let attributes = subject.split(',').filter_map(|part| part.trim().split_once('='));
        attributes.filter(|(name, _)| *name == kind).map(|(_, value)| value.to_owned()).collect()
    };
    let names: Vec<String> = values("CN");
    Some(Identity { name: names.into_iter().next()?, roles: values("OU") })
}
