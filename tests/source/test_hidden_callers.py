"""Certificates in the state of a router that is made for one connection, and in values of its task."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
PROGRAM = """
use axum::{Router, extract::*, middleware::*, routing::get};
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
impl Peer { fn of(s: &TlsStream<TcpStream>) -> Self { Peer(s.get_ref().1.peer_certificates().map(first)) } }
#[derive(Clone)]
struct Conn { peer: Peer, address: Option<String> }
#[derive(Clone)]
struct Settings { peer: Peer }
task_local! { static PEER: Peer; static TRACE: Trace; }
async fn guarded(State(conn): State<TYPE>, request: Request, next: Next) -> Result<Response, StatusCode> {
    CHECK
    Ok(next.run(request).await)
}
async fn data() {}
fn settings() -> Settings { Settings { peer: load() } }
fn app(conn: Conn) -> Router {
    Router::new().route("/data", get(data)).layer(from_fn_with_state(STATE, guarded))
}
async fn connection(stream: TlsStream<TcpStream>) {
    let conn = Conn { peer: Peer::of(&stream), address: None };
    let service = TowerToHyperService::new(app(conn));
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
#[tokio::main]
async fn main() { loop { tokio::spawn(connection(accepted().await)); } }
"""
DENY = "{ return Err(StatusCode::UNAUTHORIZED); }"
CASES = {
    "of the connection": ("Conn", "conn", f"if conn.peer.0.is_none() {DENY}", CERTIFICATE),
    "of the connection, ignored": ("Conn", "conn", f"if closed(&request) {DENY}", NONE),
    "of the connection, the opposite": ("Conn", "conn", f"if conn.peer.0.is_some() {DENY}", NONE),
    "of the service": ("Settings", "settings()", f"if conn.peer.0.is_none() {DENY}", NONE),
    "of the task": (
        "Settings",
        "settings()",
        f"if !PEER.try_with(|p| p.0.is_some()).unwrap_or(false) {DENY}",
        UNKNOWN,
    ),
    "another value of the task": (
        "Settings",
        "settings()",
        f"if !TRACE.try_with(|t| t.on()).unwrap_or(false) {DENY}",
        NONE,
    ),
}


@pytest.mark.parametrize(("kind", "state", "check", "guard"), CASES.values(), ids=CASES)
def test_a_certificate_that_the_request_does_not_hold_is_a_doubt(
    tmp_path: Path, kind: str, state: str, check: str, guard: Guarding
) -> None:
    """Such a service was accused; what the service holds for all clients is no certificate of one."""
    code = PROGRAM.replace("TYPE", kind).replace("STATE", state).replace("CHECK", check)
    (route,) = reading(tmp_path, code).view.routes
    assert route.guard is guard


MADE = "let conn = Conn { peer: Peer::of(&stream), address: None };"
OTHERWISE = {
    "of a function": ("let conn = Conn::of(&stream);", CERTIFICATE),
    "of another peer": (MADE.replace("Peer::of(&stream)", "or(Peer::of(&stream), known())"), UNKNOWN),
    "or of another": (
        f"{MADE} let conn = if admin() {{ Conn {{ peer: Peer(known()), address: None }} }} else {{ conn }};",
        UNKNOWN,
    ),
    "changed": (f"{MADE.replace('let', 'let mut')} conn.peer = fallback(conn.peer);", UNKNOWN),
    "filled": (f"{MADE.replace('let', 'let mut')} conn.peer.insert(ours());", UNKNOWN),
    "of the rest": (f"{MADE} let conn = Conn {{ address: name(), ..conn }};", UNKNOWN),
    "of a conversion": (f"{MADE} let conn: Conn = Other(conn).into();", UNKNOWN),
    "in a closure": (
        f"{MADE} let conn = retried(|| Conn {{ peer: Peer(known()), address: None }}, conn);",
        UNKNOWN,
    ),
    "in a macro": (f"{MADE} let conn = made!(Conn {{ peer: Peer(known()), address: None }}, conn);", UNKNOWN),
}


@pytest.mark.parametrize(("made", "guard"), OTHERWISE.values(), ids=OTHERWISE)
def test_each_state_of_a_connection_counts(tmp_path: Path, made: str, guard: Guarding) -> None:
    """A state that may hold another certificate than the client's leaves the route undecided."""
    code = PROGRAM.replace("TYPE", "Conn").replace("STATE", "conn").replace(MADE, made)
    code += (
        "impl Conn { fn of(s: &TlsStream<TcpStream>) -> Self { Self { peer: Peer::of(s), address: None } } }"
    )
    if "into()" in made:
        code += "impl From<Other> for Conn { fn from(o: Other) -> Self { Self { peer: known(), address: None } } }"
    (route,) = reading(tmp_path, code.replace("CHECK", f"if conn.peer.0.is_none() {DENY}")).view.routes
    assert route.guard is guard
