"""Certificates that are revoked at the end of the run are sent until they are refused."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import pytest
from cryptography import x509

from specdrift.app.check import other_target
from specdrift.checks.credentials.revoked import LEAST_PAUSE_S, MOST, NAME, REFUSALS, times
from specdrift.events import Warned
from specdrift.model.exchange.identity import CertificateFacts
from specdrift.reports import render
from specdrift.settings import Identity, RecordingSettings
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.events import Event
    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow
WRITE = (
    "import os, sys; open(sys.argv[1], 'a').write(os.environ['SPECDRIFT_SERIAL'] + '\\n' + sys.stdin.read())"
)
"""What the owner's command does."""


class ReadsList(Guarded):
    """Refuses the serial numbers of a list, which it reads for each request."""

    file: ClassVar[Path]
    every: ClassVar[int] = 1
    """Which requests read it."""
    count: ClassVar[int] = 0

    def respond(self) -> None:
        """Compare the certificate of the connection."""
        certificate = self.connection.getpeercert() or {}
        listed = self.file.read_text().split() if self.file.exists() else []
        if certificate.get("serialNumber", "") in listed:
            type(self).count += 1
            if self.count % self.every == 0:
                return self.denied()
        return super().respond()


def server_of(base: type[Guarded], file: Path, **changes: object) -> type[Guarded]:
    """Return the server with a list of its own."""
    return type(base.__name__, (base,), {"file": file, **changes})


def settings_of(pki: TestPki, base_url: str, command: tuple[str, ...], **changes: object) -> Settings:
    """Return settings with alice, and bob who is revoked."""
    settings = settings_for(pki, base_url, checks=("certificate", "revoked"), **changes)
    bob = Identity(
        name="bob", cert_file=pki.bob.cert, key_file=pki.bob.key, revoke_command=command, revoke_within=3
    )
    return changed(settings, identities=(*settings.identities, bob))


def revoking(server: type[Guarded], pki: TestPki, file: Path, **changes: object) -> tuple[Result, list[str]]:
    """Return the result and the messages of a run whose command writes this list."""
    messages: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, Warned):
            messages.append(event.message)

    command = (sys.executable, "-c", WRITE, str(file))
    with listening(server, pki) as base_url:
        return run(settings_of(pki, base_url, command, **changes), watch), messages


def reasons(result: Result) -> list[str]:
    """Return why the check said nothing."""
    return [each.reason for each in result.skipped if each.check == NAME]


def test_a_server_that_learns_of_it_is_correct(pki: TestPki, tmp_path: Path) -> None:
    """The run states after what time; the command gets serial number and certificate."""
    file = tmp_path / "revoked"
    result, messages = revoking(server_of(ReadsList, file), pki, file)
    assert result.drifts == ()
    assert reasons(result) == []
    assert 'the certificate of "bob" is revoked at the end of the run (revoke-command)' in messages
    assert 'the certificate of "bob" is refused 1 s after its revocation' in messages
    assert {each.name: each.refused_after for each in result.identities}["bob"] == 1
    words = 'The certificate of "bob" was refused on new connections 1 s after its revocation.'
    assert words in render(result, "text").decode()
    assert words.replace('"', "") in render(result, "markdown").decode().replace('"', "")
    assert "1 s after its revocation" in render(result, "html").decode()
    assert pki.bob.cert.read_text().split("-----END")[0].split()[-1] in file.read_text()
    assert sum(record.probe.check == NAME for record in result.probes) == REFUSALS


def test_a_server_that_does_not_learn_of_it_is_a_drift(pki: TestPki, tmp_path: Path) -> None:
    """It admits the certificate when the time has passed."""
    result, _ = revoking(Guarded, pki, tmp_path / "revoked")
    (drift,) = result.drifts
    assert (drift.rule, drift.identity) == ("invalid-certificate-accepted", "bob")
    assert "is admitted on a new connection 3 s after its revocation: HTTP 200" in drift.message
    serial = x509.load_pem_x509_certificate(pki.bob.cert.read_bytes()).serial_number
    assert f"exit status 0, and had the serial number {serial:X}" in drift.message.replace(
        "number 0", "number "
    )


@pytest.mark.parametrize(
    ("serial", "printed"), [("a3f", "0A3F"), ("a3f0", "A3F0"), ("0", "00"), ("-5", "-05")]
)
def test_a_serial_number_has_two_digits_for_each_byte(serial: str, printed: str) -> None:
    """OpenSSL prints it so, and CRL tools compare texts."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    facts = CertificateFacts(
        subject="CN=a", issuer="CN=b", serial=serial, sha256="", not_before=day, not_after=day
    )
    assert facts.serial_in_bytes == printed


def test_one_of_two_servers_that_does_not_learn_of_it_is_undecided(pki: TestPki, tmp_path: Path) -> None:
    """The answers differ, and the last one is an admission."""
    file = tmp_path / "revoked"
    result, _ = revoking(server_of(ReadsList, file, every=2), pki, file)
    assert result.drifts == ()
    (found,) = reasons(result)
    assert "neither refused nor admitted" in found


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/nonexistent/program",), "cannot run /nonexistent/program"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "exited with status 3"),
    ],
)
def test_a_command_that_fails_is_reported(command: tuple[str, ...], reason: str, pki: TestPki) -> None:
    """Nothing is said of the server."""
    with listening(Guarded, pki) as base_url:
        result = run(settings_of(pki, base_url, command))
    assert result.drifts == ()
    (found,) = reasons(result)
    assert reason in found


def test_a_part_of_a_run_revokes_nothing(pki: TestPki, tmp_path: Path) -> None:
    """Other parts need the certificate: shards, resumed runs, a second target."""
    file = tmp_path / "revoked"
    recording = RecordingSettings(resume=tmp_path / "checkpoint")
    for changes in ({"shard": (1, 2)}, {"recording": recording}):
        result, _ = revoking(server_of(ReadsList, file), pki, file, **changes)
        assert ["other runs may need it" in reason for reason in reasons(result)] == [True]
    settings = settings_of(pki, "https://127.0.0.1:1", ("revoke",))
    assert {one.revoke_command for one in other_target(settings).identities} == {()}
    assert not file.exists()


@pytest.mark.parametrize("within", [0.5, 3, 60, 3600])
def test_the_last_request_is_sent_when_the_time_has_passed(within: float) -> None:
    """At most one in a second, and enough to see refusals in a row."""
    at = times(within)
    assert at[-1] == within
    assert REFUSALS <= len(at) <= MOST
    assert within < REFUSALS or at[0] >= LEAST_PAUSE_S
