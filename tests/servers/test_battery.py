"""The whole certificate battery, with a test CA's key: correct verifiers refuse it, incorrect ones are found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from specdrift.model.policy import ProfilePolicy
from specdrift.model.result.drift import Severity
from specdrift.model.result.verdict import Outcome
from specdrift.pki.battery import PROFILES, Detector
from specdrift.rules.ids import CERTIFICATE_POLICY_NOT_ENFORCED
from specdrift.settings import ClientCaSettings, Identity
from tests.lab.axum_lab import axum_lab, cargo_available
from tests.scan.running import run, settings_for
from tests.servers.cases import FOLDER, case_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

CORRECT = ("python-cert-required-crl", "nginx-on-crl", "haproxy-required-crl", "go-require-and-verify-all")
"""Independent verifiers: CPython's ssl, OpenSSL through nginx and HAProxy, Go's crypto/x509."""

TOLERATED = {
    "go-require-and-verify-all": {"weak-key", "revoked"},
}
"""Profiles that a correct verifier of that stack accepts, as the profile's text states: Go has no limit for RSA keys
in client certificates, and reads no CRL by itself.
"""

STRICTER: dict[str, set[str]] = {
    "go-require-and-verify-all": {"any-eku", "ca-as-client"},
    "axum": {"intermediate-not-ca-key-usage"},
}
"""Profiles that are skipped by default because correct verifiers differ, with the servers that accept them."""

HARMLESS = {"no-eku", "extra-chain-certificate-after"}
"""Profiles that every stack accepts, as their text states: findings only where the policy is to refuse them."""

WITHOUT_KEY = {"wrong-private-key", "server-certificate", "ca-as-client-without-key"}
"""No TLS stack admits a client that cannot sign with the key. An application's own verifier may: see the Axum lab."""


UNREADABLE = {"malformed", "malformed-algorithm"}
"""Go parses certificates before it accepts them; OpenSSL's application callback need not (see tests/pki)."""


def with_ca(settings: Settings, pki: TestPki, *, strictly: bool = False) -> Settings:
    """Add the test CA's key and a second valid identity; ``strictly``: every profile must be refused."""
    from msgspec.structs import replace

    bob = Identity(name="bob", cert_file=pki.bob.cert, key_file=pki.bob.key, roles=frozenset({"admin"}))
    ca = ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key, crl_file=pki.crl)
    battery = dict.fromkeys(judged_by_the_verifier(), ProfilePolicy.REFUSE) if strictly else {}
    return replace(settings, client_ca=ca, identities=(*settings.identities, bob), battery=battery)


@contextmanager
def served(case: str, pki: TestPki, workdir: Path) -> Iterator[str]:
    """Yield the base URL of a running case; skip where it cannot run."""
    server = case_named(case)
    if missing := server.available():
        pytest.skip(missing)
    with server.start(pki, workdir) as running:
        yield running.base_url


def found_profiles(result: Result) -> set[str]:
    """Return the profiles that were admitted somewhere."""
    return {
        drift.profile
        for drift in result.drifts
        if drift.profile and not drift.profile.startswith("ambiguous")
    }


def sent(result: Result) -> set[str]:
    """Return the profiles whose certificate was really sent, from our own Certificate message."""
    families = {identity.name: identity.profile for identity in result.identities}
    return {families[r.probe.identity] for r in result.probes if r.observation.tls.certificate_sent} - {""}


def admitted(result: Result) -> set[str]:
    """Return the certificates of the battery that were admitted somewhere; drifts name one of each family."""
    outcomes = [outcome for item in result.operations for outcome in item.outcomes]
    admitted = {outcome.identity for outcome in outcomes if outcome.outcome is Outcome.ADMITTED}
    return admitted & judged_by_the_verifier()


@pytest.mark.parametrize("case", CORRECT)
def test_a_correct_verifier_refuses_the_whole_battery(case: str, pki: TestPki, tmp_path: Path) -> None:
    """All profiles were sent, and only those that the stack is known to accept were admitted."""
    with served(case, pki, tmp_path) as base_url:
        settings = settings_for(pki, base_url, spec=str(FOLDER / "all-required.yaml"))
        result = run(with_ca(settings, pki))
    assert result.problem is None
    assert found_profiles(result) == TOLERATED.get(case, set())
    assert sent(result) >= refusable()
    weak = [drift for drift in result.drifts if drift.rule == CERTIFICATE_POLICY_NOT_ENFORCED]
    assert [(d.profile, d.operation, d.severity) for d in weak] == [
        ("weak-key", None, Severity.WARNING) for profile in TOLERATED.get(case, ()) if profile == "weak-key"
    ]
    assert not result.undecided


