"""The dates of a CRL: warnings for its owner, before servers refuse every client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from specdrift.model.result.drift import Severity
from specdrift.pki.inspection.remarks import CRL_SOON, on_crl

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def crl(begins: datetime, ends: datetime) -> x509.CertificateRevocationList:
    """Make an empty list."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])
    builder = x509.CertificateRevocationListBuilder().issuer_name(name)
    return (
        builder.last_update(begins)
        .next_update(ends)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (NOW - WEEK, NOW - timedelta(seconds=1), "out of date since 2026-05-31 23:59 UTC"),
        (NOW - WEEK, NOW + CRL_SOON, "out of date from 2026-06-02 00:00 UTC"),
        (NOW + timedelta(hours=1), NOW + WEEK, "not valid before 2026-06-01 01:00 UTC"),
    ],
)
def test_a_list_that_servers_may_not_use_is_a_warning(begins: datetime, ends: datetime, words: str) -> None:
    """Out of date, soon, or not yet in force."""
    ((severity, text),) = on_crl(crl(begins, ends), NOW)
    assert severity is Severity.WARNING
    assert words in text


def test_a_current_list_is_no_matter() -> None:
    """For more than a day."""
    assert list(on_crl(crl(NOW - WEEK, NOW + WEEK), NOW)) == []
