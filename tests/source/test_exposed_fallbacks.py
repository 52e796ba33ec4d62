"""Handlers of guarded operations that fallbacks and other routes run without a guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.drift import Severity
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
use axum::{Extension, Router, extract::Request, middleware::{Next, from_fn}, routing::get};
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
async fn secure() {}
async fn public() {}
async fn missing() -> StatusCode { StatusCode::NOT_FOUND }
async fn mtls(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
    peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
fn config() -> Arc<ServerConfig> {
    let v = WebPkiClientVerifier::builder(roots()).with_crls(crls()).allow_unauthenticated().build();
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
fn app() -> Router { ROUTER }
#[tokio::main]
async fn main() {
    axum_server::bind_rustls(a, RustlsConfig::from_config(config())).serve(app().into_make_service()).await;
}
"""
GUARDED = 'Router::new().route("/secure", get(secure)SECURE.layer(from_fn(mtls))OUTSIDE).route("/public", get(public))'
EXPOSED = "route-not-documented"
CASES = {
    "of the router": ("", "", ".fallback(secure)", EXPOSED),
    "of other methods": ("", "", ".method_not_allowed_fallback(secure)", EXPOSED),
    "of the path": ("", ".fallback(secure)", "", EXPOSED),
    "of the path, within the guard": (".fallback(secure)", "", "", ""),
    "another handler": ("", "", ".fallback(missing)", ""),
    "another handler for other methods": ("", "", ".method_not_allowed_fallback(missing)", ""),
}


@pytest.mark.parametrize(("inside", "outside", "behind", "rule"), CASES.values(), ids=CASES)
def test_a_fallback_outside_the_guard_is_a_route(
    tmp_path: Path, inside: str, outside: str, behind: str, rule: str
) -> None:
    """What answers the rest with a guarded handler is reported as a route is."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    router = GUARDED.replace("SECURE", inside).replace("OUTSIDE", outside) + behind
    service = crate(tmp_path / "service", PROGRAM.replace("ROUTER", router))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (service,))
    assert {drift.rule for drift in result.drifts} == ({rule} if rule else set())


BESIDE = """
use axum::{Router, routing::get};
async fn secure() {}
async fn public() {}
async fn missing() -> StatusCode { StatusCode::NOT_FOUND }
fn config() -> Arc<ServerConfig> {
    let v = WebPkiClientVerifier::builder(roots()).with_crls(crls()).build();
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
fn app() -> Router { Router::new().route("/secure", get(secure)).route("/public", get(public)) }
fn open() -> Router { Router::new().route("/public", get(public))REST }
#[tokio::main]
async fn main() {
    let plain = TcpListener::bind("0.0.0.0:8080").await.unwrap();
    tokio::spawn(async move { axum::serve(plain, open()).await });
    axum_server::bind_rustls(a, RustlsConfig::from_config(config())).serve(app().into_make_service()).await;
}
"""


@pytest.mark.parametrize(
    ("rest", "rule"),
    [
        (".fallback(secure)", EXPOSED),
        ('.nest_service("/debug", app())', EXPOSED),
        ('.route("/other", get(secure))', EXPOSED),
        (".fallback(missing)", ""),
        ("", ""),
    ],
)
def test_a_handler_behind_the_handshake_is_not_served_in_plaintext(
    tmp_path: Path, rest: str, rule: str
) -> None:
    """The handshake guards the operation on one listener; another listener gives its handler to everybody."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    service = crate(tmp_path / "service", BESIDE.replace("REST", rest))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (service,))
    errors = {drift.rule for drift in result.drifts if drift.severity is Severity.ERROR}
    assert errors == ({rule} if rule else set())
