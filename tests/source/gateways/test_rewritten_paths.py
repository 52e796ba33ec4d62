"""Routes that hand a path on as another: one beside the guarded route may lead to the same operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from tests.source.gateways.joined import OPEN, TOLD, VERIFIED, found, joined, nginx
from tests.source.gateways.test_envoy_join import NAMED, OPEN_ROUTE, Node, chain, disabled, envoy, rbac, route
from tests.source.gateways.test_join import PUBLIC, SECURE

if TYPE_CHECKING:
    from pathlib import Path

GUARD = f"location / {{ {VERIFIED} {TOLD} proxy_pass http://api; }} {PUBLIC}"
BYPASS = ("gateway-location-bypass", SECURE, "error")
WAYS = {
    "a path of proxy_pass": "location /v1/ { proxy_pass http://api/; }",
    "without a slash": "location /v1 { proxy_pass http://api/; }",
    "an exact location": "location = /status { proxy_pass http://api/secure; }",
    "a rewrite in a location": "location /v1/ { rewrite ^/v1/(.*)$ /$1 break; proxy_pass http://api; }",
    "a captured path": "location ~ ^/v[0-9]/(?<rest>.*)$ { proxy_pass http://api/$rest; }",
    "a service and a path that are captured": (
        "location ~ ^/svc/(?<host>[a-z]+)(?<rest>/.*)$ { proxy_pass http://$host$rest; }"
    ),
    "a service that is captured": "location ~ ^/svc/([a-z]+)/(.*)$ { proxy_pass http://$1/$2; }",
    "a service that a rewrite captures": (
        "location /svc/ { rewrite ^/svc/([^/]+)(/.*)$ $2 break; proxy_pass http://$1; }"
    ),
    "an address that is captured": "location ~ ^/p/([0-9]+)(/.*)$ { proxy_pass http://10.0.0.5:$1$2; }",
    "a rewrite around the guard": (
        "location /v1/ { rewrite ^/v1(/.*)$ $1 break; proxy_pass http://api; "
        "if ($http_x_never) { return 403; } }"
    ),
}


CHOSEN = {
    "a header": ("location = /gw { proxy_pass http://api$http_x_original_uri; }", "x-original-uri"),
    "an argument": ("location = /gw { proxy_pass http://api/$arg_path; }", "GET /gw?path=secure"),
    "a variable": ("location /gw { set $to $http_x_to; proxy_pass http://api/$to; }", "x-to"),
    "a rewrite": ("location /gw { rewrite ^/gw/(x)$ /$cookie_a break; proxy_pass http://api; }", "cookie"),
}


@pytest.mark.parametrize(("way", "shown"), CHOSEN.values(), ids=CHOSEN)
def test_a_client_chooses_the_path_for_the_service(way: str, shown: str, tmp_path: Path) -> None:
    """By a header, an argument or a cookie of an open location; not if that is guarded."""
    result = joined(tmp_path, nginx(f"{GUARD} {way}"), OPEN)
    assert BYPASS in found(result)
    assert shown in next(d.message for d in result.drifts if d.rule == BYPASS[0])
    guarded = way.replace("{ ", f"{{ {VERIFIED} ", 1)
    assert found(joined(tmp_path, nginx(f"{GUARD} {guarded}"), OPEN)) == set()


def test_a_client_that_chooses_the_service_leaves_operations_undecided(tmp_path: Path) -> None:
    """It may be the one behind the guard; not where the listener requires a certificate."""
    way = "location = /gw { proxy_pass http://$http_x_backend; }"
    result = joined(tmp_path, nginx(f"{GUARD} {way}"), OPEN)
    assert result.exit_status is ExitStatus.INCOMPLETE
    assert "the address of a service that clients choose" in str(result.gateways[0].unresolved)
    required = joined(tmp_path, nginx(f"{GUARD} {way}", verify="on"), OPEN)
    assert BYPASS not in found(required)


def test_a_service_of_a_part_of_the_path_may_be_that_behind_the_guard(tmp_path: Path) -> None:
    """A condition captures it; not where a map has the service. Two conditions leave operations undecided."""
    captured = "if ($uri ~ ^/svc/([a-z]+)(/.*)$) { set $to $1; set $rest $2; } proxy_pass http://$to$rest;"
    result = joined(tmp_path, nginx(f"{GUARD} location /svc/ {{ {captured} }}"), OPEN)
    assert (found(result), result.exit_status) == ({BYPASS}, ExitStatus.DRIFT)
    twice = (
        "if ($uri ~ ^/svc/([a-z]+)/) { set $to $1; } if ($uri ~ ^/svc/[a-z]+(/.*)$) { set $rest $1; } "
        "proxy_pass http://$to$rest;"
    )
    result = joined(tmp_path, nginx(f"{GUARD} location /svc/ {{ {twice} }}"), OPEN)
    assert (found(result), result.exit_status) == (set(), ExitStatus.INCOMPLETE)
    backends = "map $uri $to { default api; ~^/docs docs; }"
    chosen = GUARD.replace("http://api", "http://$to", 1)
    result = joined(tmp_path, nginx(chosen, more=backends), OPEN)
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


OF_CONDITIONS = {
    "a variable": (
        "location /old/ {{ set $to /none; if ($uri ~ ^/old({}/.*)$) {{ set $to $1; }} proxy_pass http://api$to; }}"
    ),
    "a named group": (
        "if ($uri ~ ^/old/(?<rest>{}.*)$) {{ set $to /$rest; }} location /old/ {{ proxy_pass http://api$to; }}"
    ),
    "a rewrite": (
        "location /old/ {{ if ($uri ~ ^/old/([a-z]+)({}.*)$) {{ set $to /$1$2; rewrite ^ $to break; }} "
        "proxy_pass http://api; }}"
    ),
    "the target": "location /old/ {{ if ($request_uri ~* ^/OLD({}/.*)) {{ set $to $1; }} proxy_pass http://api$to; }}",
}


@pytest.mark.parametrize("written", OF_CONDITIONS.values(), ids=OF_CONDITIONS)
def test_what_a_condition_takes_of_a_path_may_be_an_operation(written: str, tmp_path: Path) -> None:
    """Not if it takes other paths alone."""
    for inner, expected in (("", {BYPASS}), ("/img", set())):
        result = joined(tmp_path, nginx(f"{GUARD} {written.format(inner)}"), OPEN)
        assert found(result) == expected


SAME = {"gateway-plaintext-to-same-upstream", "gateway-trusts-client-header"}
OTHER = {"gateway-certificate-not-requested"}


def test_localhost_is_the_address_of_this_machine(tmp_path: Path) -> None:
    """A second server with another name of the same service is a way around the guard."""
    local = nginx(GUARD).replace("10.0.0.5:8080", "127.0.0.1:8080")
    for address, rules in (("localhost:8080", SAME), ("localhost:8081", OTHER)):
        other = (
            f"server {{ listen 81; server_name api.example; location / {{ proxy_pass http://{address}; }} }}"
        )
        text = local.rstrip().removesuffix("}") + other + "}"
        assert {rule for rule, _, _ in found(joined(tmp_path, text, OPEN))} == rules


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("service", [OPEN, ""], ids=["service", "gateway alone"])
def test_another_path_reaches_the_guarded_operation(way: str, service: str, tmp_path: Path) -> None:
    """The service gets the path of the operation: it cannot tell."""
    result = joined(tmp_path, nginx(f"{GUARD} {way}"), service)
    assert BYPASS in found(result)
    assert {d.subject for d in result.drifts if d.rule == BYPASS[0]} >= {"a path that is rewritten"}


CORRECT = {
    "guarded as well": f"location /v1/ {{ {VERIFIED} {TOLD} proxy_pass http://api/; }}",
    "another service": "location /v1/ { proxy_pass http://10.0.0.9:80/; }",
    "another service that is captured": (
        "location ~ ^/svc/(?<host>docs)(?<rest>/.*)$ { proxy_pass http://$host$rest; }"
    ),
    "a service for internal paths": ("location ~ ^/svc/([a-z]+)(/.*)$ { internal; proxy_pass http://$1$2; }"),
    "another part of it": "location /docs/ { proxy_pass http://api/static/; }",
    "a rewrite to the guard": "rewrite ^/v1/(.*)$ /$1 last;",
    "internal": "location /v1/ { internal; proxy_pass http://api/; }",
}


@pytest.mark.parametrize("way", CORRECT.values(), ids=CORRECT)
def test_rewriting_that_is_guarded_or_leads_elsewhere_is_none(way: str, tmp_path: Path) -> None:
    """The correct twins."""
    assert BYPASS not in found(joined(tmp_path, nginx(f"{GUARD} {way}"), OPEN))


OF_ENVOY = {
    "prefix": ({"prefix": "/v1/"}, {"prefix_rewrite": "/"}),
    "exact": ({"path": "/status"}, {"prefix_rewrite": "/secure"}),
    "separated": ({"path_separated_prefix": "/v1/x"}, {"prefix_rewrite": "/secure"}),
    "expression": (
        {"safe_regex": {"regex": "/v1/.*"}},
        {"regex_rewrite": {"pattern": {"regex": "^/v1/(.*)$"}, "substitution": r"/\1"}},
    ),
}


@pytest.mark.parametrize(("match", "rewrite"), OF_ENVOY.values(), ids=OF_ENVOY)
def test_routes_of_envoy_that_rewrite(match: Node, rewrite: Node, tmp_path: Path) -> None:
    """A prefix, a path, a whole segment, an expression; and the same to another service."""
    for cluster, expected in (("api", {BYPASS}), ("sql", set())):
        way = route(match, route={"cluster": cluster, **rewrite}, typed_per_filter_config=disabled())
        text = envoy(chain(rbac(), tls=False, routes=[way, OPEN_ROUTE, route()]))
        assert found(joined(tmp_path, text, OPEN, name="envoy.yaml")) & {BYPASS} == expected


def test_a_policy_about_the_path_as_sent_is_turned_off_by_arguments(tmp_path: Path) -> None:
    """``:path`` holds the query; the path of an URL does not."""
    health = {"header": {"name": ":path", "string_match": {"suffix": "/health"}}}
    by_path = {"url_path": {"path": {"suffix": "/health"}}}
    expected = ("gateway-request-bypass", SECURE, "error")
    for condition in (health, by_path):
        text = envoy(chain(rbac({"or_ids": {"ids": [NAMED, condition]}}), tls=False))
        assert (expected in found(joined(tmp_path, text, OPEN, name="envoy.yaml"))) is (condition is health)


def test_a_substitution_of_an_unknown_group_is_not_evaluated() -> None:
    r"""``\0`` is the whole match, as in RE2."""
    assert compiled("^/a").replaced(r"/b\0", "/a/c") == "/b/a/c"
    assert compiled("^/x").replaced(r"\1", "/a") == "/a"
    with pytest.raises(UnsupportedPattern):
        compiled("^/a").replaced(r"\1", "/a")
