"""Backends and guards that a client of HAProxy chooses by what it sends: expressions, whole targets, HTTP/3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.haproxy.test_haproxy_join import SECURE, frontend
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

BYPASS = ("gateway-request-bypass", SECURE, "error")
GUARD = "http-request deny if !{ ssl_c_used } !{ path /public }"
CHOSEN = {
    "a header": "use_backend %[req.hdr(x-backend)] if { req.hdr(x-backend) -m found }",
    "an argument": "use_backend %[url_param(backend),lower]",
    "a part of the name": "use_backend op%[req.hdr(x-env)] if { req.hdr(x-env) -m found }",
    "a map": "use_backend %[req.cook(b),map(b.map,api)]",
    "a map of beginnings": "use_backend %[req.hdr(x-b),lower,map_beg(b.map,api)]",
    "a variable": "http-request set-var(txn.b) req.hdr(x-b)\n    use_backend %[var(txn.b)] if { var(txn.b) -m found }",
    "a variable behind a map": (
        "http-request set-var(txn.b) req.hdr(x-b)\n    use_backend %[var(txn.b),map(b.map,api)]"
    ),
    "the host": "use_backend %[req.hdr(host),lower]",
    "the name in the handshake": "use_backend %[ssl_fc_sni,map(b.map,api)]",
}


def read(folder: Path, text: str) -> Result:
    """Read a configuration beside a map."""
    (folder / "b.map").write_text("/health open\nother.example open\n", encoding="utf-8")
    return joined(folder, text, OPEN, name="haproxy.cfg")


@pytest.mark.parametrize("rule", CHOSEN.values(), ids=CHOSEN)
def test_a_client_chooses_the_backend_without_the_guard(rule: str, tmp_path: Path) -> None:
    """It leads to the same service; not if that backend has the guard, too, or another service."""
    unguarded = "backend open\n    server a 10.0.0.5:8080"
    assert {
        severity
        for _, operation, severity in found(read(tmp_path, frontend(rule, more=unguarded, backend=GUARD)))
        if operation == SECURE
    } == {"error"}
    for name, more in {
        "guarded": f"backend open\n    {GUARD}\n    server a 10.0.0.5:8080",
        "elsewhere": "backend open\n    server a 10.0.0.9:8080",
    }.items():
        twin = tmp_path / name
        twin.mkdir()
        result = read(twin, frontend(rule, more=more, backend=GUARD))
        assert not any(severity == "error" for _, _, severity in found(result)), name


def test_a_backend_of_a_converter_that_is_not_undone_leaves_the_operation_undecided(tmp_path: Path) -> None:
    """A client may know a text that is converted to a name."""
    rule = "use_backend %[req.hdr(x-b),hex] if { req.hdr(x-b) -m found }"
    more = "backend open\n    server a 10.0.0.5:8080"
    result = read(tmp_path, frontend(rule, more=more, backend=GUARD))
    assert (found(result), result.exit_status) == (set(), ExitStatus.INCOMPLETE)


@pytest.mark.parametrize("fetch", ["capture.req.uri", "url", "pathq", "baseq", "query"])
def test_the_query_is_part_of_the_whole_target(fetch: str, tmp_path: Path) -> None:
    """A guard that a text anywhere in the target turns off is none; one that such a text adds to is."""
    text = frontend(f"{GUARD} !{{ {fetch} -m sub debug }}")
    assert BYPASS in found(joined(tmp_path, text, OPEN, name="haproxy.cfg"))
    twin = tmp_path / "twin"
    twin.mkdir()
    text = frontend(f"http-request deny if {{ {fetch} -m sub debug }}\n    {GUARD}")
    result = joined(twin, text, OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


def test_clients_of_a_listener_over_quic_send_http_3(tmp_path: Path) -> None:
    """A guard for other versions does not guard it. Without such a listener no client sends that version."""
    text = frontend(f"{GUARD} !{{ req.ver 3.0 }}")
    quic = text.replace(
        "    bind :443",
        "    bind quic4@:443 ssl crt site.pem ca-file ca.pem verify optional alpn h3\n    bind :443",
        1,
    )
    assert "error" in {severity for _, _, severity in found(joined(tmp_path, quic, OPEN, name="haproxy.cfg"))}
    twin = tmp_path / "twin"
    twin.mkdir()
    result = joined(twin, text, OPEN, name="haproxy.cfg")
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)
