"""Every reader that is fuzzed takes time that grows with its input only: repetition, depth, long lines, long tokens."""

from __future__ import annotations

import json
import time

import pytest

from tests.fuzz.readers import READERS
from tests.fuzz.targets import TARGETS
from tests.growth.seeds import Seed, repeated
from tests.growth.test_parsers import LIMIT, Parser, grows

BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "checkpoint": (b"", b'{"specdrift_checkpoint": 1, "run": "x"}\n'),
    "recording": (b'{"specdrift_recording": 1, "x": ',),
    "configuration": (b"", b"a = ", b"[", b'spec = "', b"[parameters]\n"),
    "inventory": (b"", b"[[services]]\n", b"[defaults]\na = "),
    "shard": (b'{"specdrift_fleet": 1, "services": ',),
    "overlay": (
        b'{"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": ',
        b'{"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": "$',
    ),
    "credential": (b"", b"-----BEGIN CERTIFICATE-----\n"),
    "names": (b"", b"\x30\x82\x20\x00"),
    "http1": (
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\na: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ),
    "http2": (b"", b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    "caddy": (
        b'{"apps":{"http":{"servers":{"a":{"listen":[":80"],"routes":[',
        b'{"apps":{"http":{"servers":{"a":{"listen":[":80"],"routes":[{"match":[{"expression":"',
    ),
    "apache": (
        b"Listen 80\n<VirtualHost *:80>\nProxyPass / http://10.0.0.1/\n</VirtualHost>\n",
        b"Listen 80\nProxyPass / http://10.0.0.1/\n<Location />\nRequire expr ",
    ),
    "haproxy": (
        b"frontend f\n    bind :80\n    default_backend b\nbackend b\n    server s 10.0.0.1:80\n",
        b"frontend f\n    bind :80\n    default_backend f\n    http-request deny if { path ",
    ),
    "traefik": (
        b"http:\n  services: {s: {loadBalancer: {servers: [{url: 'http://10.0.0.1'}]}}}\n  routers:\n",
        b'http:\n  routers:\n    r: {service: s, rule: "Host(`a`) && ',
    ),
    "traefik-resources": (
        b"apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: a}\nspec:\n  tls: {}\n  routes:\n",
        b"apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nspec:\n  routes:\n  - match: Host(`a`)",
    ),
    "kong": (
        b'{"_format_version":"3.0","services":[{"url":"http://a","routes":[',
        b'{"_format_version":"3.0","plugins":[',
    ),
    "source": (b"", b"fn main() { ", b"fn main() { axum::serve(l, Router::new()"),
}
"""What stands before the repeated text."""
BOUND_S = 30
"""CPU seconds for any configuration of Apache or Kong."""
HOST = """<VirtualHost *:443>
ServerName h%d.example
ServerAlias *.h%d.example w*.h%d.example
SSLEngine on
SSLVerifyClient require
ProxyPass / http://10.0.0.1/
</VirtualHost>
"""
LARGER = 4
"""Times as many bytes as test_parsers.py has: fewer virtual hosts take no time that can be measured."""
ELSEWHERE = {"document", "result", "baseline", "body", "traffic", "nginx", "envoy", "mesh"}
"""In test_parsers.py and test_gateways.py."""


def test_every_reader_has_a_growth_test() -> None:
    """A new reader gets its beginnings here, or a test of its own."""
    assert BEGINNINGS.keys() | ELSEWHERE == READERS.keys()


def _hosts(inherited: bytes) -> Seed:
    """Return a seed of virtual hosts with names of their own, after as many directives of the main server.

    It ends with a comment: what ``grows`` appends is no directive.
    """

    def make(size: int) -> bytes:
        count = size * LARGER // (len(HOST) + len(inherited))
        hosts = "".join(HOST.replace("%d", str(one)) for one in range(count))
        return inherited * count + hosts.encode() + b"# "

    return make


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["Host(`h%d.example`)", "PathPrefix(`/a%d`)"])
def test_routers_of_traefik_take_linear_time(rule: str) -> None:
    """Those of other hosts are not compared with a request."""
    beginning, _ = BEGINNINGS["traefik"]
    router = f'    r%d: {{rule: "{rule}", service: s, tls: {{}}}}\n'

    def make(size: int) -> bytes:
        count = size * LARGER // len(router)
        return beginning + "".join(router.replace("%d", str(one)) for one in range(count)).encode() + b"# "

    assert min(grows(TARGETS["traefik"].read, make) for _ in range(2)) <= LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("inherited", [b"", b"RequestHeader unset a\n", b"<Location /a>\n</Location>\n"])
def test_virtual_hosts_of_apache_take_linear_time(inherited: bytes) -> None:
    """Settings and names are looked up, and what the main server has for all of them is read once."""
    target = TARGETS["apache"]
    assert min(grows(target.read, _hosts(inherited)) for _ in range(2)) <= LIMIT


def _kong(size: int) -> bytes:
    """Return routes with hosts and names of their own, beside as many that take every host."""
    one = {"paths": ["/a"], "strip_path": True}
    number = size * LARGER // 150
    routes = [{**one, "hosts": [f"h{at}.example"], "snis": [f"s{at}.example"]} for at in range(number)]
    consumers = [{"username": f"c{at}", "acls": [{"group": "g"}]} for at in range(number)]
    acls = [{"consumer": f"c{at}", "group": "g"} for at in range(number)]
    services = [{"name": "s", "url": "http://a", "routes": [*routes, *([one] * number)]}]
    content = {"_format_version": "3.0", "services": services, "consumers": consumers, "acls": acls}
    return json.dumps(content).encode()


@pytest.mark.slow
def test_kong_is_bounded_where_work_multiplies() -> None:
    """Names of hosts, names in handshakes, and routes that are compared at each of them."""
    target = TARGETS["kong"]
    began = time.process_time()
    target.read(_kong(20_000))
    assert time.process_time() - began < BOUND_S


@pytest.mark.slow
def test_apache_is_bounded_where_work_multiplies() -> None:
    """Many addresses, each with many virtual hosts, that inherit many directives; variables that are doubled."""
    target = TARGETS["apache"]
    hosts = b"<VirtualHost *>\nProxyPass / http://10.0.0.1/\n</VirtualHost>\n" * 800
    listens = b"".join(b"Listen %d\n" % port for port in range(1000, 3000))
    doubling = b"Define a 0123456789\n" + b"Define a ${a}${a}\n" * 3000
    inherited = b"RequestHeader unset a\n" * 2000 + _hosts(b"")(16_000)
    for content in (
        listens + hosts,
        inherited,
        doubling,
        doubling + hosts[:3000] + b"ServerName ${a}\n" * 1000,
    ):
        began = time.process_time()
        target.read(content)
        assert time.process_time() - began < BOUND_S


@pytest.mark.slow
@pytest.mark.parametrize("name", BEGINNINGS)
def test_time_grows_linearly(name: str) -> None:
    """A ratio over the limit is measured once more, since other work on the machine adds to it."""
    target = TARGETS[name]
    seeds: dict[str, Seed] = {
        f"{beginning!r} then {unit!r}": repeated(beginning, unit)
        for beginning in BEGINNINGS[name]
        for unit in target.units
    }

    def read(content: bytes) -> None:
        try:
            target.read(content)
        except target.refusals:
            return

    parse: Parser = read
    suspects = {seed: make for seed, make in seeds.items() if grows(parse, make) > LIMIT}
    assert {seed: ratio for seed, make in suspects.items() if (ratio := grows(parse, make)) > LIMIT} == {}
