"""Routes that each branch of a condition serves: the condition decides on the layers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate
from tests.source.gateways.joined import DOCUMENT

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

PROGRAM = """
use axum::{Extension, Router, extract::Request, middleware::{Next, from_fn}, routing::get};
#[derive(Clone)]
struct Peer(CertificateDer<'static>);
async fn secure() {}
async fn public() {}
async fn mtls(req: Request, next: Next) -> Result<Response, StatusCode> {
    if req.extensions().get::<Peer>().is_none() { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(req).await)
}
fn config() -> Arc<ServerConfig> {
    let v = WebPkiClientVerifier::builder(roots()).with_crls(crls()).allow_unauthenticated().build();
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
fn app() -> Router { ROUTER }
#[tokio::main]
async fn main() {
    let acceptor = TlsAcceptor::from(config());
    let listener = TcpListener::bind("0.0.0.0:8443").await.unwrap();
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let (acceptor, app) = (acceptor.clone(), app());
        tokio::spawn(async move {
            let tls = acceptor.accept(tcp).await.unwrap();
            let peer = tls.get_ref().1.peer_certificates().and_then(|c| c.first()).map(Peer::of);
            SERVED
        });
    }
}
"""
GUARDED = 'Router::new().route("/secure", get(secure)).layer(from_fn(mtls)).route("/public", get(public))'
ALIAS = GUARDED + '.route("/v0/secure", get(secure))'
SERVE = "Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), TowerToHyperService::new(app)).await"
BRANCHES = {
    "match": "let app = match peer { Some(p) => app.layer(Extension(p)), None => app };",
    "three arms": """let app = match peer { Some(p) if p.known() => app.layer(Extension(p)),
        Some(p) => app.layer(TraceLayer::new_for_http()).layer(Extension(p)), None => app };""",
    "if": "let app = if let Some(p) = peer { app.layer(Extension(p)) } else { app };",
    "another layer": """let app = if let Some(p) = peer { app.layer(Extension(p)) }
        else { app.layer(TraceLayer::new_for_http()) };""",
    "of one branch": "let mut app = app; if let Some(p) = peer { app = app.layer(Extension(p)); }",
    "always": "let app = app.layer(Extension(peer));",
}


def checked(folder: Path, router: str, served: str) -> Result:
    """The result for a router, and for what an accept loop does."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    program = PROGRAM.replace("ROUTER", router).replace("SERVED", served)
    return routes(Settings(spec=str(folder / "openapi.yaml")), (crate(folder / "service", program),))


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES)
def test_a_layer_of_one_branch_makes_no_route_conditional(tmp_path: Path, branch: str) -> None:
    """The route outside of the guard is there for each connection, whichever branch it takes."""
    result = checked(tmp_path, ALIAS, f"{branch} {SERVE};")
    assert [(one.rule, one.severity.value) for one in result.drifts] == [("route-not-documented", "error")]


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES)
def test_an_open_route_of_each_branch_is_open(tmp_path: Path, branch: str) -> None:
    """The branch for clients with a certificate refuses no client."""
    assert not checked(tmp_path, GUARDED, f"{branch} {SERVE};").drifts


def test_a_route_of_one_branch_is_conditional(tmp_path: Path) -> None:
    """It is not there in every run."""
    branch = "let app = if debug() { app } else { Router::new() };"
    result = checked(tmp_path, ALIAS, f"{branch} {SERVE};")
    found = {(one.rule, one.severity.value) for one in result.drifts}
    assert ("route-not-documented", "warning") in found


CALLS = {
    "method": "app.call(req).await",
    "path": "tower::Service::call(&mut app, req).await",
    "short path": "Service::call(&mut app, req).await",
    "qualified": "<_ as Service<_>>::call(&mut app, req).await",
    "of the type": "<Router as tower::Service<Request>>::call(&mut app, req).await",
    "oneshot": "ServiceExt::oneshot(app, req).await",
    "ready": "tower::ServiceExt::<Request>::ready(&mut app).await?.call(req).await",
    "both": "let ready = tower::ServiceExt::ready(&mut app).await?; tower::Service::call(ready, req).await",
}
SERVICE_FN = """
    let service = service_fn(move |req| {
        let (mut app, peer) = (app.clone(), peer.clone());
        async move { CHECK CALL }
    });
    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), service).await;
"""
BARE = 'Router::new().route("/secure", get(secure))'
CHECK = "if peer.is_none() { return Ok(StatusCode::UNAUTHORIZED.into_response()); }"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("check", [CHECK, ""], ids=["guarded", "open"])
def test_a_method_that_is_called_by_its_path_gives_the_router_a_request(
    tmp_path: Path, call: str, check: str
) -> None:
    """Calls by path were not followed, and the router was accused of what the function around it does."""
    served = SERVICE_FN.replace("CHECK", check).replace("CALL", call)
    result = checked(tmp_path, BARE, served)
    found = [one.rule for one in result.drifts if one.rule == "route-not-guarded"]
    assert found == ([] if check else ["route-not-guarded"])
    assert not result.undecided
    assert result.source is not None
    assert not result.source.unresolved


def test_a_router_in_a_service_that_is_not_known_is_not_accused(tmp_path: Path) -> None:
    """What stands before the router there is not known."""
    served = SERVICE_FN.replace("CHECK", CHECK).replace("CALL", "other::answer(&mut app, req).await")
    result = checked(tmp_path, BARE, served)
    assert not [one for one in result.drifts if one.rule == "route-not-guarded"]
    assert [one.operation.path for one in result.undecided if one.operation] == ["/secure"]


MADE = """
    let mut made = app.into_make_service_with_connect_info::<SocketAddr>();
    let service = infallible(made.call(address).await);
    let service = service_fn(move |req: Request<Incoming>| {
        let (service, peer) = (service.clone(), peer.clone());
        async move { CHECK service.oneshot(req).await }
    });
    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), service).await;
"""
INFALLIBLE = (
    "\nfn infallible<T>(result: Result<T, Infallible>) -> T "
    "{ match result { Ok(value) => value, Err(err) => match err {} } }\n"
)


@pytest.mark.parametrize("check", [CHECK, ""], ids=["guarded", "open"])
def test_a_function_that_gives_back_what_it_gets_gives_back_a_service(tmp_path: Path, check: str) -> None:
    """As axum's own example of serving with hyper does."""
    result = checked(tmp_path, BARE + "}" + INFALLIBLE + "fn more() {", MADE.replace("CHECK", check))
    assert result.source is not None
    assert not result.source.unresolved
    assert not result.undecided
    found = [one.rule for one in result.drifts if one.rule == "route-not-guarded"]
    assert found == ([] if check else ["route-not-guarded"])
