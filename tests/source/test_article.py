"""Two services of the shape that articles on mutual TLS in Axum show, as printed and repaired until they serve.

One builds its verifier without a CA and keeps operator routes beside the others; the other has a middleware that is
to be filled in later.
"""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth
from tests.source.crates import MANIFEST, reading, table

OLD = MANIFEST.replace('"0.8"', '"0.6"')
VERIFIER = """use axum::{routing::get, Router};
use rustls::server::AllowAnyAuthenticatedClient;
use rustls::{Certificate, PrivateKey, RootCertStore, ServerConfig};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/orders", get(orders))
        .route("/admin", get(admin));
    let client_auth = AllowAnyAuthenticatedClient::new(ROOTS);
    let config = ServerConfig::builder()
        .with_safe_defaults()
        .with_client_cert_verifier(client_auth)
        .with_single_cert(certificates(), key())
        .expect("a server configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    SERVE
}
async fn orders() -> &'static str { "orders" }
async fn admin() -> &'static str { "admin" }
"""
PRINTED = "axum::Server::bind(&address).serve(app.into_make_service()).await.unwrap();"
LOOP = """let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, app) = (acceptor.clone(), app.clone());
        tokio::spawn(async move {
            let stream = acceptor.accept(stream).await.unwrap();
            hyper::server::conn::Http::new().serve_connection(stream, app).await.unwrap();
        });
    }"""
PLACEHOLDER = """use axum::{http::Request, middleware::{self, Next}, response::Response, routing::get, Router};

async fn require_client_certificate<B>(request: Request<B>, next: Next<B>) -> Response {
    // The certificate of the client is verified here.
    next.run(request).await
}

pub fn app() -> Router {
    Router::new()
        .route("/admin", get(admin))
        .layer(middleware::from_fn(require_client_certificate))
}
async fn admin() -> &'static str { "admin" }
"""
MAIN = """
#[tokio::main]
async fn main() {
    axum::Server::bind(&address).serve(app().into_make_service()).await.unwrap();
}
"""


@pytest.mark.parametrize("roots", ["vec![]", "RootCertStore::empty()"])
def test_the_printed_verifier_gives_each_fault_at_its_line(tmp_path: Path, roots: str) -> None:
    """It trusts no CA, checks no revocation, and what is served has no TLS at all."""
    code = VERIFIER.replace("ROOTS", roots).replace("SERVE", PRINTED)
    found = reading(tmp_path, {"Cargo.toml": OLD, "src/main.rs": code})
    assert {(one.rule, one.location.line) for one in found.findings} == {
        ("no-roots-for-clients", 12),
        ("revocation-not-checked", 12),
        ("plaintext-listener-in-source", 19),
    }
    assert [(method, path) for method, path, *_ in table(found)] == [("GET", "/orders"), ("GET", "/admin")]


@pytest.mark.parametrize("roots", ["vec![]", "RootCertStore::empty()"])
def test_the_repaired_verifier_still_trusts_no_ca(tmp_path: Path, roots: str) -> None:
    """Its loop serves the router over TLS: that is no plaintext listener."""
    code = VERIFIER.replace("ROOTS", roots).replace("SERVE", LOOP)
    found = reading(tmp_path, {"Cargo.toml": OLD, "src/main.rs": code})
    assert {(one.rule, one.location.line) for one in found.findings} == {
        ("no-roots-for-clients", 12),
        ("revocation-not-checked", 12),
    }
    assert [(method, path) for method, path, *_ in table(found)] == [("GET", "/orders"), ("GET", "/admin")]
    assert {fact.client_auth for fact in found.view.tls} == {ClientAuth.REQUIRED}
    assert found.view.unresolved == ()


@pytest.mark.parametrize("main", ["", MAIN], ids=["printed", "repaired"])
def test_the_placeholder_is_found_at_its_line(tmp_path: Path, main: str) -> None:
    """The middleware passes every request on."""
    name = "src/main.rs" if main else "src/lib.rs"
    found = reading(tmp_path, {"Cargo.toml": OLD, name: PLACEHOLDER + main})
    assert [(one.rule, one.location.line) for one in found.findings] == [("guard-checks-nothing", 3)]
    assert table(found) == [("GET", "/admin", "admin", "none")]
    assert found.view.unresolved == ()
