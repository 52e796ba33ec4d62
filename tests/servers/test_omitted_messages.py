"""Servers that do, and that do not, insist on the proof of the client's key."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.probe import Omission
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.verdict import Outcome
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

CHECK, RULE = "omitted-messages", "key-proof-not-required"
pytestmark = pytest.mark.slow


def checked(pki: TestPki, folder: Path, variant: str, tls: str, *, exhaustive: bool = True) -> Result:
    """Check the server on tlslite-ng."""
    files = {"cert": pki.server_cert, "key": pki.server_key, "client-ca": pki.client_ca, "crl": pki.crl}
    command = [sys.executable, "-m", "tests.servers.python.tlslite_server", variant, "--tls", tls]
    command += [text for name, file in files.items() for text in (f"--{name}", str(file))]
    with announced(command, workdir=folder) as server:
        return run(settings_for(pki, server.base_url, exhaustive=exhaustive, checks=("certificate", CHECK)))


def sent(result: Result, omitted: Omission) -> list[ProbeRecord]:
    """Return the first attempts of one kind."""
    return [
        record
        for record in result.probes
        if record.probe.connection.omits is omitted and record.probe.attempt == 1
    ]


@pytest.mark.parametrize("tls", ["1.2-1.3", "1.3"])
def test_a_server_that_admits_a_certificate_without_its_proof_is_reported(
    pki: TestPki, tmp_path: Path, tls: str
) -> None:
    """The certificate is the valid identity's; its key signed nothing."""
    result = checked(pki, tmp_path, "no-proof", tls)
    (drift,) = result.drifts
    assert (drift.rule, drift.identity) == (RULE, "anonymous")
    assert 'shows the certificate of "alice" without CertificateVerify' in drift.message
    (shown, *_) = sent(result, Omission.PROOF)
    assert shown.observation.tls.certificate_sent
    assert "openssl" not in drift.reproduce


@pytest.mark.parametrize(("variant", "tls"), [("usual", "1.2"), ("usual", "1.3"), ("usual-late", "1.3")])
def test_a_server_that_insists_is_not(pki: TestPki, tmp_path: Path, variant: str, tls: str) -> None:
    """The same client is admitted with all messages, also where they are requested after the handshake."""
    result = checked(pki, tmp_path, variant, tls)
    assert not result.drifts
    assert not [entry for entry in result.skipped if entry.check == CHECK]
    assert {record.outcome for record in sent(result, Omission.NOTHING)} == {Outcome.ADMITTED}
    attempts = [*sent(result, Omission.PROOF), *sent(result, Omission.CERTIFICATE)]
    assert len(attempts) == 2
    assert Outcome.ADMITTED not in {record.outcome for record in attempts}
    assert {record.observation.tls.post_handshake for record in attempts} == {"late" in variant}


@pytest.mark.parametrize("name", ["python-cert-required", "go-require-and-verify", "nginx-optional"])
def test_other_libraries_admit_the_control_and_nothing_else(pki: TestPki, tmp_path: Path, name: str) -> None:
    """OpenSSL and Go, over each version of TLS."""
    with case_named(name).start(pki, tmp_path) as server:
        result = run(settings_for(pki, server.base_url, exhaustive=True, checks=("certificate", CHECK)))
    assert RULE not in {drift.rule for drift in result.drifts}
    assert {record.outcome for record in sent(result, Omission.NOTHING)} == {Outcome.ADMITTED}
    assert len(sent(result, Omission.PROOF)) == 2


def test_a_certificate_that_is_requested_for_one_path_is_tried_where_the_client_can(
    pki: TestPki, tmp_path: Path
) -> None:
    """Apache requests it after the handshake of TLS 1.3; over TLS 1.2 it renegotiates, which tlslite-ng does not."""
    with case_named("apache-per-location").start(pki, tmp_path) as server:
        result = run(settings_for(pki, server.base_url, exhaustive=True, checks=("certificate", CHECK)))
    controls = {record.outcome: record for record in sent(result, Omission.NOTHING)}
    assert controls[Outcome.ADMITTED].observation.tls.post_handshake
    (entry,) = (entry for entry in result.skipped if entry.check == CHECK)
    assert (entry.kind, "handshakes of TLS 1.2" in entry.reason) == (SkipReason.CONTROL_REFUSED, True)
    assert RULE not in {drift.rule for drift in result.drifts}


def test_it_is_sent_only_when_everything_is(pki: TestPki, tmp_path: Path) -> None:
    """A default run has no handshake of this kind."""
    result = checked(pki, tmp_path, "usual", "1.3", exhaustive=False)
    assert not [record for record in result.probes if record.probe.check == CHECK]
    assert not [entry for entry in result.skipped if entry.check == CHECK]


def test_without_the_extra_the_check_is_skipped(
    pki: TestPki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the run says so."""
    monkeypatch.setattr("specdrift.scan.execution.planning.can_omit_messages", lambda: False)
    result = checked(pki, tmp_path, "usual", "1.3")
    (entry,) = (entry for entry in result.skipped if entry.check == CHECK)
    assert (entry.kind, "'.[tls-messages]'" in entry.reason) == (SkipReason.NOT_AVAILABLE, True)


def test_nothing_is_sent_to_a_server_that_was_not_verified(pki: TestPki, tmp_path: Path) -> None:
    """tlslite-ng verifies no chain: a run without other connections has no control."""
    settings = replace(pki, server_ca=pki.client_ca)
    result = checked(replace(settings, server_cert=pki.server_cert), tmp_path, "usual", "1.3")
    assert not [record for record in result.probes if record.observation.http is not None]
