"""Acceptors and listeners of the crates: they may refuse clients without a certificate, or store another one."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading

CERTIFICATE, NONE, UNKNOWN = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
ACCEPTOR = """
use axum::{Router, Extension, routing::get, middleware::from_fn};
async fn data() {}
#[tokio::main]
async fn main() {
    let app = Router::new().route("/orders", get(data))GUARD;
    let acceptor = Mtls::new(config());
    axum_server::bind(address).acceptor(acceptor).serve(app.into_make_service()).await.unwrap();
}
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
async fn guard(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
    peer.certificate.as_ref().ok_or(StatusCode::FORBIDDEN)?;
    Ok(next.run(req).await)
}
fn certs(path: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    rustls_pemfile::certs(&mut BufReader::new(File::open(path)?)).collect()
}
static OURS: LazyLock<CertificateDer<'static>> = LazyLock::new(load);
#[derive(Clone)]
struct Mtls { inner: RustlsAcceptor, own: Option<CertificateDer<'static>>, tls: Settings }
impl Mtls {
    fn new(config: ServerConfig) -> Self { Self { inner: RustlsAcceptor::new(config), own: own(), tls: settings() } }
    fn peer_of(&self, session: &ServerConnection) -> Option<CertificateDer<'static>> { foreign::leaf(session) }
}
impl<I, S> Accept<I, S> for Mtls {
    type Stream = TlsStream<I>;
    type Service = AddExtension<S, Peer>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;
    fn accept(&self, stream: I, service: S) -> Self::Future {
        let acceptor = self.inner.clone();
        let own = self.own.clone();
        Box::pin(async move {
            let (stream, service) = acceptor.accept(stream, service).await?;
            let (_, session) = stream.get_ref();
            let certificate = session.peer_certificates().and_then(|c| c.first()).map(|c| c.clone().into_owned());
            CODE
            let service = Extension(Peer { certificate }).layer(service);
            Ok((stream, service))
        })
    }
}
"""
REFUSING = {
    "an error": 'if certificate.is_none() { return Err(io::Error::other("no certificate")); }',
    "let else": "let Some(_) = &certificate else { return Err(denied()); };",
    "ok_or": 'certificate.as_ref().ok_or_else(|| io::Error::other("no certificate"))?;',
    "a panic": 'certificate.as_ref().expect("a certificate");',
}
ADMITTING = {
    "nothing": "",
    "a log": 'if certificate.is_none() { warn!("no certificate"); }',
    "the opposite": "if certificate.is_some() { return Err(denied()); }",
    "everybody": "return Err(denied());",
}


def kind(folder: Path, code: str, guard: str = "") -> Guarding:
    """The guard of the route."""
    (route,) = reading(folder, ACCEPTOR.replace("CODE", code).replace("GUARD", guard)).view.routes
    return route.guard


@pytest.mark.parametrize("code", REFUSING.values(), ids=REFUSING)
def test_an_acceptor_that_refuses_connections_without_a_certificate_guards_every_route(
    code: str, tmp_path: Path
) -> None:
    """No such connection gets to the router."""
    assert kind(tmp_path, code) is CERTIFICATE


@pytest.mark.parametrize("code", ADMITTING.values(), ids=ADMITTING)
def test_an_acceptor_that_returns_some_of_them_is_no_guard(code: str, tmp_path: Path) -> None:
    """The twins; one that refuses everybody is no check of a certificate either."""
    assert kind(tmp_path, code) is NONE


def test_an_acceptor_that_refuses_them_under_a_setting_is_undecided(tmp_path: Path) -> None:
    """What the service runs with is not in its source."""
    assert (
        kind(tmp_path, "if certificate.is_none() && settings().strict { return Err(denied()); }") is UNKNOWN
    )


GUARD = ".layer(from_fn(guard))"
OWN = {
    "a file": 'certs("/etc/orders/server.pem")?.into_iter().next()',
    "a file, to be read later": 'tokio::fs::read("/etc/orders/server.pem").await.ok().map(CertificateDer::from)',
    "the acceptor's": "own.clone()",
    "of a library": "rustls_native_certs::load_native_certs().certs.pop()",
    "of the configuration": "Settings::load()?.certificates.first().cloned()",
    "by default": 'certificate.or_else(|| certs("/etc/orders/server.pem").ok()?.pop())',
}
PEERS = {
    "of the connection": "certificate",
    "of the connection, by another crate": "foreign::leaf_of(&stream)",
    "of the connection and a file": 'foreign::verified(session, "/etc/orders/ca.pem")',
    "a method of the acceptor": "None.or(certificate)",
}


@pytest.mark.parametrize("made", OWN.values(), ids=OWN)
def test_a_certificate_of_the_service_is_none_of_the_client(made: str, tmp_path: Path) -> None:
    """It is there for every client, and a guard that asks for one refuses no client."""
    assert kind(tmp_path, f"let certificate = {made};", GUARD) is UNKNOWN


@pytest.mark.parametrize("made", PEERS.values(), ids=PEERS)
def test_what_is_made_of_the_connection_is_missing_without_a_certificate(made: str, tmp_path: Path) -> None:
    """The twins."""
    assert kind(tmp_path, f"let certificate = {made};", GUARD) is CERTIFICATE


FILLED = {
    "inserted": "let mut certificate = certificate; certificate.insert(other());",
    "filled": "let mut certificate = certificate; certificate.get_or_insert_with(other);",
    "by a function": "let mut certificate = certificate; fill(&mut certificate);",
}


@pytest.mark.parametrize("code", FILLED.values(), ids=FILLED)
def test_what_is_filled_after_it_was_absent_is_not_known_to_be_missing(code: str, tmp_path: Path) -> None:
    """A method whose result is not used, or a function that gets a reference."""
    assert kind(tmp_path, code, GUARD) is UNKNOWN


ALWAYS = {
    "a static": "let certificate = Some(OURS.clone());",
    "assigned": (
        "let mut peer = Peer { certificate: None }; peer.certificate = Some(other());"
        " let certificate = peer.certificate;"
    ),
}


@pytest.mark.parametrize("code", ALWAYS.values(), ids=ALWAYS)
def test_a_certificate_that_every_connection_gets_guards_nothing(code: str, tmp_path: Path) -> None:
    """No path of the acceptor is without it."""
    assert kind(tmp_path, code, GUARD) is NONE


LISTENER = """
use axum::{Router, routing::get};
async fn data() {}
#[tokio::main]
async fn main() {
    let app = Router::new().route("/orders", get(data));
    let listener = Tls::new(TcpListener::bind(address).await.unwrap(), config());
    axum::serve(listener, app).await.unwrap();
}
struct Tls { inner: TcpListener, acceptor: TlsAcceptor }
impl Tls { fn new(inner: TcpListener, config: ServerConfig) -> Self { Self { inner, acceptor: config.into() } } }
impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;
    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, addr)) = self.inner.accept().await else { continue };
            match self.acceptor.accept(stream).await {
                Ok(stream) => { CODE return (stream, addr); }
                Err(error) => debug!(%error, "handshake"),
            }
        }
    }
    fn local_addr(&self) -> io::Result<Self::Addr> { self.inner.local_addr() }
}
"""
LISTENERS = {
    "dropped": ("if stream.get_ref().1.peer_certificates().is_none() { continue; }", CERTIFICATE),
    "logged": ('if stream.get_ref().1.peer_certificates().is_none() { warn!("anonymous"); }', NONE),
    "dropped in part": (
        "if stream.get_ref().1.peer_certificates().is_none() && self.strict { continue; }",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("code", "expected"), LISTENERS.values(), ids=LISTENERS)
def test_a_listener_that_drops_them_guards_every_route(code: str, expected: Guarding, tmp_path: Path) -> None:
    """It returns only connections with a certificate."""
    (route,) = reading(tmp_path, LISTENER.replace("CODE", code)).view.routes
    assert route.guard is expected
