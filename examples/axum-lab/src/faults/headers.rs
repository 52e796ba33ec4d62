//! `trust-forwarded` and `identity-not-revalidated`: code for a service behind a proxy, in a
//! service that is reachable without it.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Fault, Faults};
use crate::guard;
use crate::identity::{Identity, Peer};
use crate::problem::Problem;
use crate::store::Store;

/// Puts the layers of the two faults around the whole service.
pub fn plant(faults: &Faults, mut app: Router<Store>) -> Router<Store> {
    if faults.has(Fault::TrustForwarded) {
        app = app.layer(from_fn(believe_certificate));
    }
    if faults.has(Fault::IdentityNotRevalidated) {
        app = app.layer(from_fn(believe_identity));
    }
    app
}

/// From the value of a header to PEM.
type Reader = fn(&str) -> Option<String>;

/// Where proxies put the client's certificate, and how they write it.
const FORWARDED: [(&str, Reader); 3] = [
    ("client-cert", from_rfc9440),
    ("x-forwarded-client-cert", from_envoy),
    ("x-ssl-client-cert", from_nginx),
];

/// Gives a caller without a certificate the one in the header.
async fn believe_certificate(mut request: Request, next: Next) -> Response {
    let anonymous = request.extensions().get::<Peer>().is_none_or(Peer::is_anonymous);
    if anonymous {
        if let Some(certificate) = forwarded(request.headers()) {
            request.extensions_mut().insert(Peer::from(certificate));
        }
    }
    next.run(request).await
}

fn forwarded(headers: &HeaderMap) -> Option<CertificateDer<'static>> {
    FORWARDED.iter().find_map(|(name, read)| {
        let pem = read(headers.get(*name)?.to_str().ok()?)?;
        CertificateDer::from_pem_slice(pem.as_bytes()).ok()
    })
}

/// `:base64 of DER:`, a byte sequence of structured fields.
fn from_rfc9440(value: &str) -> Option<String> {
    let base64 = value.trim().strip_prefix(':')?.strip_suffix(':')?;
    Some(format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"))
}

/// `Hash=...;Cert="percent-encoded PEM";Subject="..."`.
fn from_envoy(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("Cert=\"")?;
    from_nginx(rest.split_once('"')?.0)
}

/// Percent-encoded PEM, as `$ssl_client_escaped_cert`.
fn from_nginx(value: &str) -> Option<String> {
    percent_decode_str(value).decode_utf8().ok().map(Into::into)
}

/// Takes the caller from the headers of an identity-aware proxy.
async fn believe_identity(mut request: Request, next: Next) -> Response {
    if let Some(identity) = proxied(request.headers()) {
        request.extensions_mut().insert(identity);
    }
    next.run(request).await
}

fn proxied(headers: &HeaderMap) -> Option<Identity> {
    let text = |name| headers.get(name)?.to_str().ok();
    let name = text("x-forwarded-user").filter(|name| !name.is_empty())?.to_owned();
    let groups = text("x-forwarded-groups").unwrap_or_default().split(',');
    let roles = groups.map(|role| role.trim().to_owned()).filter(|role| !role.is_empty());
    Some(Identity { name, roles: roles.collect() })
}

/// The guard, which accepts an identity that is already set, whatever its origin.
pub async fn require_certificate_unless_identified(
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if request.extensions().get::<Identity>().is_some() {
        return Ok(next.run(request).await);
    }
    let peer = request.extensions().get::<Peer>().cloned().ok_or_else(Problem::unauthenticated)?;
    guard::require_certificate(axum::Extension(peer), request, next).await
}
