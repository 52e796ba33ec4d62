"""Handlers of guarded operations that fallbacks and other routes run without a guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.drift import Severity
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
use axum::{Extension, Router, extract::Request, middleware::{Next, from_fn}, routing::get};
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
async fn secure() {}
async fn public() {}
async fn missing() -> StatusCode { StatusCode::NOT_FOUND }
async fn mtls(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
    peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
fn config() -> Arc<ServerConfig> {
    let v = WebPkiClientVerifier::builder(roots()).with_crls(crls()).allow_unauthenticated().build();
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
fn app() -> Router { ROUTER }
#[tokio::main]
async fn main() {
    axum_server::bind_rustls(a, RustlsConfig::from_config(config())).serve(app().into_make_service()).await;
}
"""
GUARDED = 'Router::new().route("/secure", get(secure)SECURE.layer(from_fn(mtls))OUTSIDE).route("/public", get(public))'
EXPOSED = "route-not-documented"
CASES = {
    "of the router": ("", "", ".fallback(secure)", EXPOSED),
    "of other methods": ("", "", ".method_not_allowed_fallback(secure)", EXPOSED),
    "of the path": ("", ".fallback(secure)", "", EXPOSED),
    "of the path, within the guard": (".fallback(secure)", "", "", ""),
    "another handler": ("", "", ".fallback(missing)", ""),
    "another handler for other methods": ("", "", ".method_not_allowed_fallback(missing)", ""),
}