@pytest.mark.lab
@pytest.mark.skipif(not cargo_available(), reason="the lab needs cargo 1.85 or newer")
def test_rustls_refuses_the_whole_battery(pki: TestPki) -> None:
    """WebPkiClientVerifier behind a real Axum service, with the CRL."""
    from tests.lab.axum_lab import LAB

    with axum_lab(ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key, crl=pki.crl) as base_url:
        settings = settings_for(pki, base_url, spec=str(LAB / "openapi.yaml"))
        result = run(with_ca(settings, pki, strictly=True))
    assert result.problem is None
    assert admitted(result) == HARMLESS | STRICTER["axum"]
    assert sent(result) >= refusable()


@pytest.mark.parametrize(
    ("case", "expected"), [("gnutls-require-crl", True), ("gnutls-require-purpose-crl", False)]
)
def test_a_program_that_names_no_purpose_to_gnutls_is_found(
    case: str, pki: TestPki, tmp_path: Path, *, expected: bool
) -> None:
    """mod_gnutls named none (CVE-2026-33308): certificates for servers, mail and code were accepted."""
    purposes = {"wrong-eku", "wrong-eku-other-purposes"}
    with served(case, pki, tmp_path) as base_url:
        settings = settings_for(pki, base_url, spec=str(FOLDER / "all-required.yaml"))
        result = run(with_ca(settings, pki))
    assert "wrong-eku" in sent(result)
    assert admitted(result) & purposes == (purposes if expected else set())
    reported = {drift.profile for drift in result.drifts if drift.rule == "invalid-certificate-accepted"}
    assert ("wrong-eku" in reported) is expected


@pytest.mark.parametrize("case", CORRECT)
def test_a_disputed_profile_is_found_where_the_policy_refuses_it(
    case: str, pki: TestPki, tmp_path: Path
) -> None:
    """Each text names the correct verifiers that accept it, and is right about that."""
    with served(case, pki, tmp_path) as base_url:
        settings = settings_for(pki, base_url, spec=str(FOLDER / "all-required.yaml"))
        result = run(with_ca(settings, pki, strictly=True))
    assert admitted(result) == HARMLESS | STRICTER.get(case, set()) | TOLERATED.get(case, set())


def test_a_server_that_accepts_any_certificate_is_found_with_every_profile(
    pki: TestPki, tmp_path: Path
) -> None:
    """Go's RequireAnyClientCert: each profile is found on it, except those that cannot be presented."""
    with served("go-require-any", pki, tmp_path) as base_url:
        result = run(with_ca(settings_for(pki, base_url), pki, strictly=True))
    assert admitted(result) == judged_by_the_verifier() - WITHOUT_KEY - UNREADABLE
    assert found_profiles(result) == {PROFILES[name].family for name in admitted(result)}


@pytest.mark.lab
@pytest.mark.skipif(not cargo_available(), reason="the lab needs cargo 1.85 or newer")
def test_a_verifier_that_skips_the_signature_is_found_with_every_profile(pki: TestPki) -> None:
    """Without the signature, any client can present the certificates of the victim, the server and the CA."""
    from tests.lab.axum_lab import LAB

    faults = ("accept-any-certificate", "key-unproven")
    with axum_lab(ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key, faults=faults) as base_url:
        result = run(with_ca(settings_for(pki, base_url, spec=str(LAB / "openapi.yaml")), pki))
    assert admitted(result) >= WITHOUT_KEY


def refusable() -> set[str]:
    """Return the families that a correct verifier refuses, with the test PKI's EC keys."""
    return {p.family for p in PROFILES.values() if p.default_policy.value == "refuse"}


def judged_by_the_verifier() -> set[str]:
    """Return the certificates, not families, that a TLS stack could refuse."""
    return {p.name for p in PROFILES.values() if p.detector is Detector.VERIFIER}
