"""Layers that are made with a list of paths, and lists of certificates in the extensions."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
PROGRAM = """
use axum::{Router, extract::*, routing::get};
type Certs = Arc<Vec<CertificateDer<'static>>>;
#[derive(Clone)]
struct MtlsLayer { exempt: Arc<[&'static str]>, strict: bool }
impl<S> Layer<S> for MtlsLayer {
    type Service = Mtls<S>;
    fn layer(&self, inner: S) -> Mtls<S> { Mtls { inner, exempt: self.exempt.clone(), strict: self.strict } }
}
#[derive(Clone)]
struct Mtls<S> { inner: S, exempt: Arc<[&'static str]>, strict: bool }
impl<S> Service<Request> for Mtls<S> {
    fn call(&mut self, request: Request) -> Self::Future {
        let presented = PRESENTED;
        if !presented && CONDITION {
            return Box::pin(async move { Ok(StatusCode::UNAUTHORIZED.into_response()) });
        }
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move { inner.call(request).await })
    }
}
async fn nodes() {}
async fn ping() {}
fn app() -> Router {
    Router::new().route("/nodes", get(nodes)).route("/ping", get(ping)).layer(LAYER)
}
async fn connection(tcp: TcpStream, acceptor: TlsAcceptor, app: Router) -> Result<()> {
    let stream = acceptor.accept(tcp).await?;
    let certs: Certs = Arc::new(
        stream.get_ref().1.peer_certificates().unwrap_or_default().iter().cloned().collect(),
    );
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(certs.clone());
        app.clone().oneshot(request)
    });
    Builder::new().serve_connection(TokioIo::new(stream), service).await
}
#[tokio::main]
async fn main() { loop { tokio::spawn(connection(tcp().await, acceptor(), app())); } }
"""
PRESENTED = "matches!(request.extensions().get::<Certs>(), Some(certs) if !certs.is_empty())"
EXEMPT = "!self.exempt.contains(&request.uri().path())"
MADE = 'MtlsLayer { exempt: Arc::from(["/ping"]), strict: true }'
CASES = {
    "no exemption": ("true", MADE, CERTIFICATE, CERTIFICATE),
    "one of its paths": (EXEMPT, MADE, CERTIFICATE, NONE),
    "the wrong path": (EXEMPT, MADE.replace("/ping", "/nodes"), NONE, CERTIFICATE),
    "both": (EXEMPT, MADE.replace('"/ping"', '"/ping", "/nodes"'), NONE, NONE),
    "paths that are not known": (
        EXEMPT,
        "MtlsLayer { exempt: settings().paths, strict: true }",
        UNKNOWN,
        UNKNOWN,
    ),
    "a flag": ("self.strict", MADE, CERTIFICATE, CERTIFICATE),
    "a flag that is off": ("self.strict", MADE.replace("true", "false"), NONE, NONE),
}


OWN = """
#[derive(Clone)]
struct Plain;
impl<S> Layer<S> for Plain {
    type Service = Checking<S>;
    fn layer(&self, inner: S) -> Checking<S> { Checking { inner, enabled: ENABLED } }
}
#[derive(Clone)]
struct Checking<S> { inner: S, enabled: bool }
MORE
impl<S> Service<Request> for Checking<S> {
    fn call(&mut self, request: Request) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        if !self.enabled { return Box::pin(async move { inner.call(request).await }); }
        if !PRESENTED { return Box::pin(async move { Ok(StatusCode::UNAUTHORIZED.into_response()) }); }
        Box::pin(async move { inner.call(request).await })
    }
}
"""
SWITCHES = {
    "on": ("true", "", CERTIFICATE),
    "off": ("false", "", NONE),
    "not known": ("settings().enabled", "", UNKNOWN),
    "switched later": (
        "true",
        "impl<S> Checking<S> { fn off(mut self) -> Self { self.enabled = false; self } }",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("enabled", "more", "expected"), SWITCHES.values(), ids=SWITCHES)
def test_a_service_has_the_fields_that_its_layer_gives_it(
    tmp_path: Path, enabled: str, more: str, expected: Guarding
) -> None:
    """Another field that is lent leaves them as they are."""
    own = OWN.replace("ENABLED", enabled)
    code = PROGRAM.replace("LAYER", "Plain") + own.replace("MORE", more)
    found = reading(tmp_path, code.replace("PRESENTED", PRESENTED).replace("CONDITION", "true")).view
    assert {route.guard for route in found.routes} == {expected}


@pytest.mark.parametrize(("condition", "layer", "nodes", "ping"), CASES.values(), ids=CASES)
def test_a_service_has_what_its_layer_is_made_with(
    tmp_path: Path, condition: str, layer: str, nodes: Guarding, ping: Guarding
) -> None:
    """Each path that it exempts is one of a route, or none."""
    code = PROGRAM.replace("PRESENTED", PRESENTED).replace("CONDITION", condition).replace("LAYER", layer)
    found = {route.path: route.guard for route in reading(tmp_path, code).view.routes}
    assert found == {"/nodes": nodes, "/ping": ping}


@pytest.mark.parametrize(
    ("made", "kind"), [("required", CERTIFICATE), ("optional", NONE)], ids=["required", "optional"]
)
def test_a_service_has_the_variant_that_its_layer_is_made_with(
    tmp_path: Path, made: str, kind: Guarding
) -> None:
    """A function of the layer makes it with one variant of an enum, and the service decides by it."""
    own = (
        "impl MtlsLayer { fn MADE() -> Self { Self { mode: Mode::NAME } } } enum Mode { Required, Optional }"
    )
    code = PROGRAM.replace("PRESENTED", PRESENTED).replace("CONDITION", "self.mode == Mode::Required")
    code = code.replace("exempt: Arc<[&'static str]>, strict: bool", "mode: Mode")
    code = code.replace("exempt: self.exempt.clone(), strict: self.strict", "mode: self.mode")
    code += own.replace("MADE", made).replace("NAME", made.title())
    routes = reading(tmp_path, code.replace("LAYER", f"MtlsLayer::{made}()")).view.routes
    assert {route.guard for route in routes} == {kind}


def test_a_list_that_is_always_there_is_no_certificate(tmp_path: Path) -> None:
    """A client without a certificate has an empty one."""
    always = "request.extensions().get::<Certs>().is_some()"
    code = PROGRAM.replace("PRESENTED", always).replace("CONDITION", "true").replace("LAYER", MADE)
    assert {route.guard for route in reading(tmp_path, code).view.routes} == {UNKNOWN}
