"""Ways to a guarded operation that are not known to be guarded leave it undecided; those that lead elsewhere do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from tests.source.gateways.joined import OPEN, TOLD, VERIFIED, found, joined, nginx
from tests.source.gateways.test_envoy_join import OPEN_ROUTE, Node, chain, disabled, envoy, rbac, route
from tests.source.gateways.test_join import PUBLIC, SECURE

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

GUARD = f"location / {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PUBLIC}"
BYPASS = ("gateway-location-bypass", SECURE, "error")
PLACE = SourceLocation(file="f", line=1, column=1, end_line=1, end_column=2, pointer="")
NESTED = "^/(?:(?:a+)+)/x"
"""An expression that is not run."""


def undecided(result: Result) -> set[str]:
    """The operations that are undecided."""
    return {str(one.operation) for one in result.undecided}


UNKNOWN = {
    "an expression of a rewrite": f"location /v1/ {{ rewrite {NESTED}(.*)$ /$1 break; proxy_pass http://api; }}",
    "an expression of a location": f"location ~ {NESTED}(?<rest>.*)$ {{ proxy_pass http://api/$rest; }}",
    "an unknown part of the path": "location /v1/ { proxy_pass http://api/$geoip_city$uri; }",
    "an unknown service": "location /v1/ { proxy_pass http://$geoip_city/secure; }",
    "an unknown condition": "location /v1/ { if ($geoip_city = x) { return 403; } proxy_pass http://api/; }",
    "an authorization service": "location /v1/ { auth_request /auth; proxy_pass http://api/; } "
    "location = /auth { internal; proxy_pass http://10.0.0.9; }",
    "addresses": "location /v1/ { allow 10.0.0.0/8; deny all; proxy_pass http://api/; }",
    "a module": "location /v1/ { js_content main.go; }",
}


@pytest.mark.parametrize("way", UNKNOWN.values(), ids=UNKNOWN)
def test_a_way_that_is_not_known_to_be_guarded_leaves_it_undecided(way: str, tmp_path: Path) -> None:
    """Exit status 3."""
    if way.startswith("location /v1/ { js_content"):
        way = f"{way} location /v2/ {{ rewrite ^/v2/(.*)$ /v1/$1 last; }}"
    result = joined(tmp_path, nginx(f"{GUARD} {way}"), OPEN)
    assert BYPASS not in found(result)
    assert undecided(result) == {SECURE}
    assert all(one.reason for one in result.undecided)


KNOWN = {
    "another service behind an unknown condition": (
        "location /v1/ { if ($geoip_city = x) { return 403; } proxy_pass http://10.0.0.9:80/; }"
    ),
    "another part of the service for some addresses": (
        "location = /metrics { allow 10.0.0.0/8; deny all; proxy_pass http://api/internal/metrics; }"
    ),
    "an unknown condition, refused in any case": (
        f"location /v1/ {{ if ($geoip_city = x) {{ return 404; }} {VERIFIED} {TOLD} proxy_pass http://api/; }}"
    ),
    "an unknown expression to another service": (
        f"location ^~ /v1/ {{ rewrite {NESTED}(.*)$ /$1 break; proxy_pass http://10.0.0.9:80; }}"
    ),
    "an expression that is evaluated": f"location ~ ^/v1/(.*)$ {{ {VERIFIED} {TOLD} proxy_pass http://api/$1; }}",
}


@pytest.mark.parametrize("way", KNOWN.values(), ids=KNOWN)
def test_what_leads_elsewhere_or_is_refused_in_any_case_is_decided(way: str, tmp_path: Path) -> None:
    """The correct twins: the operation is as decided as without the route."""
    result = joined(tmp_path, nginx(f"{GUARD} {way}"), OPEN)
    assert BYPASS not in found(result)
    assert undecided(result) == set()


def test_a_group_in_the_middle_of_the_path_is_filled_with_what_leads_to_the_operation(tmp_path: Path) -> None:
    """The made-up path has the operation's own parts where the replacement has them."""
    for way in (
        "location /old/ { rewrite ^/old/(\\w+)/v1$ /$1 break; proxy_pass http://api; }",
        "rewrite ^/(?<what>\\w+)/(?:old|former)$ /v1/$what last; location /v1/ { internal; proxy_pass http://api/; }",
    ):
        assert BYPASS in found(joined(tmp_path, nginx(f"{GUARD} {way}"), OPEN)), way


def test_a_replacement_is_inverted() -> None:
    """By number and by name; without a value, a group has one that fits."""
    route = RewrittenPath.of_pattern(r"^/v(\d)/(?P<kind>\w+)/(.*)$", PLACE, "/$kind/$3")
    assert "/v1/orders/7/items?x=1" in list(route.targets("/orders/7/items?x=1"))
    swapped = RewrittenPath.of_pattern(r"^/x/(.*)/y/(.*)$", PLACE, r"/\2/\1")
    assert "/x/b/y/a" in list(swapped.targets("/a/b"))


OF_ENVOY: dict[str, tuple[Node, Node]] = {
    "an expression": (
        {"prefix": "/v1/"},
        {"regex_rewrite": {"pattern": {"regex": "^/v1/(?:(?:a+)+)"}, "substitution": "/"}},
    ),
    "a policy": ({"prefix": "/v1/"}, {"path_rewrite_policy": {"name": "x"}}),
    "a prefix for an expression": ({"safe_regex": {"regex": "/v1/.*"}}, {"prefix_rewrite": "/"}),
}


@pytest.mark.parametrize(("match", "rewrite"), OF_ENVOY.values(), ids=OF_ENVOY)
def test_rewrites_of_envoy_that_are_not_evaluated(match: Node, rewrite: Node, tmp_path: Path) -> None:
    """They are listed, and those to the same service leave the operation undecided."""
    for cluster, expected in (("api", {SECURE}), ("sql", set())):
        way = route(match, route={"cluster": cluster, **rewrite}, typed_per_filter_config=disabled())
        text = envoy(chain(rbac(), tls=False, routes=[way, OPEN_ROUTE, route()]))
        result = joined(tmp_path, text, OPEN, name="envoy.yaml")
        assert undecided(result) == expected
        assert any("rewrite" in one.what for view in result.gateways for one in view.unresolved)


BESIDE = """
events {}
http { server { listen 80; server_name api.test; %s location /.well-known/acme-challenge/ { root /var/www; } }
server { listen 443 ssl; server_name api.test; ssl_verify_client on; location / { proxy_pass http://10.0.0.9; } } }
"""
STATIC = {
    "the folder that nginx comes with": ("", set()),
    "a folder for this path": ("location /secure { root /srv; }", {SECURE}),
    "a folder for all": ("root /srv;", {SECURE}),
}


@pytest.mark.parametrize(("statement", "expected"), STATIC.values(), ids=STATIC)
def test_a_server_for_renewals_has_no_files_of_the_service(
    statement: str, expected: set[str], tmp_path: Path
) -> None:
    """Where no statement names a folder, nginx answers with 404: only a page of its own is there."""
    result = joined(tmp_path, BESIDE % statement)
    assert undecided(result) & {SECURE} == expected
    assert SECURE not in {str(one.operation) for one in result.drifts}
