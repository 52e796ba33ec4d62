"""Routers with services of gRPC (tonic) beside routes of axum."""

from pathlib import Path

import pytest

from specdrift.model.result.source import UnresolvedKind
from tests.source.crates import reading, served, table

MORE = """
use tonic::{service::Routes, transport::Server};
async fn data() {}
"""
GRPC = "GreeterServer::new(Greeter)"
ROUTE = 'route("/orders", get(data))'
ROUTERS = {
    "merged": f"Router::new().{ROUTE}.merge(Routes::new({GRPC}).into_axum_router())",
    "of several": f"Router::new().{ROUTE}.merge(Routes::default().add_service({GRPC}).into_axum_router())",
    "of a builder": f"Router::new().{ROUTE}.merge(Routes::builder().routes().add_service({GRPC}).into_axum_router())",
    "by its path": f"Router::new().{ROUTE}.merge(tonic::service::Routes::new({GRPC}).prepare().into_axum_router())",
    "to which routes are added": f"Routes::new({GRPC}).into_axum_router().{ROUTE}",
    "of a server": f"Router::new().{ROUTE}.merge(Server::builder().add_service({GRPC}).into_router())",
    "from routes": f"Routes::from(Router::new().{ROUTE}).add_service({GRPC}).into_axum_router()",
}


@pytest.mark.parametrize("router", ROUTERS.values(), ids=ROUTERS)
def test_services_of_grpc_hide_no_route(tmp_path: Path, router: str) -> None:
    """Their paths are named in their code: they are listed, and the routes beside them are known."""
    view = reading(tmp_path, served(router, MORE)).view
    assert table(reading(tmp_path, served(router, MORE))) == [("GET", "/orders", "data", "none")]
    assert {one.kind for one in view.unresolved} == {UnresolvedKind.ROUTE}
    assert not view.incomplete


def test_routes_of_another_crate_are_not_known(tmp_path: Path) -> None:
    """A type of the same name may have routes of any path."""
    router = f"Router::new().{ROUTE}.merge(other::Routes::new(x).into_axum_router())"
    assert reading(tmp_path, served(router, MORE)).view.incomplete


def test_a_server_of_another_crate_has_routes_that_are_not_known(tmp_path: Path) -> None:
    """As ``Routes`` of another crate."""
    router = f"Router::new().{ROUTE}.merge(other::Server::builder().add_service(x).into_router())"
    assert reading(tmp_path, served(router, MORE)).view.incomplete
