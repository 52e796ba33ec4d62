"""Which route of Kong takes a request, and the path that the service gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.kong.kong_paths import normalized, upstream_path
from tests.source.gateways.kong.kong_texts import Object, decided, kong, route, to_each

if TYPE_CHECKING:
    from pathlib import Path

ROUTES: dict[str, tuple[list[Object], str, Object, str]] = {
    "the longer prefix": ([route(paths=["/"]), route(paths=["/se"])], "/secure", {}, "b"),
    "a regular expression before a prefix": (
        [route(paths=["/secure/all"]), route(paths=["~/sec.re"])],
        "/secure/all",
        {},
        "b",
    ),
    "priority among expressions": (
        [route(paths=["~/s.*"]), route(paths=["~/se.*"], regex_priority=5)],
        "/secure",
        {},
        "b",
    ),
    "more attributes before a longer path": (
        [route(paths=["/secure"]), route(paths=["/"], methods=["GET"])],
        "/secure",
        {},
        "b",
    ),
    "another method": ([route(paths=["/"], methods=["POST"]), route(paths=["/"])], "/secure", {}, "b"),
    "a header": (
        [route(paths=["/"]), route(paths=["/"], headers={"X-Version": ["v2"]})],
        "/secure",
        {"x_version": "V2"},
        "b",
    ),
    "an expression for a header": (
        [route(paths=["/"]), route(paths=["/"], headers={"x-version": ["~*^v[23]$"]})],
        "/secure",
        {"x_version": "v3"},
        "b",
    ),
    "a name": (
        [route(hosts=["*.example"]), route(hosts=["api.example"])],
        "/secure",
        {"host": "api.example"},
        "b",
    ),
    "a wildcard": (
        [route(hosts=["api.example"]), route(hosts=["*.test"])],
        "/secure",
        {"host": "www.test"},
        "b",
    ),
    "decoded letters": ([route(paths=["/"]), route(paths=["/secure"])], "/%73ecure", {}, "b"),
    "dot segments": ([route(paths=["/"]), route(paths=["/secure"])], "/x/..//secure", {}, "b"),
    "an expression that is anchored": ([route(paths=["/"]), route(paths=["~/cure"])], "/secure", {}, "a"),
}


@pytest.mark.parametrize("name", ROUTES)
def test_the_route_of_the_highest_rank_is_taken(tmp_path: Path, name: str) -> None:
    """Number of attributes, headers, expressions, priority and length decide, in this order."""
    routes, target, request, expected = ROUTES[name]
    decision = decided(tmp_path, to_each(*routes), target, **request)
    assert (decision.passage, decision.upstream) == (Passage.FORWARDED, frozenset({f"{expected}:80"}))


UNKNOWN: dict[str, list[Object]] = {
    "equal routes": [route(paths=["/secure"]), route(paths=["/secure"])],
    "an expression of the other router": [route(expression='http.path ^= "/"'), route(paths=["/"])],
    "addresses of clients": [route(paths=["/"], sources=[{"ip": "10.0.0.0/8"}]), route(paths=["/"])],
    "an attribute that is not known": [route(paths=["/"], queries={"a": ["b"]}), route(paths=["/"])],
    "a value of the environment": [route(paths=['${{ env "DECK_PATH" }}']), route(paths=["/"])],
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_route_that_is_not_known_is_not_guessed(tmp_path: Path, name: str) -> None:
    """Any of them may get the request."""
    assert decided(tmp_path, to_each(*UNKNOWN[name])).passage is Passage.UNKNOWN


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ("router_flavor = traditional\n", {"b:80"}),
        ("router_flavor = traditional_compatible\n", {"a:80"}),
        ("", set()),
    ],
)
def test_the_routers_rank_other_attributes(tmp_path: Path, conf: str, expected: set[str]) -> None:
    """One ranks kinds of attributes, the other one only their number and the length of paths."""
    named = route(paths=["/secure"], snis=["unmatched.invalid"])
    text = to_each(named, route(paths=["/"], methods=["GET"]))
    listen = "proxy_listen = 0.0.0.0:443 ssl\n" if conf else ""
    decision = decided(tmp_path, text, conf=conf + listen, caller=GatewayCaller.VALID)
    assert decision.upstream == expected or (not expected and decision.passage is Passage.UNKNOWN)


def test_the_order_of_equal_routes_does_not_matter_if_both_refuse(tmp_path: Path) -> None:
    """Both ways are decided."""
    text = to_each(*(route({"name": "request-termination"}, paths=["/secure"]) for _ in range(2)))
    assert decided(tmp_path, text).passage is Passage.REFUSED


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a%2fb", "/a%2Fb"),
        ("/%7euser", "/~user"),
        ("/a/./b/", "/a/b/"),
        ("//a", "/a"),
        ("/a/..", "/"),
        ("/", "/"),
    ],
)
def test_paths_are_compared_as_kong_normalises_them(path: str, expected: str) -> None:
    """Escapes of reserved letters stay."""
    assert normalized(path) == expected


@pytest.mark.parametrize(
    ("prefix", "base", "first", "expected"),
    [
        (None, "", False, "/shop/items"),
        (None, "/api", False, "/api/shop/items"),
        (None, "/api/", False, "/api/shop/items"),
        ("/shop", "", False, "/items"),
        ("/shop", "/api", False, "/api/items"),
        ("/shop/", "/api", False, "/api/items"),
        ("/shop/items", "/api/", False, "/api"),
        ("/shop/items", "", False, "/"),
        ("/shop/", "/api", True, "/apiitems"),
        (None, "/api", True, "/apishop/items"),
    ],
)
def test_path_of_service_and_route_are_joined(
    *, prefix: str | None, base: str, first: bool, expected: str
) -> None:
    """As the table of the documentation says."""
    assert upstream_path("/shop/items", prefix, base, first_handling=first) == expected


def test_before_version_3_of_the_format_letters_tell_an_expression(tmp_path: Path) -> None:
    """`/sec.*` is one there, and a prefix in version 3."""
    assert decided(tmp_path, kong(route(paths=["/sec.+e"]), version="2.1")).passage is Passage.FORWARDED
    assert decided(tmp_path, kong(route(paths=["/sec.+e"]))).status == 404


def test_a_service_that_is_disabled_gets_nothing(tmp_path: Path) -> None:
    """Its routes are not in the router."""
    text = kong(route(paths=["/"])).replace('"name": "api"', '"name": "api", "enabled": false')
    assert decided(tmp_path, text).status == 404


def test_an_upstream_has_its_targets(tmp_path: Path) -> None:
    """The host of a service may be the name of an upstream."""
    targets = [{"target": "10.0.0.6:81"}, {"target": "10.0.0.7:82", "weight": 0}]
    text = kong(route(paths=["/"]), url="http://pool", upstreams=[{"name": "pool", "targets": targets}])
    assert decided(tmp_path, text).upstream == {"10.0.0.6:81"}


def test_flat_notation_refers_by_name(tmp_path: Path) -> None:
    """As the dump of a database has it."""
    text = kong(
        routes=[{"name": "r", "service": {"name": "api"}, "paths": ["/secure"]}],
        plugins=[{"name": "request-termination", "route": "r", "config": {"status_code": 403}}],
    )
    assert decided(tmp_path, text).status == 403


def test_only_https(tmp_path: Path) -> None:
    """Requests without TLS are redirected."""
    text = kong(route(paths=["/"], protocols=["https"], https_redirect_status_code=301))
    assert decided(tmp_path, text, tls=False).passage is Passage.REDIRECTED
    assert decided(tmp_path, text).passage is Passage.FORWARDED