@pytest.mark.parametrize(("inside", "outside", "behind", "rule"), CASES.values(), ids=CASES)
def test_a_fallback_outside_the_guard_is_a_route(
    tmp_path: Path, inside: str, outside: str, behind: str, rule: str
) -> None:
    """What answers the rest with a guarded handler is reported as a route is."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    router = GUARDED.replace("SECURE", inside).replace("OUTSIDE", outside) + behind
    service = crate(tmp_path / "service", PROGRAM.replace("ROUTER", router))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (service,))
    assert {drift.rule for drift in result.drifts} == ({rule} if rule else set())


BESIDE = """
use axum::{Router, routing::get};
async fn secure() {}
async fn public() {}
async fn missing() -> StatusCode { StatusCode::NOT_FOUND }
fn config() -> Arc<ServerConfig> {
    let v = WebPkiClientVerifier::builder(roots()).with_crls(crls()).build();
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
fn app() -> Router { Router::new().route("/secure", get(secure)).route("/public", get(public)) }
fn open() -> Router { Router::new().route("/public", get(public))REST }
#[tokio::main]
async fn main() {
    let plain = TcpListener::bind("0.0.0.0:8080").await.unwrap();
    tokio::spawn(async move { axum::serve(plain, open()).await });
    axum_server::bind_rustls(a, RustlsConfig::from_config(config())).serve(app().into_make_service()).await;
}
"""


@pytest.mark.parametrize(
    ("rest", "rule"),
    [
        (".fallback(secure)", EXPOSED),
        ('.nest_service("/debug", app())', EXPOSED),
        ('.route("/other", get(secure))', EXPOSED),
        (".fallback(missing)", ""),
        ("", ""),
    ],
)
def test_a_handler_behind_the_handshake_is_not_served_in_plaintext(
    tmp_path: Path, rest: str, rule: str
) -> None:
    """The handshake guards the operation on one listener; another listener gives its handler to everybody."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    service = crate(tmp_path / "service", BESIDE.replace("REST", rest))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (service,))
    errors = {drift.rule for drift in result.drifts if drift.severity is Severity.ERROR}
    assert errors == ({rule} if rule else set())


RESTS = """
use axum::response::{Html, Redirect};
async fn listed(State(s): State<Store>) -> Json<Vec<Order>> { Json(s.all().await) }
async fn written() -> &'static str { "orders" }
async fn proxied(State(c): State<Client>, req: Request) -> Result<Response, StatusCode> {
    c.request(req).await.map_err(|_| StatusCode::BAD_GATEWAY)
}
async fn told() -> (StatusCode, String) { (StatusCode::NOT_FOUND, format!("nothing")) }
async fn page() -> Html<&'static str> { Html(include_str!("index.html")) }
async fn headed() -> impl IntoResponse { ([(CACHE_CONTROL, "no-cache")], Html(include_str!("index.html"))) }
async fn rendered(State(s): State<Store>) -> Html<String> { Html(s.render()) }
async fn away() -> Redirect { Redirect::temporary("/ui") }
enum Fault { Missing }
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self { Fault::Missing => (StatusCode::NOT_FOUND, "missing").into_response() }
    }
}
async fn fault() -> Fault { Fault::Missing }
async fn failing(uri: Uri) -> Result<Json<Vec<Order>>, Fault> { Err(Fault::Missing) }
async fn some_data(req: Request) -> Response {
    if req.uri().path().starts_with("/x") { return StatusCode::NOT_FOUND.into_response(); }
    Json(all()).into_response()
}
"""
GUARDS = 'Router::new().route("/secure", get(secure)).route("/public", get(public))'
OPEN = {
    "of the state": f"{GUARDED}.fallback(listed)",
    "a text": f"{GUARDED}.fallback(written)",
    "a proxy": f"{GUARDED}.fallback(proxied)",
    "a closure": f"{GUARDED}.fallback(|State(s): State<Store>| async move {{ Json(s.all().await) }})",
    "some paths": f"{GUARDED}.fallback(some_data)",
    "a service": f"{GUARDED}.fallback_service(get(missing).post(listed))",
    "a function as a service": f"{GUARDED}.fallback_service(service_fn(|r: Request| async {{ answer(r).await }}))",
    "code that is not known": f"{GUARDED}.fallback_service(other::app())",
    "behind files": f'{GUARDED}.fallback_service(ServeDir::new("public").fallback(get(listed)))',
    "behind files in a variable": f'{{ let files = ServeDir::new("public").precompressed_gzip();'
    f" {GUARDED}.fallback_service(files.fallback(listed.into_service())) }}",
    "after the layer": f"{GUARDS}.layer(from_fn(mtls)).fallback(listed)",
    "beside the layer of the routes": f"{GUARDS}.fallback(listed).route_layer(from_fn(mtls))",
    "of a router that is nested": 'Router::new().nest("/secure", Router::new().route("/", get(secure))'
    '.layer(from_fn(mtls)).fallback(listed)).route("/public", get(public)).fallback(missing)',
    "of other methods": f"{GUARDED}.method_not_allowed_fallback(listed)",
    "a page of the state": f"{GUARDED}.fallback(rendered)",
    "below the path": f'{GUARDED}.nest("/secure/sub", Router::new().fallback(listed))',
    "of the path": GUARDED.replace("OUTSIDE", ".fallback(listed)"),
}
CLOSED = {
    "an error": f"{GUARDED}.fallback(told)",
    "a status": f"{GUARDED}.fallback(|| async {{ StatusCode::NOT_FOUND }})",
    "a type of the crates": f"{GUARDED}.fallback(fault)",
    "a result": f"{GUARDED}.fallback(failing)",
    "a redirect": f"{GUARDED}.fallback(away)",
    "a page": f"{GUARDED}.fallback(page)",
    "a page with headers": f"{GUARDED}.fallback(headed)",
    "below another path": f'{GUARDED}.nest("/secured", Router::new().fallback(listed))',
    "files": f'{GUARDED}.fallback_service(ServeDir::new("public").not_found_service(ServeFile::new("404.html")))',
    "files and an error": f'{GUARDED}.fallback_service(ServeDir::new("public").fallback(get(told)))',
    "files of a method router": f'{GUARDED}.fallback(get_service(ServeDir::new("public").fallback(get(told))))',
    "a function as a service": f"{GUARDED}.fallback_service(service_fn(|r: Request| async {{"
    " Ok::<_, Infallible>(StatusCode::NOT_FOUND.into_response()) }))",
    "guarded": f"{GUARDED}.fallback(listed.layer(from_fn(mtls)))",
    "guarded by a layer around it": 'Router::new().route("/secure", get(secure)).fallback(listed)'
    '.layer(from_fn(mtls)).route("/public", get(public))',
    "of other methods": f"{GUARDED}.method_not_allowed_fallback(told)",
    "of a prefix without such operations": f'{GUARDED}.nest("/ui", Router::new().fallback(told))',
    "behind an inner one": 'Router::new().nest("/secure", Router::new().route("/", get(secure)).fallback(missing)'
    '.layer(from_fn(mtls))).nest("/public", Router::new().route("/", get(public))).fallback(listed)',
}


def _undecided(folder: Path, router: str) -> tuple[set[str], list[str]]:
    """Return the rules of what is found, and the operations that are undecided."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    whole = PROGRAM.replace("ROUTER", router.replace("SECURE", "").replace("OUTSIDE", "")) + RESTS
    result = routes(Settings(spec=str(folder / "openapi.yaml")), (crate(folder / "service", whole),))
    return {drift.rule for drift in result.drifts}, [
        one.operation.path for one in result.undecided if one.operation
    ]


@pytest.mark.parametrize("router", OPEN.values(), ids=OPEN)
def test_a_fallback_that_may_give_data_leaves_the_operations_beside_it_undecided(
    tmp_path: Path, router: str
) -> None:
    """A request that no route matches, such as with another case or slash, may get an operation's data."""
    found, undecided = _undecided(tmp_path, router)
    assert undecided == ["/secure"]
    assert EXPOSED in found


@pytest.mark.parametrize("router", CLOSED.values(), ids=CLOSED)
def test_a_fallback_without_data_or_with_a_guard_decides_nothing(tmp_path: Path, router: str) -> None:
    """Errors, pages and files for everybody are no data of an operation."""
    found, undecided = _undecided(tmp_path, router)
    assert undecided == []
    assert found <= {EXPOSED}
