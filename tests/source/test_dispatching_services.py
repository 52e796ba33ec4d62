"""Own services that give requests to several routers: where one of them is not known, the service is not read."""

from pathlib import Path

import pytest

from specdrift.model.result.source import SourceView, UnresolvedKind
from tests.source.crates import reading

KNOWN = 'Router::new().route("/b", get(one))'
UNKNOWN = "other::router()"
SERVICE = """
use axum::{{Router, routing::get, body::Body, http::{{Request, Response}}}};
use tower::{{Service, ServiceExt}};
async fn one() {{}}
#[derive(Clone)]
struct Dispatch {{ app: Router, admin: Router }}
impl Service<Request<Body>> for Dispatch {{
    type Response = Response<Body>; type Error = Infallible; type Future = Answer;
    fn call(&mut self, req: Request<Body>) -> Self::Future {{ {call} }}
}}
impl Dispatch {{
    fn of_admin(&mut self, req: Request<Body>) -> Answer {{ self.admin.call(req) }}
}}
#[tokio::main]
async fn main() {{
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    let app = Router::new().route("/a", get(one));
    let admin = {admin};
    {serve}
}}
"""
SERVE = "axum::serve(listener, Shared::new(Dispatch { app, admin })).await.unwrap();"
CALLS = {
    "if": 'if req.uri().path().starts_with("/admin") { self.admin.call(req) } else { self.app.call(req) }',
    "match": 'match req.uri().path() { "/x" => self.admin.call(req), _ => self.app.call(req) }',
    "return": "if admin(&req) { return self.admin.call(req); } self.app.call(req)",
    "variable": "let answer = if admin(&req) { self.admin.call(req) } else { self.app.call(req) }; Box::pin(answer)",
    "clones": """let (a, b) = (self.app.clone(), self.admin.clone());
        Box::pin(async move { if admin(&req) { b.oneshot(req).await } else { a.oneshot(req).await } })""",
    "ready": """let (mut a, mut b) = (self.app.clone(), self.admin.clone());
        Box::pin(async move { if admin(&req) { b.ready().await?.call(req).await } else { a.call(req).await } })""",
}
ONLY_UNKNOWN = {
    "function": "if admin(&req) { self.of_admin(req) } else { self.app.call(req) }",
    "path": "if admin(&req) { Service::call(&mut self.admin, req) } else { self.app.call(req) }",
    "list": "for one in self.admin.iter_mut() { if admin(&req) { return one.call(req); } } self.app.call(req)",
    "map": "match self.admin.get_mut(host(&req)) { Some(one) => one.call(req), None => self.app.call(req) }",
    "option": """if let Some(one) = self.admin.as_mut() { if admin(&req) { return one.call(req); } }
        self.app.call(req)""",
}
SERVICE_FN = """
let service = service_fn(move |req| {
    let (app, admin) = (app.clone(), admin.clone());
    async move { if is_admin(&req) { admin.oneshot(req).await } else { app.oneshot(req).await } }
});
loop {
    let (stream, _) = listener.accept().await.unwrap();
    http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()).await.unwrap();
}
"""


def _view(folder: Path, call: str, admin: str, *, serve: str = SERVE) -> SourceView:
    return reading(folder, SERVICE.format(call=call, admin=admin, serve=serve)).view


def _not_read(view: SourceView) -> bool:
    return any(one.kind is UnresolvedKind.SERVED for one in view.unresolved)


@pytest.mark.parametrize("call", [*CALLS.values(), *ONLY_UNKNOWN.values()], ids=[*CALLS, *ONLY_UNKNOWN])
def test_a_service_with_a_router_that_is_not_known_is_not_read(tmp_path: Path, call: str) -> None:
    """The other router's routes were found, and the headline was that nothing is wrong."""
    view = _view(tmp_path, call, UNKNOWN)
    assert _not_read(view)
    assert "/a" in {route.path for route in view.routes}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_service_whose_routers_are_known_is_read(tmp_path: Path, call: str) -> None:
    """Nothing is missing there."""
    view = _view(tmp_path, call, KNOWN)
    assert not _not_read(view)
    assert {route.path for route in view.routes if route.listeners} == {"/a", "/b"}


@pytest.mark.parametrize("admin", [UNKNOWN, KNOWN])
def test_a_function_that_is_a_service_is_not_read_if_one_of_its_routers_is_not_known(
    tmp_path: Path, admin: str
) -> None:
    """``service_fn`` in an accept loop."""
    view = _view(tmp_path, "self.app.call(req)", admin, serve=SERVICE_FN)
    assert _not_read(view) is (admin == UNKNOWN)


def test_a_service_that_is_made_twice_is_judged_each_time(tmp_path: Path) -> None:
    """What was known of one value says nothing about another."""
    serve = f"""
    let first = Dispatch {{ app: app.clone(), admin: {KNOWN} }};
    axum::serve(listener, Shared::new(first)).await.unwrap();
    let second = Dispatch {{ app, admin }};
    axum::serve(other_listener, Shared::new(second)).await.unwrap();
    """
    assert _not_read(_view(tmp_path / "one", CALLS["if"], UNKNOWN, serve=serve))
    assert not _not_read(_view(tmp_path / "other", CALLS["if"], KNOWN, serve=serve))


def test_a_router_that_the_service_never_calls_is_not_missing(tmp_path: Path) -> None:
    """It serves nothing."""
    assert not _not_read(_view(tmp_path, "self.app.call(req)", UNKNOWN))
