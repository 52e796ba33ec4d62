"""Every reader that is fuzzed takes time that grows with its input only: repetition, depth, long lines, long tokens."""

from __future__ import annotations

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
    "source": (b"", b"fn main() { ", b"fn main() { axum::serve(l, Router::new()"),
}
"""What stands before the repeated text."""
BOUND_S = 60
"""CPU seconds for any configuration of Apache."""
ELSEWHERE = {"document", "result", "baseline", "body", "traffic", "nginx", "envoy", "mesh"}
"""In test_parsers.py and test_gateways.py."""


def test_every_reader_has_a_growth_test() -> None:
    """A new reader gets its beginnings here, or a test of its own."""
    assert BEGINNINGS.keys() | ELSEWHERE == READERS.keys()


def test_apache_is_bounded_where_time_is_quadratic() -> None:
    """Each virtual host looks its settings up among all directives: 5,000 lines are read. Variables are bounded too."""
    target = TARGETS["apache"]
    hosts = b"<VirtualHost *>\nProxyPass / http://10.0.0.1/\n</VirtualHost>\n" * 800
    listens = b"".join(b"Listen %d\n" % port for port in range(1000, 3000))
    doubling = b"Define a 0123456789\n" + b"Define a ${a}${a}\n" * 3000
    for content in (listens + hosts, doubling, doubling + hosts[:3000] + b"ServerName ${a}\n" * 1000):
        began = time.process_time()
        target.read(content)
        assert time.process_time() - began < BOUND_S


@pytest.mark.slow
@pytest.mark.parametrize("name", [each for each in BEGINNINGS if each != "apache"])
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
