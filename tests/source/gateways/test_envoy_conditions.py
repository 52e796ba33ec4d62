"""Numbers in headers, and clusters that a header names, in Envoy: each with a fault and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.source.gateways.joined import OPEN, found, joined
from tests.source.gateways.test_envoy_join import OPEN_ROUTE, chain, disabled, envoy, rbac, route

if TYPE_CHECKING:
    from pathlib import Path

Node = dict[str, Any]
SECURE = "GET /secure"
REQUEST = {("gateway-request-bypass", SECURE, "error")}
NOT_GUARDED = {("gateway-optional-unchecked", SECURE, "error")}
BY_HEADER: Node = {"match": {"prefix": "/"}, "route": {"cluster_header": "X-Cluster"}}


def level(start: int, end: int, **more: bool) -> Node:
    """A condition on a number."""
    return {
        "prefix": "/",
        "headers": [{"name": "x-level", "range_match": {"start": start, "end": end}, **more}],
    }


def switched_off(match: Node) -> Node:
    """A route on which the policies are off."""
    return route(match, typed_per_filter_config=disabled())


CASES: dict[str, tuple[list[Node], tuple[Node, ...], set[tuple[str, str, str]]]] = {
    "a number": ([switched_off(level(5, 9)), OPEN_ROUTE, route()], (rbac(),), REQUEST),
    "any other number": (
        [switched_off(level(5, 9, invert_match=True)), OPEN_ROUTE, route()],
        (rbac(),),
        REQUEST,
    ),
    "no number, as an empty header": (
        [
            switched_off(level(5, 9, invert_match=True, treat_missing_header_as_empty=True)),
            OPEN_ROUTE,
            route(),
        ],
        (rbac(),),
        NOT_GUARDED,
    ),
    "no number at all": ([switched_off(level(5, 5)), OPEN_ROUTE, route()], (rbac(),), set()),
    "a number on a guarded route": ([route(level(5, 9)), OPEN_ROUTE, route()], (rbac(),), set()),
    "a cluster by a header": ([OPEN_ROUTE, BY_HEADER], (rbac(),), set()),
    "a cluster by a header, without a guard": ([OPEN_ROUTE, BY_HEADER], (), NOT_GUARDED),
}


@pytest.mark.parametrize(("routes", "filters", "expected"), CASES.values(), ids=CASES)
def test_findings(
    routes: list[Node], filters: tuple[Node, ...], expected: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Clients send the number or the name."""
    result = joined(tmp_path, envoy(chain(*filters, tls=False, routes=routes)), OPEN, name="envoy.yaml")
    assert found(result) == expected
    assert result.undecided == ()


@pytest.mark.parametrize(
    "routes",
    [
        [OPEN_ROUTE, {"match": {"prefix": "/"}, "route": {"cluster_header": ":authority"}}],
        [
            OPEN_ROUTE,
            switched_off({"prefix": "/", "headers": [{"name": "x", "range_match": {"end": "many"}}]}),
        ],
    ],
)
def test_what_is_not_known_is_undecided(routes: list[Node], tmp_path: Path) -> None:
    """A cluster by a host, and a range that is none."""
    result = joined(tmp_path, envoy(chain(tls=False, routes=routes)), OPEN, name="envoy.yaml")
    assert any(str(one.operation) == SECURE for one in result.undecided)
    assert found(result) == set()
