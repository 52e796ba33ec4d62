"""Layers that a method of each item decides on, lists that are divided, and methods that are called by their paths."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, NONE = Guarding.CERTIFICATE, Guarding.NONE
CODE = """
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
async fn data() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    let peer = req.extensions().get::<Peer>().cloned().unwrap_or_default();
    peer.certificate.ok_or(StatusCode::FORBIDDEN)?;
    Ok(next.run(req).await)
}
"""
MODULES = """
trait Module {
    fn prefix(&self) -> &'static str;
    fn router(&self) -> Router { Router::new().route("/", get(data)) }
    fn public(&self) -> bool { DEFAULT }
}
struct Orders;
struct Health { open: bool }
impl Module for Orders { fn prefix(&self) -> &'static str { "/orders" } }
impl Module for Health { fn prefix(&self) -> &'static str { "/health" } fn public(&self) -> bool { OWN } }
fn is_public(module: &dyn Module) -> bool { module.public() }
fn app() -> Router {
    let modules: Vec<Box<dyn Module>> = vec![Box::new(Orders), Box::new(Health { open: true })];
    let mut app = Router::new();
    for module in &modules {
        let mut router = module.router();
        if CONDITION { router = router.layer(from_fn(guard)); }
        app = app.nest(module.prefix(), router);
    }
    app
}
"""
TABLE = """
#[derive(Clone, Copy, PartialEq)]
enum Access { Public, Client }
struct Entry { path: &'static str, open: bool }
fn table() -> Vec<(&'static str, MethodRouter, Access)> {
    vec![("/health", get(data), Access::Public), ("/orders", get(data), Access::Client)]
}
fn built(list: Vec<(&'static str, MethodRouter, Access)>) -> Router {
    list.into_iter().fold(Router::new(), |r, (p, m, _)| r.route(p, m))
}
"""
AS_MEANT = {"/orders": CERTIFICATE, "/health": NONE}
SWAPPED = {"/orders": NONE, "/health": CERTIFICATE}


def kinds(folder: Path, body: str, more: str) -> dict[str, Guarding]:
    """The guard of each route."""
    found = reading(folder, served(body, CODE + more)).view
    assert found.unresolved == ()
    return {route.path: route.guard for route in found.routes if not route.guard_conditional}


def modules(condition: str, default: str = "false", own: str = "true") -> str:
    """Modules with a flag that decides on the layer."""
    return MODULES.replace("CONDITION", condition).replace("DEFAULT", default).replace("OWN", own)


FLAGS = {
    "a default method": ("!module.public()", "false", "true"),
    "a field": ("!module.public()", "false", "self.open"),
    "a function": ("!is_public(module)", "false", "true"),
    "the opposite": ("module.public()", "true", "false"),
}


@pytest.mark.parametrize(("condition", "default", "own"), FLAGS.values(), ids=FLAGS)
def test_the_method_of_each_item_decides_on_its_layer(
    condition: str, default: str, own: str, tmp_path: Path
) -> None:
    """By the concrete type: its own method, or that of the trait."""
    assert kinds(tmp_path, "app()", modules(condition, default, own)) == AS_MEANT


def test_a_method_with_the_wrong_result_leaves_its_item_open(tmp_path: Path) -> None:
    """The twin: the default is open, and the one that should be is guarded."""
    assert kinds(tmp_path, "app()", modules("!module.public()", "true", "false")) == SWAPPED


def test_a_method_whose_result_is_not_known_makes_the_layer_conditional(tmp_path: Path) -> None:
    """Neither guarded nor open for sure."""
    code = modules("!module.public()", 'std::env::var("OPEN").is_ok()')
    found = reading(tmp_path, served("app()", CODE + code)).view
    assert {route.path for route in found.routes if route.guard_conditional} == {"/orders"}


DIVIDED = {
    "partition": "table().into_iter().partition(|(_, _, access)| *access == Access::Public)",
    "not equal": "table().into_iter().partition(|(_, _, access)| *access != Access::Client)",
    "filter": (
        "(table().into_iter().filter(|(_, _, access)| *access == Access::Public).collect(), "
        "table().into_iter().filter(|one| one.2 == Access::Client).collect())"
    ),
}
BUILT = (
    "{{ let (open, closed): (Vec<_>, Vec<_>) = {}; built(open).merge(built(closed).layer(from_fn(guard))) }}"
)


@pytest.mark.parametrize("divided", DIVIDED.values(), ids=DIVIDED)
def test_a_divided_list_has_the_items_of_each_part(divided: str, tmp_path: Path) -> None:
    """Only one part is guarded."""
    assert kinds(tmp_path, BUILT.format(divided), TABLE) == AS_MEANT


def test_a_list_that_is_divided_the_wrong_way_round_is_read_so(tmp_path: Path) -> None:
    """The twin."""
    divided = DIVIDED["partition"].replace("==", "!=")
    assert kinds(tmp_path, BUILT.format(divided), TABLE) == SWAPPED


def test_a_list_that_is_divided_by_what_is_not_known_is_listed(tmp_path: Path) -> None:
    """Each item may be in either part."""
    body = BUILT.format("table().into_iter().partition(|one| enabled(one))")
    assert reading(tmp_path, served(body, CODE + TABLE)).view.unresolved


LAYER = "from_fn(guard)"
BY_PATH = {
    "a method router": f'.route("/orders", MethodRouter::<()>::layer(get(data), {LAYER}))',
    "a router": f'.merge(Router::layer(Router::route(Router::new(), "/orders", get(data)), {LAYER}))',
    "merged": f'.merge(Router::merge(Router::new(), Router::new().route("/orders", get(data)).layer({LAYER})))',
    "further methods": f'.route("/orders", MethodRouter::layer(MethodRouter::post(get(data), data), {LAYER}))',
}


@pytest.mark.parametrize("added", BY_PATH.values(), ids=BY_PATH)
def test_a_method_that_is_called_by_its_path_is_followed(added: str, tmp_path: Path) -> None:
    """Its first argument is what it is called on."""
    assert kinds(tmp_path, f'Router::new().route("/health", get(data)){added}', "") == AS_MEANT


def test_a_method_that_is_called_by_its_path_before_another_is_added_leaves_that_open(tmp_path: Path) -> None:
    """The twin: what is added later is outside of the layer."""
    body = f"MethodRouter::post(MethodRouter::layer(get(data), {LAYER}), data)"
    found = reading(tmp_path, served(f'Router::new().route("/orders", {body})', CODE)).view
    assert {route.methods: route.guard for route in found.routes} == {("GET",): CERTIFICATE, ("POST",): NONE}
