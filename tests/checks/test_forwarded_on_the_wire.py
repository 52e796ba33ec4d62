"""Forwarded headers over real sockets: TLS servers that trust one header in one format, and one that trusts none."""

from __future__ import annotations

import argparse
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from specdrift.checks.forwarded.convention import Field
from specdrift.checks.forwarded.headers import CONVENTIONS
from specdrift.settings import Identity
from tests.loopback import answering
from tests.scan.running import run, settings_for
from tests.servers.odd.forwarded import CERTIFICATES, PrefersHeader, ReturnsTheCaller, TrustsHeader
from tests.servers.pki import TestPki, make_pki
from tests.servers.python.tls import Handler, TlsServer, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specdrift.model.result.drift import Drift

pytestmark = pytest.mark.slow

GUARDED = {"/secure", "/items/{id}"}
FAMILIES = (
    *CERTIFICATES,
    "SUCCESS",
    "0",
    "true",
    "subject",
    "subject with slashes",
    "common name",
    "127.0.0.1",
)
"""The formats that carry a certificate, and one of each other kind."""


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """Create certificates for this module."""
    return make_pki(tmp_path_factory.mktemp("pki") / "certificates")


@contextmanager
def serving(pki: TestPki, handler: type[Handler]) -> Iterator[str]:
    """Run a server in this process while the context is open."""
    files = argparse.Namespace(
        tls="1.2-1.3", cert=pki.server_cert, key=pki.server_key, client_ca=pki.client_ca
    )
    server = TlsServer(server_context(files, ssl.CERT_OPTIONAL), handler)
    with answering(server):
        yield f"https://127.0.0.1:{server.server_port}"


def drifts(pki: TestPki, handler: type[Handler]) -> tuple[Drift, ...]:
    """Return the drifts that this check alone reports."""
    identities = tuple(
        Identity(name=name, cert_file=pair.cert, key_file=pair.key)
        for name, pair in (("alice", pki.alice), ("bob", pki.bob))
    )
    checks = ("mtls-not-enforced", "forwarded")
    with serving(pki, handler) as url:
        settings = settings_for(pki, url, identities=identities, checks=checks, skip_checks=())
        return run(settings).drifts


def _first(words: str) -> Field:
    fields = (field for convention in CONVENTIONS for field in convention.fields)
    return next(field for field in fields if field.format.words == words)


@pytest.mark.parametrize("field", [_first(words) for words in FAMILIES], ids=FAMILIES)
def test_a_trusted_header_is_found_and_named(field: Field, pki: TestPki) -> None:
    """One header in one format admits to both operations, and the reproducing command has the header."""
    known = tuple(x509.load_pem_x509_certificate(pair.cert.read_bytes()) for pair in (pki.alice, pki.bob))
    handler = type(
        "Believer", (TrustsHeader,), {"header": field.name, "words": field.format.words, "known": known}
    )
    found = drifts(pki, handler)
    assert {drift.rule for drift in found} == {"forwarded-certificate-trusted"}
    assert {drift.operation.path for drift in found if drift.operation} == GUARDED
    assert all(f"it sends {field.name} ({field.format.words})" in drift.message for drift in found)
    assert all(f"{field.name}: " in drift.reproduce for drift in found)


def test_a_header_that_precedes_the_certificate_is_found(pki: TestPki) -> None:
    """Alice is taken for bob."""
    found = drifts(pki, PrefersHeader)
    override = [drift for drift in found if drift.rule == "forwarded-identity-override"]
    assert {drift.operation.path for drift in override if drift.operation} == GUARDED
    assert {drift.identity for drift in override} == {"alice"}


def test_a_server_that_ignores_all_headers_is_clean(pki: TestPki) -> None:
    """No bundle has an effect."""
    assert drifts(pki, ReturnsTheCaller) == ()
