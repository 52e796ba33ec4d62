"""A router, a connection or a future that a client without a certificate does not get."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, rules, served

PROGRAM = """
use axum::{Router, extract::*, middleware::*, routing::get};
async fn data() -> &'static str { "data" }
fn app() -> Router { Router::new().route("/data", get(data)) }
struct Peer(Option<CertificateDer<'static>>);
impl Peer { fn of(s: &TlsStream<TcpStream>) -> Self { Peer(s.get_ref().1.peer_certificates().map(first)) } }
async fn connection(stream: TlsStream<TcpStream>, app: Router) {
    CHOICE
    let service = TowerToHyperService::new(app);
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
#[tokio::main]
async fn main() {
    let acceptor = TlsAcceptor::from(config());
    let listener = TcpListener::bind("0.0.0.0:8443").await.unwrap();
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let (acceptor, app) = (acceptor.clone(), app());
        tokio::spawn(async move { if let Ok(stream) = acceptor.accept(tcp).await { connection(stream, app).await } });
    }
}
"""
REFUSING = "Router::new().fallback(|| async { StatusCode::UNAUTHORIZED })"
HAS = "stream.get_ref().1.peer_certificates().is_some()"
CHOICES = {
    "if": (f"let app = if {HAS} {{ app }} else {{ {REFUSING} }};", True),
    "else": (f"let app = if !{HAS} {{ {REFUSING} }} else {{ app }};", True),
    "match": (f"let app = match Peer::of(&stream).0 {{ Some(_) => app, None => {REFUSING} }};", True),
    "another condition": (f"let app = if {HAS} || open() {{ app }} else {{ {REFUSING} }};", False),
    "the opposite": (f"let app = if {HAS} {{ {REFUSING} }} else {{ app }};", False),
    "both": (f"let app = if {HAS} {{ app }} else {{ app.clone() }};", False),
}


@pytest.mark.parametrize(("choice", "guards"), CHOICES.values(), ids=CHOICES)
def test_a_router_that_only_a_certificate_chooses_is_guarded(
    tmp_path: Path,
    choice: str,
    guards: bool,  # noqa: FBT001
) -> None:
    """The branch is not taken without one."""
    found = reading(tmp_path, PROGRAM.replace("CHOICE", choice)).view.routes
    every = [one for one in found if one.path == "/data"]
    assert all(one.guard is Guarding.CERTIFICATE and not one.guard_conditional for one in every) is guards


CHANNEL = """
use axum::{Router, routing::get};
async fn handshakes(listener: TcpListener, acceptor: TlsAcceptor, out: Sender<TlsStream<TcpStream>>, log: Log) {
    while let Ok((tcp, _)) = listener.accept().await {
        let Ok(stream) = acceptor.accept(tcp).await else { continue };
        match stream.get_ref().1.peer_certificates() {
            Some(chain) if !chain.is_empty() => { let _ = out.send(stream).await; }
            _ => { NONE }
        }
    }
}
#[tokio::main]
async fn main() {
    let (out, mut connections) = channel(64);
    tokio::spawn(handshakes(listener(), acceptor(), out, log()));
    let app = Router::new().route("/data", get(|| async { "data" }));
    while let Some(stream) = connections.recv().await {
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(async move { Builder::new(e()).serve_connection(TokioIo::new(stream), service).await.ok() });
    }
}
"""


@pytest.mark.parametrize(
    ("none", "guard"),
    [
        ('info!("no certificate");', Guarding.CERTIFICATE),
        ("let _ = log.send(Event::NoCertificate).await;", Guarding.UNKNOWN),
        ("let _ = out.send(stream).await;", Guarding.NONE),
    ],
)
def test_a_task_that_sends_connections_on_decides_which(tmp_path: Path, none: str, guard: Guarding) -> None:
    """The receiving task serves what it gets."""
    (route,) = reading(tmp_path, CHANNEL.replace("NONE", none)).view.routes
    assert route.guard is guard


KEPT = {
    "made before the check": ("let run = next.run(req);", "Ok(run.await)", Guarding.CERTIFICATE, False),
    "awaited before the check": ("let done = next.run(req).await;", "Ok(done)", Guarding.UNKNOWN, True),
    "spawned before the check": (
        "let run = tokio::spawn(next.run(req));",
        "run.await.map_err(|_| StatusCode::CONFLICT)",
        Guarding.UNKNOWN,
        True,
    ),
    "spawned by its variable": (
        "let run = next.run(req); let task = tokio::spawn(run);",
        "task.await.map_err(|_| StatusCode::CONFLICT)",
        Guarding.UNKNOWN,
        False,
    ),
    "in a macro": ("let run = next.run(req); let done = select!(run);", "Ok(done)", Guarding.UNKNOWN, False),
}


@pytest.mark.parametrize(("before", "after", "guard", "late"), KEPT.values(), ids=KEPT)
def test_a_future_runs_when_it_is_awaited(
    tmp_path: Path,
    before: str,
    after: str,
    guard: Guarding,
    late: bool,  # noqa: FBT001
) -> None:
    """One that a variable gets has not run the handler; no finding says that it has."""
    code = (
        "#[derive(Clone)]\nstruct Peer(Option<CertificateDer<'static>>);\nasync fn data() {}\n"
        "async fn mtls(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {\n"
        f"    {before}\n    if peer.0.is_none() {{ return Err(StatusCode::UNAUTHORIZED); }}\n    {after}\n}}\n"
    )
    found = reading(tmp_path, served('Router::new().route("/data", get(data)).layer(from_fn(mtls))', code))
    (route,) = found.view.routes
    assert route.guard is guard
    assert ("guard-checks-nothing" in {rule for rule, _ in rules(found)}) is late
