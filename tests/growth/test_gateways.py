"""Reading a gateway's configuration, and deciding operations with it, takes time that grows with its size only."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.fuzz.gateways import ENVOY, MESH
from tests.fuzz.readers import READERS
from tests.growth.seeds import REPEATED, Seed, repeated
from tests.growth.test_parsers import LIMIT, grows
from tests.source.gateways.mesh import meshes

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


USUAL = meshes.written(*MESH).encode()
SECURE: meshes.Object = {"to": [{"operation": {"paths": ["/secure"]}}]}


def resources(make: Callable[[int], list[meshes.Object]], unit: int) -> Seed:
    """Return a seed of resources beside the usual ones, for a number of units of that many bytes."""
    return lambda size: meshes.written(*MESH, *make(size // unit)).encode() + b"\n#"


def _many(number: int, make: Callable[[int], meshes.Object]) -> list[meshes.Object]:
    return [make(one) for one in range(number)]


def _http(number: int) -> list[meshes.Object]:
    return [meshes.rule(meshes.path(f"/a{one}")) for one in range(number)]


def _from(number: int, member: str) -> meshes.Object:
    return {"rules": [{"from": [{"source": {member: [f"td/ns/a/sa/{one}" for one in range(number)]}}]}]}


def _named(kind: str) -> Callable[[int], list[meshes.Object]]:
    return lambda number: _many(number, lambda one: meshes.istio(kind, f"n{one}", {}, f"s{one}"))


MESHES = {
    "documents": lambda size: b"---\nkind: ConfigMap\napiVersion: v1\n" * (size // 36),
    "empty documents": lambda size: meshes.written(*MESH).encode() + b"---\n" * (size // 4),
    "hosts": resources(lambda n: [meshes.routes(hosts=[f"a{one}.test" for one in range(n)])], 11),
    "VirtualServices": resources(lambda n: _many(n, lambda _: meshes.routes()), 300),
    "routes": resources(
        lambda n: [
            meshes.routes(
                *({"match": [{"uri": {"prefix": f"/{one}"}}], "route": meshes.to()} for one in range(n))
            )
        ],
        140,
    ),
    "servers": resources(
        lambda n: [meshes.gateway(*(meshes.server({}, hosts=[f"a{one}"]) for one in range(n)))], 90
    ),
    "gateways": resources(lambda n: _many(n, lambda _: meshes.mutual()), 300),
    "policies": resources(
        lambda n: _many(n, lambda one: meshes.policy({"rules": [{}]}, name=f"p{one}")), 170
    ),
    "principals": resources(lambda n: [meshes.policy(_from(n, "principals"))], 22),
    "namespaces": resources(lambda n: [meshes.policy(_from(n, "namespaces"))], 22),
    "rules": resources(lambda n: [meshes.policy({"rules": [SECURE] * n})], 60),
    "modes": resources(_named("PeerAuthentication"), 110),
    "filters": resources(_named("EnvoyFilter"), 110),
    "services": resources(lambda n: [one for _ in range(n) for one in meshes.service()], 600),
    "listeners": resources(
        lambda n: [meshes.api_gateway(*(meshes.listener(port=one, name=f"l{one}") for one in range(n)))], 130
    ),
    "hosts of a listener": resources(
        lambda n: [meshes.api_gateway(*(meshes.listener(hostname=f"a{one}.test") for one in range(n)))], 130
    ),
    "HTTPRoutes": resources(lambda n: _many(n, lambda one: meshes.http_route(name=f"r{one}")), 270),
    "rules of an HTTPRoute": resources(lambda n: [meshes.http_route(*_http(n))], 100),
    "hosts of an HTTPRoute": resources(
        lambda n: [meshes.http_route(*_http(n // 2), hostnames=[f"a{one}.test" for one in range(n // 2)])], 60
    ),
    "grants": resources(lambda n: _many(n, lambda one: meshes.api("ReferenceGrant", f"g{one}", {})), 130),
    "lists": lambda size: (
        "apiVersion: security.istio.io/v1\nkind: List\nitems:\n"
        + "- {apiVersion: v1, kind: A}\n" * (size // 28)
    ).encode(),
    "nested": lambda size: (
        f"apiVersion: security.istio.io/v1\nkind: {'[' * min(size, DEEPEST)}\n".encode() * 2
    ),
    **{f"repeated {text!r}": repeated(USUAL, text) for text in REPEATED},
}


@pytest.mark.slow
@pytest.mark.parametrize(("gateway", "seeds"), [("nginx", NGINX), ("envoy", ENVOYS), ("mesh", MESHES)])
def test_time_grows_linearly(gateway: str, seeds: dict[str, Seed]) -> None:
    """Servers were searched for each server, variables for each header, and maps of maps multiplied."""
    read = READERS[gateway]
    suspects = {name: seed for name, seed in seeds.items() if grows(read, seed) > LIMIT}
    assert {name: ratio for name, seed in suspects.items() if (ratio := grows(read, seed)) > LIMIT} == {}
