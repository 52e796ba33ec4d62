"""Rules of HAProxy that normalise paths: a condition above them sees the path as it was sent."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.comparing import answers
from tests.source.gateways.haproxy.test_haproxy_join import SECURE, frontend
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BYPASS = {("gateway-location-bypass", SECURE, "error")}
MERGE, DOT, DOTS, DECODE = (
    f"http-request normalize-uri {one}"
    for one in ("path-merge-slashes", "path-strip-dot", "path-strip-dotdot", "percent-decode-unreserved")
)
NOT_HEALTH = "http-request deny if !{ path_beg /health } !{ path /public } !{ ssl_c_used }"
PREFIX = "http-request deny if { path_beg /secure } !{ ssl_c_used }"
NO_DOTS = "http-request deny if { path_sub .. }"
CASES: dict[str, tuple[tuple[str, ...], str]] = {
    "dot segments behind an exemption": ((NOT_HEALTH, DOTS), "/health/../secure"),
    "dot segments before it": ((DOTS, NOT_HEALTH), ""),
    "dot segments that nothing takes away": ((NOT_HEALTH, MERGE), ""),
    "escaped dot segments": ((NOT_HEALTH, NO_DOTS, DECODE, DOTS), "/health/%2e%2e/secure"),
    "escaped dot segments that stay": ((NOT_HEALTH, NO_DOTS, DOTS), ""),
    "an expression for exemptions": (
        (
            "http-request deny unless { ssl_c_used } || { path /public } || { path_reg ^/(health|ready)(/.*)?$ }",
            DOTS,
        ),
        "/health/../secure",
    ),
    "an expression for whole paths": (
        ("http-request deny unless { ssl_c_used } || { path_reg ^/(public|ready)$ }", DOTS),
        "",
    ),
    "what an expression excludes": (
        ("http-request deny if { path_reg ^/(?!health|public) } !{ ssl_c_used }", DOTS),
        "/health/../secure",
    ),
    "a part of the path": (
        ("http-request deny unless { ssl_c_used } || { path,field(2,/) health public }", DOTS),
        "/health/../secure",
    ),
    "one dot": ((PREFIX, DOT), "/./secure"),
    "one dot before the guard": ((DOT, PREFIX), ""),
    "double slashes": ((PREFIX, MERGE), "//secure"),
    "double slashes before the guard": ((MERGE, PREFIX), ""),
    "an escaped letter": ((PREFIX, DECODE), "/%73ecure"),
    "an escaped letter before the guard": ((DECODE, PREFIX), ""),
}
"""Rules, and a target with which an anonymous client gets the operation; empty if there is none."""
REAL = """
global
    expose-experimental-directives
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend echo
    bind unix@{folder}/echo.sock
    http-request return status 200 content-type text/plain lf-string "%[path]"
frontend one
    bind unix@{folder}/one.sock
    {rules}
    default_backend echo
backend echo
    server echo unix@{folder}/echo.sock
"""


@contextmanager
def haproxy(folder: Path, rules: tuple[str, ...]) -> Iterator[Path]:
    """Run HAProxy with these rules before a service that repeats the path."""
    text = REAL.format(folder=folder, rules="\n    ".join(rules))
    (folder / "real.cfg").write_text(text, encoding="utf-8")
    binary = shutil.which("haproxy", path=SYSTEM_PATH) or "haproxy"
    process = subprocess.Popen([binary, "-db", "-f", str(folder / "real.cfg")])
    try:
        until = time.monotonic() + 60
        while not all(answers(folder / f"{name}.sock") for name in ("echo", "one")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        yield folder / "one.sock"
    finally:
        process.terminate()
        process.wait(20)


def served_path(listener: Path, target: str) -> str:
    """Return the path that the service gets for a target; empty if the request is refused."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(listener))
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n".encode())
        received = b""
        with suppress(ConnectionError):
            while part := client.recv(65_536):
                received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return body.decode() if head.startswith(b"HTTP/1.1 200") else ""


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("haproxy", path=SYSTEM_PATH), reason="HAProxy is not installed")
@pytest.mark.parametrize(("rules", "target"), CASES.values(), ids=CASES)
def test_haproxy_hands_the_path_on_as_the_reader_predicts(
    rules: tuple[str, ...], target: str, tmp_path: Path
) -> None:
    """Each way, and each that is reported, is one for a client of a running HAProxy; the twins refuse all of these."""
    result = joined(tmp_path, frontend("\n    ".join(rules)), OPEN, name="haproxy.cfg")
    reported = [one.message.split()[1] for one in result.drifts if one.rule == "gateway-location-bypass"]
    every = sorted({one for _, one in CASES.values() if one})
    with haproxy(tmp_path, rules) as listener:
        assert served_path(listener, "/secure") == ""
        assert served_path(listener, "/public") == "/public"
        reaching = {one for one in every if served_path(listener, one) == "/secure"}
        assert all(served_path(listener, one) == "/secure" for one in reported)
    assert (target in reaching) if target else not reaching


@pytest.mark.parametrize(("rules", "target"), CASES.values(), ids=CASES)
def test_the_order_of_rules_decides(rules: tuple[str, ...], target: str, tmp_path: Path) -> None:
    """A way is reported with its target, and the twin passes."""
    result = joined(tmp_path, frontend("\n    ".join(rules)), OPEN, name="haproxy.cfg")
    assert found(result) == (BYPASS if target else set())
    assert result.undecided == ()
    assert result.exit_status is (ExitStatus.DRIFT if target else ExitStatus.OK)


@pytest.mark.parametrize(
    "rule",
    [
        f"{DOTS} if {{ path_beg /health }}",
        f"{DECODE} unless {{ path_beg /v1 }}",
        "http-request normalize-uri path-strip-all",
        "http-request normalize-uri path-strip-dotdot fully",
    ],
)
def test_a_form_that_is_not_evaluated_leaves_the_operation_undecided(rule: str, tmp_path: Path) -> None:
    """Whether it stands above the guard or below it."""
    for rules in ((NOT_HEALTH, rule), (rule, NOT_HEALTH)):
        folder = tmp_path / str(rules[0] == rule)
        folder.mkdir()
        result = joined(folder, frontend("\n    ".join(rules)), OPEN, name="haproxy.cfg")
        assert (found(result), result.exit_status) == (set(), ExitStatus.INCOMPLETE)


def test_a_fragment_is_undecided_only_where_a_guard_sees_it(tmp_path: Path) -> None:
    """Some versions of HAProxy refuse a target with a fragment."""
    strip, exact = (
        "http-request normalize-uri fragment-strip",
        "http-request deny if { path /secure } !{ ssl_c_used }",
    )
    for rules, expected in (((exact, strip), ExitStatus.INCOMPLETE), ((strip, exact), ExitStatus.OK)):
        folder = tmp_path / expected.name
        folder.mkdir()
        result = joined(folder, frontend("\n    ".join(rules)), OPEN, name="haproxy.cfg")
        assert (found(result), result.exit_status) == (set(), expected)


def test_a_beginning_and_a_header_are_sent_together(tmp_path: Path) -> None:
    """An exemption may need both."""
    probe = "http-request deny unless {{ ssl_c_used }} || {{ path /public }} || {{ path_beg /health }} {}"
    for condition, expected in (("{ hdr_beg(user-agent) kube }", BYPASS), ("{ always_false }", set())):
        folder = tmp_path / str(len(expected))
        folder.mkdir()
        rules = f"{probe.format(condition)}\n    {DOTS}"
        assert found(joined(folder, frontend(rules), OPEN, name="haproxy.cfg")) == expected
