"""Targets of which rules of HAProxy leave no path: a value that cannot be decoded is written as nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.source.gateway.exchange import GatewayRequest
from specdrift.source.haproxy.haproxy_gateway import GATEWAY
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.haproxy.test_haproxy_join import frontend
from tests.source.gateways.haproxy.test_normalized_paths import haproxy, served_path

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.source.gateway.exchange import Decision

DECODE = "http-request set-path %[path,url_dec]"
DOTS = "http-request normalize-uri path-strip-dotdot full"
CASES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "a broken escape": ((DECODE,), "/a%zz", ""),
    "an escape": ((DECODE,), "/a%2Fb", "/a/b"),
    "nothing to normalise": ((DECODE, DOTS), "/a%zz", ""),
    "something to normalise": ((DECODE, DOTS), "/a/..%2Fb", "/b"),
    "a path behind it": ((DECODE, "http-request set-path /b"), "/a%zz", "/b"),
    "a path and a query behind it": ((DECODE, "http-request set-pathq /b"), "/a%zz?x", "/b"),
    "no path to compare": ((DECODE, "http-request set-path /b if !{ path -m found }"), "/a%zz", "/b"),
    "no path to replace": ((DECODE, "http-request replace-path .* /b"), "/a%zz", ""),
    "the target of the client": (
        (
            "http-request set-header x-uri %[capture.req.uri]",
            "http-request set-path /b",
            "http-request set-path /c if { capture.req.uri /a }",
        ),
        "/a",
        "/c",
    ),
    "an empty query": (
        ("http-request set-query %[query,regsub(x,)]", "http-request set-path /b if { url /a? }"),
        "/a?x",
        "/b?",
    ),
    "no query": (
        ("http-request set-query %[query,regsub(x,)]", "http-request set-path /b if { url /a? }"),
        "/a",
        "/a",
    ),
}
"""Rules, a target, and the path that the service gets; empty if the request has none."""


def decided(folder: Path, rules: tuple[str, ...], target: str, protocol: str = "HTTP/1.1") -> Decision:
    """Decide a request of a client with a certificate."""
    path = folder / "haproxy.cfg"
    path.write_text(frontend("\n    ".join(rules)), encoding="utf-8")
    configuration = GATEWAY.read(path)
    return configuration.decide(
        GatewayRequest(
            entry=configuration.entries[0],
            caller=GatewayCaller.VALID,
            method="GET",
            target=target,
            host="api.example",
            protocol=protocol,
            absolute=protocol == "HTTP/2.0",
        )
    )


@pytest.mark.parametrize(("rules", "target", "path"), CASES.values(), ids=CASES)
def test_a_value_without_a_result_leaves_no_path(
    rules: tuple[str, ...], target: str, path: str, tmp_path: Path
) -> None:
    """Neither conditions nor normalisation find one then."""
    assert decided(tmp_path, rules, target).path == path


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("haproxy", path=SYSTEM_PATH), reason="HAProxy is not installed")
@pytest.mark.parametrize(("rules", "target", "path"), CASES.values(), ids=CASES)
def test_haproxy_leaves_the_same(rules: tuple[str, ...], target: str, path: str, tmp_path: Path) -> None:
    """The service behind it refuses a request line without a target."""
    with haproxy(tmp_path, rules) as listener:
        assert served_path(listener, target) == path.partition("?")[0]


def test_over_http_2_no_path_is_that_of_the_root(tmp_path: Path) -> None:
    """HAProxy writes it for services with HTTP/1."""
    assert decided(tmp_path, (DECODE, DOTS), "/a%zz", "HTTP/2.0").path == "/"


def test_what_versions_read_differently_is_not_decided(tmp_path: Path) -> None:
    """Behind a host, older ones take a query without a path for a part of the host."""
    rule = "http-request set-path %[path,url_dec]", "http-request deny if { path_beg /a }"
    assert decided(tmp_path, rule, "/a%zz?x", "HTTP/2.0").reason == "a target that is no path"
    assert decided(tmp_path, rule, "/b%zz?x").path == "?x"


def test_a_log_keeps_the_target_of_the_client(tmp_path: Path) -> None:
    """Without one it has no value."""
    rule = "http-request deny if { capture.req.uri /a }"
    assert decided(tmp_path, (rule,), "/a").passage is Passage.REFUSED
    assert decided(tmp_path, (rule, "log-format %ci"), "/a").passage is Passage.UNKNOWN
