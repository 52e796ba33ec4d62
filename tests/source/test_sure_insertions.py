"""What is in the extensions of a request without a certificate: surely absent, surely there, or perhaps there."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, IDENTITY = Guarding.CERTIFICATE, Guarding.IDENTITY
UNKNOWN, NONE = Guarding.UNKNOWN, Guarding.NONE
CODE = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
#[derive(Clone)]
struct Caller(Option<String>);
async fn data() {}
async fn fill(mut request: Request, next: Next) -> Response { FILL next.run(request).await }
async fn clean(mut request: Request, next: Next) -> Response { CLEAN }
async fn connection(stream: TlsStream<TcpStream>, app: Router) {
    let peer = Peer(stream.get_ref().1.peer_certificates().and_then(|c| c.first()).cloned());
    let service = app.layer(Extension(peer));
    serve(stream, service).await;
}
"""
HELPERS = """
fn attach(request: &mut Request) {
    let Some(name) = registry().client_of(request) else { return };
    request.extensions_mut().insert(Caller(Some(name)));
}
fn put(request: &mut Request) { request.extensions_mut().insert(Caller(Some("guest".into()))); }
"""
READING = """
async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {
    if request.extensions().get::<Caller>().is_none() { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(request).await)
}
"""
EXTRACTING = """
async fn guard(Extension(caller): Extension<Caller>, request: Request, next: Next) -> Result<Response, StatusCode> {
    caller.0.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}
"""
PEER = "let peer = request.extensions().get::<Peer>().and_then(|p| p.0.clone());"
ALWAYS = 'request.extensions_mut().insert(Caller(Some("guest".into())));'
NAMED = "request.extensions_mut().insert(Caller(Some(name)));"
FILLED = {
    "always": (ALWAYS, NONE, NONE),
    "by a helper": ("put(&mut request);", NONE, NONE),
    "on each path": (
        (
            f"{PEER} match peer {{"
            " Some(c) => { request.extensions_mut().insert(Caller(Some(name(&c)))); }"
            f" None => {{ {ALWAYS} }} }}"
        ),
        NONE,
        NONE,
    ),
    "with nothing in it": ("request.extensions_mut().insert(Caller(None));", NONE, IDENTITY),
    "with a certificate": (
        f"{PEER} if let Some(c) = peer {{ let name = name(&c); {NAMED} }}",
        IDENTITY,
        IDENTITY,
    ),
    "on another condition": (
        f"if let Some(name) = registry().client_of(&request) {{ {NAMED} }}",
        UNKNOWN,
        UNKNOWN,
    ),
    "on another condition, by a helper": ("attach(&mut request);", UNKNOWN, UNKNOWN),
    "in a loop": (f"for name in registry().clients_of(&request) {{ {NAMED} }}", UNKNOWN, UNKNOWN),
    "in a closure": (f"registry().client_of(&request).map(|name| {NAMED[:-1]});", UNKNOWN, UNKNOWN),
    "and perhaps removed": (
        f"{ALWAYS} if registry().unknown(&request) {{ request.extensions_mut().remove::<Caller>(); }}",
        UNKNOWN,
        UNKNOWN,
    ),
}


def _guard(tmp_path: Path, layers: str, code: str) -> Guarding:
    app = f'Router::new().route("/orders", get(data)){layers}'
    (route,) = reading(tmp_path, served(app, code)).view.routes
    return route.guard


@pytest.mark.parametrize(("fill", "read", "extracted"), FILLED.values(), ids=FILLED)
def test_only_what_is_surely_inserted_is_no_guard(
    tmp_path: Path, fill: str, read: Guarding, extracted: Guarding
) -> None:
    """A layer that inserts a caller on a condition that is not known may refuse all clients without a certificate."""
    layers = ".layer(from_fn(guard)).layer(from_fn(fill))"
    for number, (guard, kind) in enumerate(((READING, read), (EXTRACTING, extracted))):
        folder = tmp_path / str(number)
        folder.mkdir()
        helpers = HELPERS if "&mut" in fill else ""
        assert _guard(folder, layers, CODE.replace("FILL", fill) + helpers + guard) is kind


@pytest.mark.parametrize("guard", [READING, EXTRACTING])
@pytest.mark.parametrize("fill", [ALWAYS, "put(&mut request);"])
def test_what_is_inserted_behind_a_guard_is_not_there_yet(tmp_path: Path, fill: str, guard: str) -> None:
    """The first layer is the innermost, also if a helper inserts for it."""
    layers = ".layer(from_fn(fill)).layer(from_fn(guard))"
    helpers = HELPERS if "&mut" in fill else ""
    assert _guard(tmp_path, layers, CODE.replace("FILL", fill) + helpers + guard) is not NONE


CLEANED = {
    "removed": "request.extensions_mut().remove::<Caller>(); next.run(request).await",
    "another request": "let (_, body) = request.into_parts(); next.run(Request::new(body)).await",
}


@pytest.mark.parametrize("clean", CLEANED.values(), ids=CLEANED)
def test_what_a_layer_between_takes_away_is_not_sure(tmp_path: Path, clean: str) -> None:
    """A layer may drop what the layers around it inserted."""
    layers = ".layer(from_fn(guard)).layer(from_fn(clean)).layer(from_fn(fill))"
    code = CODE.replace("FILL", ALWAYS).replace("CLEAN", clean)
    assert _guard(tmp_path, layers, code + READING) is not NONE


