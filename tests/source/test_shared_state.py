"""What connections leave for each other, and results that are there although nothing was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

if TYPE_CHECKING:
    from pathlib import Path

GUARD = """
#[derive(Clone, Default)]
struct PeerCerts(Option<Vec<CertificateDer<'static>>>);
async fn data() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    let peer = req.extensions().get::<PeerCerts>().ok_or(StatusCode::UNAUTHORIZED)?;
    peer.0.as_deref().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
"""
APP = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
CHAIN = "PeerCerts(Some(chain.iter().map(|c| c.clone().into_owned()).collect()))"
LOOP = """
async fn connections(app: Router, listener: TcpListener, acceptor: TlsAcceptor) {{
    {outside}
    loop {{
        let (tcp, addr) = listener.accept().await.unwrap();
        let stream = acceptor.accept(tcp).await.unwrap();
        {inside}
        let app = app.clone().layer(Extension(peer.clone()));
        tokio::spawn(serve_connection(stream, app));
    }}
}}
"""
OF_THE_CONNECTION = f"""
    let mut peer = PeerCerts::default();
    if let Some(chain) = stream.get_ref().1.peer_certificates() {{ peer = {CHAIN}; }}
"""
STATE = {
    "a variable": ("let mut peer = PeerCerts::default();", OF_THE_CONNECTION.replace("let mut", "//")),
    "a lock": (
        "let last = Arc::new(Mutex::new(PeerCerts::default()));",
        f"""
        if let Some(chain) = stream.get_ref().1.peer_certificates() {{ *last.lock().unwrap() = {CHAIN}; }}
        let peer = last.lock().unwrap().clone();
        """,
    ),
    "a map": (
        "let seen = Arc::new(DashMap::new());",
        f"""
        if let Some(chain) = stream.get_ref().1.peer_certificates() {{ seen.insert(addr.ip(), {CHAIN}); }}
        let peer = PeerCerts(seen.get(&addr.ip()).map(|found| found.0.clone()));
        """,
    ),
}


def guarding(folder: Path, code: str) -> Guarding:
    """Return how the route is guarded."""
    (route,) = reading(folder, served(APP, code)).view.routes
    return route.guard


def test_the_certificate_of_the_connection_is_of_the_client(tmp_path: Path) -> None:
    """Its variable is made anew for each connection."""
    assert guarding(tmp_path, GUARD + LOOP.format(outside="", inside=OF_THE_CONNECTION)).certain


@pytest.mark.parametrize("kind", STATE)
def test_what_another_connection_may_have_left_is_no_certificate(tmp_path: Path, kind: str) -> None:
    """A client without a certificate gets that of the one before."""
    outside, inside = STATE[kind]
    assert not guarding(tmp_path, GUARD + LOOP.format(outside=outside, inside=inside)).certain


CHECKS = {
    "peer.0.as_deref().and_then(|c| c.first()).map(check).transpose()?;": False,
    "peer.0.iter().flatten().map(check).collect::<Result<Vec<_>, _>>()?;": False,
    "let all: Result<Vec<_>, _> = peer.0.iter().flatten().map(check).collect(); all?;": False,
    "'c: { let Some(chain) = &peer.0 else { break 'c }; check(chain.first().unwrap())?; }": False,
    "'c: { let Some(chain) = &peer.0 else { return Err(StatusCode::FORBIDDEN) }; check(&chain[0])?; }": True,
    "all(&peer)?;": False,
    "let chain = peer.0.unwrap_or_default(); chain.iter().find(known).ok_or(StatusCode::FORBIDDEN)?;": True,
    "let chain = peer.0.unwrap_or_default(); check(&chain[0])?;": True,
    "let chain = std::mem::take(&mut peer.0).ok_or(StatusCode::FORBIDDEN)?;": True,
    "peer.0.is_some().then_some(()).ok_or(StatusCode::FORBIDDEN)?;": True,
    "peer.0.is_none().then_some(()).ok_or(StatusCode::FORBIDDEN)?;": False,
    "let chain = peer.0.unwrap_or_default(); if let Some((leaf, _)) = chain.split_first() { check(leaf)?; }": False,
    "peer.0.as_deref().and_then(|c| c.first()).map(check).transpose()?.ok_or(StatusCode::UNAUTHORIZED)?;": True,
    "peer.0.as_deref().and_then(|c| c.first()).map(check).ok_or(StatusCode::UNAUTHORIZED)??;": True,
    "let all: Vec<_> = peer.0.iter().flatten().collect(); all.first().ok_or(StatusCode::FORBIDDEN)?;": True,
    "let all = peer.0.iter().flatten().map(check).collect(); all?;": False,
    "let all = peer.0.iter().flatten().collect(); known(all); let _: &Vec<_> = &all; "
    "all.first().ok_or(StatusCode::FORBIDDEN)?;": True,
    "let Certs { all } = Certs { all: peer.0.into_iter().flatten().collect() }; "
    "all.first().ok_or(StatusCode::FORBIDDEN)?;": True,
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_of_each_certificate_passes_without_any(tmp_path: Path, check: str) -> None:
    """``None.transpose()`` is ``Ok(None)``, and no results are collected into ``Ok``."""
    code = GUARD.replace("peer.0.as_deref().ok_or(StatusCode::UNAUTHORIZED)?;", check)
    result = "Result<String, StatusCode> { name_of(cert).ok_or(StatusCode::FORBIDDEN) }"
    code += f"fn check(cert: &CertificateDer<'_>) -> {result}\n"
    code += "fn all(peer: &PeerCerts) -> Result<Vec<String>, StatusCode> { "
    code += "peer.0.iter().flatten().map(check).collect() }\n"
    code = code.replace(
        "get::<PeerCerts>().ok_or(StatusCode::UNAUTHORIZED)?",
        "get::<PeerCerts>().cloned().unwrap_or_default()",
    )
    assert guarding(tmp_path, code).certain is CHECKS[check]


def test_a_layer_that_maps_responses_guards_nothing(tmp_path: Path) -> None:
    """The handler has run."""
    code = """
    async fn data() {}
    async fn guard(Extension(peer): Extension<ClientCertificate>, response: Response) -> Result<Response, StatusCode> {
        peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(response)
    }
    """
    app = APP.replace("from_fn", "middleware::map_response")
    (route,) = reading(tmp_path, served(app, code)).view.routes
    assert route.guard is Guarding.NONE
