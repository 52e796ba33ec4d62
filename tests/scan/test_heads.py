"""Runs with `--unsafe-methods headers`: what is planned, sent, recorded and judged again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift import scan
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, TlsRange
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import Verdict
from specdrift.scan.execution.planning import context_of, plan
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

CASE = case_named("odd-heads-forgotten")


def heads(pki: TestPki, url: str = "https://127.0.0.1:1") -> Settings:
    """Settings for the document of the servers that decide at the head."""
    return settings_for(pki, url, spec=str(CASE.document), unsafe_methods=UnsafeMethods.HEADERS)


def test_the_plan_shows_the_heads(pki: TestPki) -> None:
    """GET is sent whole, POST as a head, over HTTP/1.1."""
    probes = [probe for probe in plan(scan.prepare(heads(pki))) if probe.operation and probe.request]
    by_method = {(probe.request.method, probe.request.head_only) for probe in probes if probe.request}
    assert by_method >= {("GET", False), ("POST", True)}
    assert ("POST", False) not in by_method
    assert {p.connection.alpn for p in probes if p.request and p.request.head_only} == {HTTP_1}


@pytest.mark.parametrize(
    ("alpn", "mode"), [((HTTP_1, HTTP_2), UnsafeMethods.HEADERS), ((HTTP_2,), UnsafeMethods.HANDSHAKE)]
)
def test_a_listener_of_http2_alone_gets_handshakes(
    pki: TestPki, alpn: tuple[tuple[str, ...], ...], mode: UnsafeMethods
) -> None:
    """A head without its body is sent over HTTP/1.1 only."""
    context = context_of(scan.prepare(heads(pki)), tls=(TlsRange.ANY,), alpn=alpn)
    assert {p.key.method: p.mode for p in context.operations} == {"GET": UnsafeMethods.SEND, "POST": mode}


@pytest.mark.slow
def test_a_run_is_recorded_and_judged_again(pki: TestPki, tmp_path: Path) -> None:
    """One POST refuses at the head; the other gives 100 Continue to everyone, and no POST has a body."""
    file = tmp_path / "run.json"
    with CASE.start(pki, tmp_path / "server") as server:
        result = run(changed(heads(pki, server.base_url), record=file))
    verdicts = {str(item.operation.key): item.verdict for item in result.operations}
    assert verdicts == {
        "GET /secure": Verdict.CONSISTENT,
        "POST /orders": Verdict.CONSISTENT,
        "POST /invoices": Verdict.UNDECIDED,
    }
    assert [item.kind for item in result.undecided] == [UndecidedReason.HEAD_NOT_DECIDED]
    posts = [r for r in result.probes if r.probe.request and r.probe.request.method == "POST"]
    assert Ending.CONTINUE in {record.observation.ending for record in posts}
    assert {(r.probe.request.body, r.probe.request.head_only) for r in posts if r.probe.request} == {
        (b"", True)
    }
    assert scan.rejudge(file) == result