SERVICE = """
async fn accepted(stream: TlsStream<TcpStream>, app: Router) {
    let peer = stream.get_ref().1.peer_certificates().and_then(|c| c.first()).cloned();
    let service = service_fn(move |mut request: Request| { INSERT app.clone().oneshot(request) });
    serve_connection(stream, service).await;
}
"""
CONNECTIONS = {
    "always": ("request.extensions_mut().insert(Caller(peer.as_ref().map(name)));", "", NONE),
    "with a certificate": (
        "if let Some(c) = &peer { request.extensions_mut().insert(Caller(Some(name(c)))); }",
        "",
        CERTIFICATE,
    ),
    "on another condition": (
        f"if let Some(name) = registry().client_of(&request) {{ {NAMED} }}",
        "",
        UNKNOWN,
    ),
    "of one of two listeners": (
        "request.extensions_mut().insert(Caller(peer.as_ref().map(name)));",
        "async fn beside(listener: TcpListener) { axum::serve(listener, app()).await.unwrap(); }",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("insert", "beside", "kind"), CONNECTIONS.values(), ids=CONNECTIONS)
def test_the_code_that_serves_all_connections_surely_inserts(
    tmp_path: Path, insert: str, beside: str, kind: Guarding
) -> None:
    """A request of another listener, which may demand a certificate, lacks what this one inserts."""
    code = (
        "use axum::{Router, Extension};\nuse axum::extract::*;\nuse axum::middleware::*;\nuse axum::routing::*;\n"
        'fn app() -> Router { Router::new().route("/orders", get(data)).layer(from_fn(guard)) }\n'
        "#[tokio::main]\nasync fn main() { tokio::spawn(beside(open().await));"
        " loop { accepted(next().await, app()).await; } }\n"
    )
    code += CODE[: CODE.index("async fn fill")] + READING + SERVICE.replace("INSERT", insert) + beside
    assert {route.guard for route in reading(tmp_path, code).view.routes} <= {kind, UNKNOWN}
    assert kind in {route.guard for route in reading(tmp_path, code).view.routes}


PANICS = {
    "of an unknown result": 'policy().judge(peer).await.expect("denied");',
    "in a function": "must(peer);",
    "of a macro": "if registry().unknown(peer) { panic!(); }",
    "of an assertion": "assert!(registry().knows(peer));",
}
PANICKING = """
fn must(peer: Option<&Peer>) { match registry().find(peer) { Some(_) => (), None => panic!() } }
async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {
    let peer = request.extensions().get::<Peer>();
    PANIC
    if peer.and_then(|p| p.0.as_ref()).is_some_and(|c| c.is_empty()) { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(request).await)
}
"""


@pytest.mark.parametrize(("panic", "kind"), [("", NONE), *((one, UNKNOWN) for one in PANICS.values())])
def test_a_guard_that_may_panic_may_refuse(tmp_path: Path, panic: str, kind: Guarding) -> None:
    """A panic ends the connection, without an answer."""
    layers = ".layer(from_fn(guard))"
    assert _guard(tmp_path, layers, CODE + PANICKING.replace("PANIC", panic)) is kind


SWITCHED = """
#[derive(Clone)]
struct Require { enabled: bool }
impl Require {
    fn new() -> Self { Self { enabled: false } }
    fn enabled(mut self, on: bool) -> Self { self.enabled = on; self }
    fn enable(&mut self) { self.enabled = true; }
}
impl<S> Layer<S> for Require {
    type Service = Requiring<S>;
    fn layer(&self, inner: S) -> Requiring<S> { Requiring { inner, enabled: self.enabled } }
}
#[derive(Clone)]
struct Requiring<S> { inner: S, enabled: bool }
impl<S> Service<Request> for Requiring<S> {
    fn call(&mut self, request: Request) -> Self::Future {
        let mut inner = self.inner.clone();
        if !self.enabled { return Box::pin(async move { inner.call(request).await }); }
        Box::pin(async move {
            let has = request.extensions().get::<Peer>().is_some_and(|p| p.0.is_some());
            if !has { return Ok(StatusCode::UNAUTHORIZED.into_response()); }
            inner.call(request).await
        })
    }
}
"""
MADE = {
    "off": ("", "Require::new()", {NONE}),
    "on by a method": ("", "Require::new().enabled(true)", {CERTIFICATE, UNKNOWN}),
    "on by an assignment": ("let mut r = Require::new(); r.enabled = true;", "r", {CERTIFICATE, UNKNOWN}),
    "on by a method that changes it": ("let mut r = Require::new(); r.enable();", "r", {UNKNOWN}),
    "on by the environment": ("", 'Require { enabled: std::env::var("OPEN").is_err() }', {UNKNOWN}),
}


@pytest.mark.parametrize(("before", "layer", "kinds"), MADE.values(), ids=MADE)
def test_a_layer_whose_switch_is_off_is_no_guard(
    tmp_path: Path, before: str, layer: str, kinds: set[Guarding]
) -> None:
    """One that is switched on before it is used is no such layer."""
    app = f'{{ {before} Router::new().route("/orders", get(data)).layer({layer}) }}'
    (route,) = reading(tmp_path, served(app, CODE + SWITCHED)).view.routes
    assert route.guard in kinds
