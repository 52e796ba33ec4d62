"""HTTP/3 in whole runs: what was announced and not judged makes the run incomplete, and never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content.headline import headline
from specdrift.scan.preparation import http3_endpoint
from specdrift.settings import ServerSettings
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def checked(pki: TestPki, folder: Path, variant: str, http3: str = "announced") -> Result:
    """Check a variant of the server in Go with few checks."""
    case = case_named(f"quic-{variant}")
    if reason := case.available():
        pytest.skip(reason)
    with case.start(pki, folder / "server") as running:
        server = ServerSettings(ca_file=pki.server_ca, http3=http3)
        settings = settings_for(
            pki,
            running.base_url,
            spec=str(case.document),
            server=server,
            checks=("certificate", "http3"),
            battery={},
        )
        return run(settings)


def over_quic(result: Result) -> list[str]:
    """Return the ids of the probes that were sent over QUIC."""
    return [record.probe.id for record in result.probes if record.probe.connection.quic]


def test_a_port_that_does_not_answer_is_incomplete(pki: TestPki, tmp_path: Path) -> None:
    """The operations are consistent over TCP; the listener stays open."""
    result = checked(pki, tmp_path, "silent")
    (entry,) = result.undecided
    assert result.exit_status == ExitStatus.INCOMPLETE
    assert (entry.operation, entry.kind) == (None, UndecidedReason.NOT_SENT)
    assert "connection refused" in headline(result).sentence
    assert {item.verdict for item in result.operations} == {Verdict.CONSISTENT}


def test_without_the_extra_an_announced_listener_is_incomplete(
    pki: TestPki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener without the certificate could be behind it, as here."""
    monkeypatch.setattr(http3_endpoint, "http3_available", lambda: False)
    result = checked(pki, tmp_path, "unguarded")
    assert (result.exit_status, over_quic(result)) == (ExitStatus.INCOMPLETE, [])
    assert "the extra http3 is not installed" in result.undecided[0].reason


def test_never_accepts_that(pki: TestPki, tmp_path: Path) -> None:
    """The owner's word."""
    result = checked(pki, tmp_path, "silent", http3="never")
    assert (result.exit_status, over_quic(result)) == (ExitStatus.OK, [])


def test_a_server_that_announces_nothing_costs_no_request(pki: TestPki, tmp_path: Path) -> None:
    """Although a listener is there."""
    result = checked(pki, tmp_path, "not-announced")
    assert (result.exit_status, over_quic(result)) == (ExitStatus.OK, [])


def test_another_host_is_named_and_not_contacted(pki: TestPki, tmp_path: Path) -> None:
    """Alt-Svc is the server's word."""
    result = checked(pki, tmp_path, "another-host")
    assert over_quic(result) == []
    assert any("other.invalid" in item.reason for item in result.skipped)
