"""What stands before the router where connections are accepted: checks of the certificate, and answers of its own."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding, UnresolvedKind
from tests.source.test_serving import CONNECTION, of

PROGRAM = """
let acceptor = TlsAcceptor::from(config());
let listener = TcpListener::bind(address).await.unwrap();
loop {
    let (stream, peer) = listener.accept().await.unwrap();
    let acceptor = acceptor.clone();
    let app = app.clone();
    tokio::spawn(async move {
        let Ok(stream) = acceptor.accept(stream).await else { return };
        CHECK
        let service = service_fn(move |request: Request<Incoming>| { let app = app.clone(); async move {
            INNER
            app.oneshot(request).await
        } });
        SERVE
    });
}
"""
PEER = "let peer = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first().cloned());"
REFUSED = "return Ok(StatusCode::UNAUTHORIZED.into_response());"
CLOSED = {
    "no certificate": ("if stream.get_ref().1.peer_certificates().is_none() { return; }", ""),
    "let else": ("let Some(chain) = stream.get_ref().1.peer_certificates() else { return };", ""),
    "match": ("match stream.get_ref().1.peer_certificates() { Some([_, ..]) => {}, _ => return }", ""),
    "panic": ("let chain = stream.get_ref().1.peer_certificates().unwrap();", ""),
    "by a function": ("let Some(leaf) = leaf(&stream) else { return };", ""),
    "by a method": ("let peer = Peer::of(&stream); if peer.0.is_none() { return; }", ""),
    "in the service, by a type": ("let peer = Peer::of(&stream);", f"if peer.0.is_none() {{ {REFUSED} }}"),
    "in the service": (PEER, f"if peer.is_none() {{ {REFUSED} }}"),
    "in the service, by a function": (
        PEER,
        "if peer.is_none() { return Ok(refused()); }",
    ),
}
OPEN = {
    "noted only": ('if stream.get_ref().1.peer_certificates().is_none() { warn!("anonymous"); }', ""),
    "by a function, noted": ("if leaf(&stream).is_none() { warn!(anonymous); }", ""),
    "by a method of another field": ("let peer = Peer::of(&stream); if peer.1.is_none() { return; }", ""),
    "the opposite": ("if stream.get_ref().1.peer_certificates().is_some() { return; }", ""),
    "one method of the service": (
        PEER,
        f"if peer.is_none() && request.method() == Method::POST {{ {REFUSED} }}",
    ),
    "stored": (PEER, "request.extensions_mut().insert(peer.clone());"),
}
MORE = (
    "fn refused() -> Response { StatusCode::FORBIDDEN.into_response() }\n"
    "struct Peer(Option<CertificateDer<'static>>, Option<String>);\n"
    "impl Peer { fn of(s: &TlsStream<TcpStream>) -> Self { Peer(leaf(s), s.get_ref().1.server_name().map(into)) } }\n"
    "fn leaf(s: &TlsStream<TcpStream>) -> Option<CertificateDer<'static>> {\n"
    "    s.get_ref().1.peer_certificates().and_then(|chain| chain.first()).cloned() }\n"
)


def program(check: str, inner: str) -> str:
    """The body of ``main``."""
    return PROGRAM.replace("CHECK", check).replace("INNER", inner).replace("SERVE", CONNECTION)


@pytest.mark.parametrize(("check", "inner"), CLOSED.values(), ids=CLOSED)
def test_a_check_before_the_router_guards_every_route(check: str, inner: str, tmp_path: Path) -> None:
    """A connection without a certificate ends, or each of its requests is refused."""
    found = of(tmp_path, program(check, inner), MORE)
    (route,) = found.view.routes
    assert (route.guard, found.view.unresolved) == (Guarding.CERTIFICATE, ())


SWITCHED = {
    "a function": f"{PEER} if peer.is_none() && strict() {{ return; }}",
    "a variable of the environment": f"{PEER} if peer.is_none() && std::env::var(STRICT).is_ok() {{ return; }}",
    "around the check": f"if settings().strict {{ {PEER} if peer.is_none() {{ return; }} }}",
}


@pytest.mark.parametrize("check", SWITCHED.values(), ids=SWITCHED)
def test_a_check_that_a_switch_turns_off_is_undecided(check: str, tmp_path: Path) -> None:
    """What is deployed may have it."""
    (route,) = of(tmp_path, program(check, ""), MORE).view.routes
    assert route.guard is Guarding.UNKNOWN
    assert "depending on s" in route.guard_name


@pytest.mark.parametrize(("check", "inner"), OPEN.values(), ids=OPEN)
def test_what_does_not_end_each_anonymous_connection_is_no_guard(
    check: str, inner: str, tmp_path: Path
) -> None:
    """The twins."""
    (route,) = of(tmp_path, program(check, inner), MORE).view.routes
    assert (route.guard, route.layers) == (Guarding.NONE, ())


BY_REQUEST = {
    "all but one path": 'if peer.is_none() && request.uri().path() != "/health"',
    "the other way round": 'if request.uri().path() != "/health" && peer.is_none()',
    "a list": 'if !["/health", "/ready"].contains(&request.uri().path()) && peer.is_none()',
    "another method": "if request.method() != Method::TRACE && peer.is_none()",
}
LEFT_OPEN = {
    "the path": 'if peer.is_none() && request.uri().path() != "/orders"',
    "the beginning of the path": 'if peer.is_none() && !request.uri().path().starts_with("/ord")',
    "the method": "if peer.is_none() && request.method() != Method::GET",
}
REWRITTEN = '*request.uri_mut() = inner_uri(request.uri()); if peer.is_none() && request.uri().path() != "/x"'


@pytest.mark.parametrize("condition", BY_REQUEST.values(), ids=BY_REQUEST)
def test_a_check_of_all_requests_but_some_guards_the_routes_of_others(condition: str, tmp_path: Path) -> None:
    """The path of each route decides."""
    body = program(PEER, f"{condition} {{ {REFUSED} }}")
    (route,) = of(tmp_path, body, MORE).view.routes
    assert route.guard is Guarding.CERTIFICATE


@pytest.mark.parametrize("condition", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_a_check_that_exempts_a_route_is_no_guard_of_it(condition: str, tmp_path: Path) -> None:
    """The twins: one that exempts GET is none of a route with GET."""
    body = program(PEER, f"{condition} {{ {REFUSED} }}")
    (route,) = of(tmp_path, body, MORE).view.routes
    assert route.guard is Guarding.NONE


def test_a_check_of_a_path_that_is_rewritten_is_none_of_a_route(tmp_path: Path) -> None:
    """The path that was checked need not be that of the route."""
    body = program(PEER, f"{REWRITTEN} {{ {REFUSED} }}")
    (route,) = of(tmp_path, body, MORE).view.routes
    assert route.guard is not Guarding.CERTIFICATE


def test_one_of_two_connections_with_a_check_leaves_the_other_open(tmp_path: Path) -> None:
    """The same router is served before the check as well."""
    check = "if stream.get_ref().1.peer_certificates().is_none() { return; }"
    first = "let other = TlsAcceptor::from(config()).accept(stream).await.unwrap();\n"
    first += "http1.serve_connection(other, app.clone()).await;\n"
    both = program(f"{first}{check}", "")
    assert Guarding.NONE in {route.guard for route in of(tmp_path, both).view.routes}


ANSWERS = {
    "before": 'if request.uri().path() == "/admin" { return Ok(admin().await.into_response()); }',
    "beside": "if internal(&request) { admin(request).await } else",
    "in an arm": 'match request.uri().path() { "/admin" => admin(request).await, _ =>',
}
REFUSING = {
    "a method": "if request.method() == Method::TRACE { return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response()); }",
    "an error": 'if request.uri().path().len() > 99 { return Err(anyhow!("too long")); }',
    "a redirect": 'if request.uri().path() == "/" { return Ok(Redirect::to("/x").into_response()); }',
    "a log": 'if request.method() == Method::GET { info!("read"); }',
    "a function": "if too_long(&request) { return Ok(refused()); }",
}
ADMIN = "async fn admin() -> String { secrets() }\n" + MORE


@pytest.mark.parametrize("inner", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_beside_the_router_is_not_read(inner: str, tmp_path: Path) -> None:
    """A service that answers some requests by itself has operations that no route shows."""
    body = program("", inner)
    if not inner.startswith("if request"):
        end = " }" if "match" in inner else ""
        body = body.replace("app.oneshot(request).await", "{ app.oneshot(request).await }" + end)
    (found,) = of(tmp_path, body, ADMIN).view.unresolved
    assert found.kind is UnresolvedKind.SERVED
    assert found.what.startswith("answer beside the router")


@pytest.mark.parametrize("inner", REFUSING.values(), ids=REFUSING)
def test_a_refusal_beside_the_router_is_none(inner: str, tmp_path: Path) -> None:
    """The correct twins."""
    assert of(tmp_path, program("", inner), ADMIN).view.unresolved == ()
