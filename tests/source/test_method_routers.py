"""Method routers that begin empty, and own macros that build them."""

from pathlib import Path

import pytest

from tests.source.crates import reading, served, table

CODE = """
async fn list() {}
async fn create() {}
macro_rules! resource {
    ($router:expr, $path:literal, $($method:ident => $handler:expr),+) => {
        $router.route($path, axum::routing::MethodRouter::new()$(.$method($handler))+)
    };
}
macro_rules! routes {
    ($($path:literal => $method:expr),+ $(,)?) => { Router::new()$(.route($path, $method))+ };
}
fn filled() -> MethodRouter { let mut all = MethodRouter::new(); all = all.get(list); all.post(create) }
"""
FORMS = {
    "a chain": 'Router::new().route("/orders", MethodRouter::new().get(list).post(create))',
    "with a state": 'Router::new().route("/orders", MethodRouter::<App>::new().get(list).post(create))',
    "by default": 'Router::new().route("/orders", MethodRouter::default().on(MethodFilter::GET, list).post(create))',
    "merged": 'Router::new().route("/orders", MethodRouter::new().merge(get(list)).merge(post(create)))',
    "in a function": 'Router::new().route("/orders", filled())',
    "a macro": 'resource!(Router::new(), "/orders", get => list, post => create)',
    "a macro with the name of a library's": 'routes! { "/orders" => get(list).post(create), }',
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_what_is_added_to_an_empty_method_router_is_a_route(body: str, tmp_path: Path) -> None:
    """``MethodRouter::new()`` answers 405 until a method is added."""
    found = reading(tmp_path, served(body, CODE))
    assert {row[:3] for row in table(found)} == {("GET", "/orders", "list"), ("POST", "/orders", "create")}
    assert found.view.unresolved == ()


def test_an_empty_method_router_has_no_route(tmp_path: Path) -> None:
    """The twin."""
    body = 'Router::new().route("/orders", MethodRouter::new()).route("/items", get(list))'
    assert [row[1] for row in table(reading(tmp_path, served(body, CODE)))] == ["/items"]


@pytest.mark.parametrize(("layers", "guarded"), [(".layer(from_fn(guard))", True), ("", False)])
def test_layers_of_a_service_are_around_its_method_router(
    tmp_path: Path, layers: str, *, guarded: bool
) -> None:
    """``ServiceBuilder`` with a method router as a service of a path."""
    guard = (
        "async fn guard(Extension(peer): Extension<Peer>, request: Request, next: Next)\n"
        "    -> Result<Response, StatusCode> { peer.0.ok_or(StatusCode::UNAUTHORIZED)?; Ok(next.run(request).await) }\n"
        "struct Peer(Option<CertificateDer<'static>>);\n"
    )
    body = f'Router::new().route_service("/orders", ServiceBuilder::new(){layers}.service(any(list)))'
    ((_, _, handler, kind),) = table(reading(tmp_path, served(body, CODE + guard)))
    assert (handler, kind == "certificate") == ("list", guarded)
