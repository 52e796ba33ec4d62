"""The whole certificate battery, with a test CA's key: refused by correct verifiers, caught where it is not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from specdrift.pki.battery import PROFILES
from specdrift.settings import ClientCaSettings, IdentitySettings
from tests.lab.axum_lab import axum_lab, cargo_available
from tests.scan.running import run, settings_for
from tests.servers.cases import FOLDER, case_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

CORRECT = ("python-cert-required-crl", "nginx-on-crl", "haproxy-required-crl", "go-require-and-verify-all")
"""Verifiers of their own: CPython's ssl, OpenSSL through nginx and HAProxy, Go's crypto/x509."""

TOLERATED = {
    "go-require-and-verify-all": {"weak-key", "revoked"},
}
"""What a correct verifier of that stack accepts, as the profile's own text says: Go has no limit for RSA keys in client
certificates, and looks at no CRL by itself.
"""

WITHOUT_KEY = {"wrong-private-key", "server-certificate", "ca-as-client"}
"""No TLS stack lets in who cannot sign with the key; a proxy that passes certificates on in headers would."""


def with_ca(settings: Settings, pki: TestPki) -> Settings:
    """The owner's test CA in the configuration, and a second good identity."""
    from dataclasses import replace

    bob = IdentitySettings(
        name="bob", cert_file=pki.bob.cert, key_file=pki.bob.key, roles=frozenset({"admin"})
    )
    ca = ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key, crl_file=pki.crl)
    return replace(settings, client_ca=ca, identities=(*settings.identities, bob))


@contextmanager
def served(case: str, pki: TestPki, workdir: Path) -> Iterator[str]:
    """The base URL of a running case; skips where it cannot run."""
    server = case_named(case)
    if missing := server.available():
        pytest.skip(missing)
    with server.start(pki, workdir) as running:
        yield running.base_url


def caught(result: Result) -> set[str]:
    """The profiles that were let in somewhere."""
    return {
        drift.profile
        for drift in result.drifts
        if drift.profile and not drift.profile.startswith("ambiguous")
    }


def sent(result: Result) -> set[str]:
    """The profiles whose certificate really left: read from our own Certificate message."""
    families = {identity.name: identity.profile for identity in result.identities}
    return {families[r.probe.identity] for r in result.probes if r.observation.tls.certificate_sent} - {""}


@pytest.mark.parametrize("case", CORRECT)
def test_a_correct_verifier_refuses_the_whole_battery(case: str, pki: TestPki, tmp_path: Path) -> None:
    """Everything was sent, nothing got in but what the stack is known to accept."""
    with served(case, pki, tmp_path) as base_url:
        settings = settings_for(pki, base_url, spec=str(FOLDER / "all-required.yaml"))
        result = run(with_ca(settings, pki))
    assert result.problem == ""
    assert caught(result) == TOLERATED.get(case, set())
    assert sent(result) >= refusable()


@pytest.mark.lab
@pytest.mark.skipif(not cargo_available(), reason="the lab needs cargo 1.85 or newer")
def test_rustls_refuses_the_whole_battery(pki: TestPki) -> None:
    """WebPkiClientVerifier behind a real Axum service, with the CRL."""
    from tests.lab.axum_lab import LAB

    with axum_lab(ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key, crl=pki.crl) as base_url:
        settings = settings_for(pki, base_url, spec=str(LAB / "openapi.yaml"))
        result = run(with_ca(settings, pki))
    assert result.problem == ""
    assert caught(result) == set()
    assert sent(result) >= refusable()


def test_a_server_that_takes_any_certificate_is_caught_with_every_profile(
    pki: TestPki, tmp_path: Path
) -> None:
    """Go's RequireAnyClientCert: each profile is found on it, but those that nobody can present."""
    with served("go-require-any", pki, tmp_path) as base_url:
        result = run(with_ca(settings_for(pki, base_url), pki))
    assert caught(result) == refusable() - WITHOUT_KEY


def refusable() -> set[str]:
    """The families that a correct verifier refuses, with the test PKI's EC keys."""
    return {p.family for p in PROFILES.values() if p.default_policy.value == "refuse"}
