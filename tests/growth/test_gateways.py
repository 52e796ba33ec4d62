"""Reading a gateway's configuration, and deciding operations with it, takes time that grows with its size only."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.fuzz.gateways import ENVOY
from tests.fuzz.readers import READERS
from tests.growth.seeds import REPEATED, Seed, repeated
from tests.growth.test_parsers import LIMIT, grows

DEEPEST = 200
"""Below the limit of the reader of YAML."""
SERVER = "server { listen 443 ssl; server_name shop.example; ssl_verify_client optional; "


def lines(line: str, *, before: str = "", after: str = "") -> Seed:
    """Return a seed of nginx that repeats a line with its number for each ``%d``."""
    every = line.count("%d")
    return lambda size: (
        "http { "
        + before
        + "".join(line % ((number,) * every) for number in range(size // len(line)))
        + after
        + " }"
    ).encode()


def nested(block: str) -> Seed:
    """Return a seed of nginx with blocks in each other."""
    return lambda size: (
        f"http {{ {SERVER}" + block * (size // (len(block) + 1)) + "}" * (size // (len(block) + 1)) + "} }"
    ).encode()


NGINX: dict[str, Seed] = {
    "servers": lines("server { listen 80; server_name a%d; }\n"),
    "servers of one name": lines("server { listen 80; server_name a; }\n"),
    "servers with wildcards": lines("server { listen 80; server_name *.a%d b%d.*; }\n"),
    "servers with expressions": lines("server { listen 80; server_name ~a%d; }\n"),
    "listeners": lines("listen 127.0.0.%d:80;\n", before=SERVER, after="}"),
    "names": lines("server_name a%d b%d;\n", before="server { listen 1; listen 2; ", after="}"),
    "maps of maps": lines(
        "map $a%d $b%d { default $a%d; } map $b%d $a%d1 { default $b%d; }\n", after=SERVER + "}"
    ),
    "entries of a map": lines(
        "x%d $a;\n", before="map $uri $a { ", after=f" }} {SERVER} if ($a) {{ return 403; }} }}"
    ),
    "expressions of a map": lines(
        "~x%d $a;\n", before="map $uri $a { ", after=f" }} {SERVER} if ($a) {{ return 403; }} }}"
    ),
    "variables": lines("set $a%d $a;\n", before=SERVER, after="}"),
    "a variable that doubles": lines(
        "set $a $a$a; ", before=f"{SERVER} set $a x; ", after="if ($a) { return 403; } }"
    ),
    "locations": lines("location /a%d { return 403; }\n", before=SERVER, after="}"),
    "locations of expressions": lines("location ~ a.*%d$ { return 403; }\n", before=SERVER, after="}"),
    "headers": lines(
        "proxy_set_header X-%d $ssl_client_cert;\n",
        before=SERVER,
        after="location / { proxy_pass http://a; } }",
    ),
    "conditions": lines("if ($ssl_client_verify = x%d) { return 403; }\n", before=SERVER, after="}"),
    "unknown statements": lines("unknown%d x;\n", before=SERVER, after="}"),
    "statements in a line": lines("add_header a b; ", before="    " + SERVER, after="}"),
    "inclusions of itself": lines("include x;\n", before=SERVER, after="}"),
    "headers of all servers": lambda size: (
        "http { "
        + "".join(f"proxy_set_header X-{number} $ssl_client_cert;\n" for number in range(size // 100))
        + "".join(
            f"server {{ listen 80; server_name a{number}; location / {{ proxy_pass http://a; }} }}\n"
            for number in range(size // 100)
        )
        + " }"
    ).encode(),
    "nested locations": nested("location / {"),
    "nested conditions": nested("if ($a) {"),
    "nested unknown blocks": nested("x {"),
    "server without a block": repeated(b"", b"server\n"),
    **{f"repeated {text!r}": repeated(f"http {{ {SERVER}".encode(), text) for text in REPEATED},
}


def envoy(change: Callable[[dict[str, Any], int], None], unit: int) -> Seed:
    """Return a seed of Envoy in one line, changed for a number of units of that many bytes."""

    def make(size: int) -> bytes:
        tree = copy.deepcopy(ENVOY)
        chain = tree["static_resources"]["listeners"][0]["filter_chains"][0]
        change(chain["filters"][0]["typed_config"], size // unit)
        return json.dumps(tree).encode()

    return make


def _virtual_hosts(manager: dict[str, Any], number: int) -> None:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "c"}}
    hosts = [
        {"name": "v", "domains": [f"a{one}.test", f"*.b{one}"], "routes": [route]} for one in range(number)
    ]
    manager["route_config"]["virtual_hosts"] = hosts


def _routes(manager: dict[str, Any], number: int) -> None:
    routes = [
        {"match": {"safe_regex": {"regex": f".*x{one}"}}, "route": {"cluster": "c"}} for one in range(number)
    ]
    manager["route_config"]["virtual_hosts"][0]["routes"] = routes


def _headers(manager: dict[str, Any], number: int) -> None:
    added = [{"header": {"key": f"x-{one}", "value": "%DOWNSTREAM_PEER_CERT%"}} for one in range(number)]
    manager["route_config"]["virtual_hosts"][0]["routes"][2]["request_headers_to_add"] = added


def _one_header(manager: dict[str, Any], number: int) -> None:
    added = [{"header": {"key": "x", "value": "v"}} for _ in range(number)]
    manager["route_config"]["virtual_hosts"][0]["routes"][2]["request_headers_to_add"] = added


def _filters(manager: dict[str, Any], number: int) -> None:
    config = manager["http_filters"][0]["typed_config"]
    manager["http_filters"] = [{"name": f"r{one}", "typed_config": config} for one in range(number)]
    manager["route_config"]["typed_per_filter_config"] = {f"q{one}": {} for one in range(number)}


def _policies(manager: dict[str, Any], number: int) -> None:
    policy = {"permissions": [{"header": {"name": "x", "exact_match": "y"}}], "principals": [{"any": True}]}
    rules = manager["http_filters"][0]["typed_config"]["rules"]
    rules["policies"] = {f"p{one}": policy for one in range(number)}


def _nested(manager: dict[str, Any], number: int) -> None:
    permission: dict[str, Any] = {"any": True}
    for _ in range(min(number, DEEPEST)):
        permission = {"not_rule": permission}
    manager["http_filters"][0]["typed_config"]["rules"]["policies"]["p"]["permissions"] = [permission]


ENVOYS = {
    "virtual hosts": envoy(_virtual_hosts, 110),
    "routes": envoy(_routes, 76),
    "headers": envoy(_headers, 66),
    "one header": envoy(_one_header, 40),
    "filters": envoy(_filters, 345),
    "policies": envoy(_policies, 106),
    "nested policies": envoy(_nested, 16),
    **{f"repeated {text!r}": repeated(b'{"static_resources":{"x":', text) for text in REPEATED},
}


@pytest.mark.slow
@pytest.mark.parametrize(("gateway", "seeds"), [("nginx", NGINX), ("envoy", ENVOYS)])
def test_time_grows_linearly(gateway: str, seeds: dict[str, Seed]) -> None:
    """Servers were searched for each server, variables for each header, and maps of maps multiplied."""
    read = READERS[gateway]
    suspects = {name: seed for name, seed in seeds.items() if grows(read, seed) > LIMIT}
    assert {name: ratio for name, seed in suspects.items() if (ratio := grows(read, seed)) > LIMIT} == {}
