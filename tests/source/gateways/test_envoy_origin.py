"""The scheme and the origin of requests in Envoy, which clients may claim: each with a fault and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.source.gateways.joined import OPEN, joined
from tests.source.gateways.joined import found as everything_found
from tests.source.gateways.test_envoy_join import (
    NAMED,
    OPEN_ROUTE,
    chain,
    disabled,
    envoy,
    rbac,
    route,
    rules,
    typed,
)

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

Node = dict[str, Any]
SECURE = "GET /secure"
PLAINTEXT = {("gateway-plaintext-to-same-upstream", SECURE, "error")}
REQUEST = {("gateway-request-bypass", SECURE, "error")}
NOT_GUARDED = {("gateway-optional-unchecked", SECURE, "error")}
EDGE: Node = {"use_remote_address": True}
TRUSTING: Node = {**EDGE, "xff_num_trusted_hops": 1}
WITHIN: Node = {"internal_address_config": {"cidr_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}]}}
REQUIRED: Node = {"require_tls": "ALL", "routes": [route()]}
EXTERNAL: Node = {"require_tls": "EXTERNAL_ONLY", "routes": [route()]}


def found(result: Result) -> set[tuple[str, str, str]]:
    """The errors: one route for all guards what is open, too."""
    return {one for one in everything_found(result) if one[2] == "error"}


def header(name: str, value: str) -> Node:
    """A condition on a header."""
    return {"prefix": "/", "headers": [{"name": name, "string_match": {"exact": value}}]}


BY_SCHEME: Node = {
    "routes": [
        {"match": header("x-forwarded-proto", "http"), "redirect": {"https_redirect": True}},
        route(),
    ]
}
CASES: dict[str, tuple[Node, set[tuple[str, str, str]]]] = {
    "TLS is required, and clients say that they have it": (REQUIRED, PLAINTEXT),
    "TLS is required": ({**REQUIRED, "manager": EDGE}, set()),
    "what the proxy before says counts": ({**REQUIRED, "manager": TRUSTING}, PLAINTEXT),
    "redirects by a header": (BY_SCHEME, PLAINTEXT),
    "redirects by a header that Envoy sets": ({**BY_SCHEME, "manager": EDGE}, set()),
    "the scheme is overwritten": (
        {**REQUIRED, "manager": {"scheme_header_transformation": {"scheme_to_overwrite": "http"}}},
        set(),
    ),
    "clients from within, who say so": ({**EXTERNAL, "manager": WITHIN}, PLAINTEXT),
    "clients from within a proxy's addresses": (
        {**EXTERNAL, "manager": {**WITHIN, "xff_num_trusted_hops": 1}},
        PLAINTEXT,  # by the scheme
    ),
}


@pytest.mark.parametrize(("members", "expected"), CASES.values(), ids=CASES)
def test_a_plaintext_listener(members: Node, expected: set[tuple[str, str, str]], tmp_path: Path) -> None:
    """It redirects to TLS."""
    result = joined(tmp_path, envoy(chain(), chain(tls=None, **members)), OPEN, name="envoy.yaml")
    assert found(result) == expected
    assert result.undecided == ()


def test_clients_whose_address_is_not_known(tmp_path: Path) -> None:
    """A request from within needs no TLS."""
    open_within = chain(tls=None, **EXTERNAL, manager={**EDGE, **WITHIN})
    result = joined(tmp_path, envoy(chain(), open_within), OPEN, name="envoy.yaml")
    assert found(result) == set()
    assert any("the address of the client" in one.reason for one in result.undecided)


@pytest.mark.parametrize(
    ("scheme", "off", "expected"),
    [
        ("http", {"typed_per_filter_config": disabled()}, REQUEST),
        ("https", {"typed_per_filter_config": disabled()}, NOT_GUARDED),
        ("http", {}, set()),
        ("https", {}, set()),
    ],
)
def test_a_route_by_the_scheme(
    scheme: str, off: Node, expected: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Targets name any scheme within TLS."""
    routes = [route(header(":scheme", scheme), **off), OPEN_ROUTE, route()]
    result = joined(tmp_path, envoy(chain(rbac(), tls=False, routes=routes)), OPEN, name="envoy.yaml")
    assert found(result) == expected


def by_server_name(value: str, *, inspected: bool) -> str:
    """Policies that admit anybody with a server name."""
    named = rules(NAMED)
    named["policies"]["q"] = {
        "permissions": [{"requested_server_name": {"exact": value}}],
        "principals": [{"any": True}],
    }
    one = {"name": "rbac", "typed_config": typed("filters.http.rbac.v3.RBAC", rules=named)}
    tree = yaml.safe_load(envoy(chain(one, tls=False)))
    if inspected:
        inspector = {
            "name": "tls",
            "typed_config": typed("filters.listener.tls_inspector.v3.TlsInspector"),
        }
        tree["static_resources"]["listeners"][0]["listener_filters"] = [inspector]
    return yaml.safe_dump(tree, sort_keys=False)


@pytest.mark.parametrize(
    ("value", "inspected", "expected"),
    [
        ("", False, {"gateway-optional-unchecked"}),
        ("", True, {"gateway-request-bypass"}),
        ("status.example", True, {"gateway-request-bypass"}),
        ("status.example", False, set()),
    ],
)
def test_the_server_name(
    value: str,
    inspected: bool,  # noqa: FBT001 - a parameter
    expected: set[str],
    tmp_path: Path,
) -> None:
    """It is empty unless the listener reads it."""
    result = joined(tmp_path, by_server_name(value, inspected=inspected), OPEN, name="envoy.yaml")
    assert {rule for rule, *_ in found(result)} == expected
