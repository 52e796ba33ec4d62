"""Routers that are converted, changed in place, or made by trait objects: read, or listed as not read."""

from pathlib import Path

import pytest

from specdrift.model.result.source import UnresolvedKind
from tests.source.crates import reading, served

HANDLERS = """
async fn data() {}
fn listed() -> Router { Router::new().route("/list", get(data)) }
"""
API = """
struct Api { name: String }
impl From<Api> for Router { fn from(api: Api) -> Self { Router::new().route("/list", get(data)) } }
fn by_parameter(api: Api) -> Router { Router::new().nest("/", api.into()) }
"""
MODULES = """
trait Module { fn prefix(&self) -> &'static str; fn router(&self) -> Router; fn register(&self, r: Router) -> Router; }
struct Lists;
impl Module for Lists {
    fn prefix(&self) -> &'static str { "/" }
    fn router(&self) -> Router { listed() }
    fn register(&self, r: Router) -> Router { r.route("/list", get(data)) }
}
fn modules() -> Vec<Box<dyn Module>> { vec![Box::new(Lists)] }
fn each() -> Router { let mut app = Router::new(); for m in modules() { app = app.merge(m.router()); } app }
struct Server { modules: Vec<Box<dyn Module>> }
impl Server {
    fn new() -> Self { Self { modules: Vec::new() } }
    fn with(mut self, m: impl Module + 'static) -> Self { self.modules.push(Box::new(m)); self }
    fn build(self) -> Router { self.modules.iter().fold(Router::new(), |r, m| r.nest(m.prefix(), m.router())) }
    fn registered(self) -> Router {
        let mut app = Router::new();
        for m in &self.modules { app = m.register(app); }
        app
    }
}
"""
IN_PLACE = """
#[derive(Default)]
struct Builder { router: Router }
impl Builder {
    fn add(&mut self, path: &str) -> &mut Self {
        self.router = std::mem::take(&mut self.router).route(path, get(data)); self
    }
    fn put(&mut self, path: &str) {
        let r = std::mem::replace(&mut self.router, Router::new()); self.router = r.route(path, get(data));
    }
    fn build(&mut self) -> Router { std::mem::take(&mut self.router) }
}
fn add(router: &mut Router) { *router = std::mem::take(router).route("/list", get(data)); }
fn by_function() -> Router { let mut r = Router::new(); add(&mut r); r }
fn by_method() -> Router { let mut b = Builder::default(); b.add("/list"); b.build() }
fn by_chain() -> Router { let mut b = Builder::default(); b.add("/list").add("/list/{id}"); b.build() }
fn by_replacing() -> Router { let mut b = Builder::default(); b.put("/list"); b.build() }
"""
READ = {
    "From by name": ("Router::from(Api { name: String::new() })", API),
    "into": ("Router::new().merge(Api { name: String::new() }.into())", API),
    "into of a parameter": ("by_parameter(api())", API + "fn api() -> Api { unknown() }"),
    "a list of modules": ("each()", MODULES),
    "modules of a builder": ("Server::new().with(Lists).build()", MODULES),
    "modules that register": ("Server::new().with(Lists).registered()", MODULES),
    "a function that changes its argument": ("by_function()", IN_PLACE),
    "a method that changes a field": ("by_method()", IN_PLACE),
    "a chain that changes a field": ("by_chain()", IN_PLACE),
    "replace": ("by_replacing()", IN_PLACE),
    "a static": ("APP.clone()", "static APP: LazyLock<Router> = LazyLock::new(|| listed());"),
}


@pytest.mark.parametrize(("body", "more"), READ.values(), ids=READ)
def test_the_routes_are_read(tmp_path: Path, body: str, more: str) -> None:
    """Each is served, and nothing is missing."""
    found = reading(tmp_path, served(body, HANDLERS + more)).view
    assert {route.path for route in found.routes if route.mounted} - {"/list/{id}"} == {"/list"}
    assert [one for one in found.unresolved if one.kind is UnresolvedKind.SERVED] == []


LISTED = {
    "a cell": ("cell().clone()", "fn cell() -> &'static Router { APP.get_or_init(|| listed()) }"),
    "a list that a condition fills": (
        "some().into_iter().map(|m| m.router()).fold(Router::new(), Router::merge)",
        MODULES + "fn some() -> Vec<Box<dyn Module>> { if x() { vec![Box::new(Lists)] } else { other() } }",
    ),
    "a parameter that is handed on to unknown code": (
        "configured(|r| extend(r))",
        (
            'fn extend(r: Router) -> Router { r.route("/more", get(data)) } '
            "fn configured(f: impl Fn(Router) -> Router) -> Router { library(f).merge(listed()) }"
        ),
    ),
}


@pytest.mark.parametrize(("body", "more"), LISTED.values(), ids=LISTED)
def test_what_is_not_read_is_listed(tmp_path: Path, body: str, more: str) -> None:
    """Then nothing passes: exit status 3."""
    found = reading(tmp_path, served(body, HANDLERS + more)).view
    assert UnresolvedKind.SERVED in {one.kind for one in found.unresolved}


def test_a_served_value_that_is_not_known_is_listed_beside_a_known_listener(tmp_path: Path) -> None:
    """The listener hid it, where another router was served."""
    listener = 'TcpListener::bind("0.0.0.0:80").await.unwrap()'
    code = served(
        'Router::new().route("/metrics", get(data))',
        HANDLERS + f"async fn other() {{ axum::serve({listener}, library::app()).await; }}",
    ).replace("let app", "tokio::spawn(other());\n    let app")
    found = reading(tmp_path, code).view
    assert [one.kind for one in found.unresolved] == [UnresolvedKind.SERVED]
