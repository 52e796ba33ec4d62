"""What the comparison says of the source: where a client without a certificate passes, and what keeps it out."""

from pathlib import Path

import pytest

from specdrift.offline.routes import routes
from specdrift.reports.content import three_way
from specdrift.settings import Settings
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT

PROGRAM = """
use axum::{Extension, Router, extract::Request, middleware::{Next, from_fn}, routing::get};
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
async fn secure() {}
async fn public() {}
async fn mtls(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
    if peer.0.is_none() && !open(&req) { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(req).await)
}
fn config() -> Arc<ServerConfig> {
    let v = WebPkiClientVerifier::builder(roots()).with_crls(crls())OPTIONAL.build();
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
fn app() -> Router { Router::new().route("/secure", get(secure)LAYER).route("/public", get(public)) }
#[tokio::main]
async fn main() {
    axum_server::bind_rustls(a, RustlsConfig::from_config(config())).serve(app().into_make_service()).await;
}
"""
OPTIONAL = ".allow_unauthenticated()"


@pytest.mark.parametrize(
    ("optional", "source", "differs"),
    [("", "guarded by the TLS handshake", False), (OPTIONAL, "no guard", True)],
)
def test_the_handshake_is_named_where_it_is_the_guard(
    tmp_path: Path,
    optional: str,
    source: str,
    differs: bool,  # noqa: FBT001
) -> None:
    """An operation on which document and source agree is not said to have no guard."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    code = PROGRAM.replace("OPTIONAL", optional).replace("LAYER", "")
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (crate(tmp_path / "service", code),))
    row = next(one for one in three_way.rows(result) if one.operation == "GET /secure")
    assert (row.source, row.differs) == (source, differs)


def test_the_call_that_lets_a_client_pass_is_named(tmp_path: Path) -> None:
    """With its line."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    code = PROGRAM.replace("OPTIONAL", OPTIONAL).replace("LAYER", ".layer(from_fn(mtls))")
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (crate(tmp_path / "service", code),))
    (undecided,) = result.undecided
    line = code.splitlines().index("    Ok(next.run(req).await)") + 1
    assert f"from_fn(mtls), which reaches next.run(req) without one ({tmp_path}" in undecided.reason
    assert f"main.rs:{line})" in undecided.reason
