"""Client certificates of public CAs: what the run forecasts for their renewals."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from specdrift import scan
from specdrift.model.policy import ProfilePolicy
from specdrift.scan.preparation.credentials import renewals
from specdrift.scan.preparation.credentials.renewals import policies_on
from specdrift.settings import ClientCaSettings, Settings
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

RULE = "renewal-without-client-auth"


@pytest.fixture
def public(pki: TestPki, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client CA of the tests stands for one that web browsers trust."""
    root = x509.load_pem_x509_certificate(pki.client_ca.read_bytes())
    monkeypatch.setattr(renewals, "public_roots", lambda: (root,))


def configured(
    pki: TestPki, url: str, *, until: date | None = None, key: bool = True, **changes: object
) -> Settings:
    """A run with the key of the client CA."""
    client_ca = ClientCaSettings(
        cert_file=pki.client_ca,
        key_file=pki.client_ca_key if key else None,
        server_only_until=until,
    )
    return settings_for(pki, url, client_ca=client_ca, checks=("certificate", "renewal"), **changes)


def checked(settings_of: Callable[[str], Settings], pki: TestPki) -> Result:
    """Check an API of Python's `ssl`, whose OpenSSL refuses certificates for servers only."""
    with listening(Guarded, pki) as url:
        return run(settings_of(url))


def reported(result: Result) -> list[str | None]:
    """The identities whose renewals will be refused."""
    return [drift.identity for drift in result.drifts if drift.rule == RULE]


def reasons(result: Result) -> list[str]:
    """Why the check is skipped."""
    return [entry.reason for entry in result.skipped if entry.check == "renewal"]


@pytest.mark.slow
@pytest.mark.usefixtures("public")
def test_a_renewal_that_the_server_will_refuse_is_forecast(pki: TestPki, tmp_path: Path) -> None:
    """The server is right; the recording is judged alike."""
    file = tmp_path / "run.json"
    result = checked(lambda url: configured(pki, url, record=file), pki)
    assert (reported(result), reasons(result)) == (["alice"], [])
    (drift,) = [one for one in result.drifts if one.rule == RULE]
    assert drift.operation is None
    assert "its next renewal" in drift.message or "from 2027-03-15 on" in drift.message
    assert scan.rejudge(file) == result


@pytest.mark.slow
def test_a_certificate_of_a_ca_of_ones_own_has_no_forecast(pki: TestPki) -> None:
    """The correct twin."""
    result = checked(lambda url: configured(pki, url), pki)
    assert (reported(result), reasons(result)) == ([], [])


@pytest.mark.slow
@pytest.mark.usefixtures("public")
def test_while_the_owner_accepts_it_the_certificate_is_still_sent(pki: TestPki) -> None:
    """Its refusal is the forecast; its admission would be no drift."""
    result = checked(lambda url: configured(pki, url, until=date(2999, 1, 1)), pki)
    assert reported(result) == ["alice"]
    assert "renewal" in {
        record.probe.check for record in result.probes if record.probe.identity == "wrong-eku"
    }


@pytest.mark.slow
@pytest.mark.usefixtures("public")
def test_without_the_key_of_a_test_ca_nothing_is_forecast(pki: TestPki) -> None:
    """What is missing is named, and the run warns of the certificate."""
    settings: list[Settings] = []

    def of(url: str) -> Settings:
        settings.append(configured(pki, url, key=False))
        return settings[0]

    result = checked(of, pki)
    assert reported(result) == []
    (reason,) = reasons(result)
    assert "[client-ca] key-file" in reason
    assert any(
        'the certificate of "alice" is of a public CA' in note for note in scan.prepare(settings[0]).notes
    )


@pytest.mark.parametrize(
    ("until", "battery", "expected"),
    [
        (None, {}, None),
        (date(2027, 6, 30), {}, ProfilePolicy.ACCEPT),
        (date(2027, 6, 29), {}, None),
        (date(2027, 6, 30), {"wrong-eku": ProfilePolicy.REFUSE}, ProfilePolicy.REFUSE),
    ],
)
def test_the_grace_ends_with_its_day(
    until: date | None, battery: dict[str, ProfilePolicy], expected: ProfilePolicy | None
) -> None:
    """`[battery]` wins; certificates for other purposes are refused meanwhile too."""
    settings = Settings(client_ca=ClientCaSettings(server_only_until=until), battery=battery)
    policies = policies_on(date(2027, 6, 30), settings)
    assert policies.get("wrong-eku") is expected
    graced = expected is ProfilePolicy.ACCEPT
    assert policies.get("wrong-eku-other-purposes") is (ProfilePolicy.REFUSE if graced else None)
