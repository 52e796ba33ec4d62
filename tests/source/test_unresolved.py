"""What is served and was not understood is listed, and never silently nothing; what can be followed to it is."""

from pathlib import Path

import pytest

from tests.source.crates import reading, table

USES = "use axum::{Router, routing::get};\n"
WRAPPER = """
pub struct Shop { inner: Router }
impl Shop { pub fn into_router(self) -> Router { self.inner } }
"""
APP = 'Router::new().route("/one", get(one))'


UNKNOWN = f"""{WRAPPER}
async fn start(shop: Shop) {{ let app = shop.into_router(); axum::serve(listener, app.into_make_service()).await; }}
"""
INNER = f"""{WRAPPER}
async fn start(shop: Shop) {{
    let made = shop.inner.into_make_service_with_connect_info::<SocketAddr>();
    server.serve(made).await;
}}
"""
IN_A_TUPLE = f"""
fn main() {{ let (_, app) = made().context(1)?; axum::serve(listener, app).await; }}
fn made() -> Result<(Pool, Router)> {{ Ok((pool(), {APP})) }}
"""
LISTED = """
fn main() {
    let mut app = Router::new();
    for (path, what) in made().all { app = app.route(path, what); }
    axum::serve(listener, app).await;
}
struct Made { all: Vec<(&str, M)> }
fn made() -> Made { Made { all: vec![("/one", get(one))] } }
"""
HANDED = f"""
fn main() {{ start({APP}); }}
fn start(app: Router) {{ axum::serve(listener, app.into_make_service()); }}
"""


@pytest.mark.parametrize(
    ("code", "listed"),
    [
        (
            "fn main() { let app = shop::app(); axum::serve(listener, app).await; }",
            "axum::serve(listener, app)",
        ),
        (UNKNOWN, "app.into_make_service()"),
        (INNER, "shop.inner.into_make_service_with_connect_info::<SocketAddr>()"),
    ],
)
def test_what_is_served_and_not_understood_is_listed(tmp_path: Path, code: str, listed: str) -> None:
    """Of other crates, by wrappers of one's own, method routers: with the place where it is served."""
    found = reading(tmp_path, USES + code)
    assert table(found) == []
    (expression,) = found.view.unresolved
    assert expression.what == f"served value: {listed}"
    assert "serve" in expression.location.text or "make_service" in expression.location.text


@pytest.mark.parametrize(
    "code",
    [
        f"fn main() {{ let app = {APP}; std::thread::spawn(move || axum::serve(listener, app)); }}",
        f"fn main() {{ let app = {APP}; run(move |_| async move {{ axum::serve(listener, app).await }}); }}",
        f"fn main() {{ let (app, ..) = ({APP}, 1, 2); axum::serve(listener, app).await; }}",
        f"fn main() {{ let (.., app, _) = (1, 2, {APP}, 3); axum::serve(listener, app).await; }}",
        *(IN_A_TUPLE, LISTED, HANDED),
    ],
)
def test_a_router_is_followed_to_where_it_is_served(tmp_path: Path, code: str) -> None:
    """Into threads and tasks of others, out of results and tuples, through lists of routes."""
    found = reading(tmp_path, USES + code)
    assert table(found) == [("GET", "/one", "one", "none")]
    assert found.view.routes[0].entry == "shop"
    assert found.view.unresolved == ()


def test_macros_that_make_routers_by_a_type_of_ones_own_are_listed_where_they_are_called(
    tmp_path: Path,
) -> None:
    """Their expansion gives no known router, and their callers need not say Router."""
    code = """
macro_rules! shop { ($($handler:path),*) => {{ let mut all = RouterAndDocs::new(); $(all.add($handler);)* all }}; }
pub fn made() -> RouterAndDocs { shop!(one, two) }
fn main() { start(made()); }
"""
    found = reading(tmp_path, USES + code)
    assert [expression.what for expression in found.view.unresolved] == ["routes registered by macro shop!"]
    assert "shop!(one, two)" in found.view.unresolved[0].location.text


@pytest.mark.parametrize(
    "arms",
    [
        'cfg_select! { feature = "more" => { app.route("/more", get(more)) } _ => { app } }',
        'cfg_if::cfg_if! { if #[cfg(feature = "more")] { app.route("/more", get(more)) } else { app } }',
    ],
    ids=["cfg_select", "cfg_if"],
)
def test_what_builds_choose_is_there_in_some(tmp_path: Path, arms: str) -> None:
    """Every arm is followed; what only one has is conditional, and nothing is left over."""
    made = f"fn made() -> Router {{ let app = {APP}; {arms} }}"
    found = reading(tmp_path, f"{USES}fn main() {{ axum::serve(listener, made()); }}\n{made}")
    assert {route.path: route.conditional for route in found.view.routes} == {"/one": False, "/more": True}
    assert found.view.unresolved == ()
