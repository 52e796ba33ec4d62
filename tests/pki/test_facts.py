"""What people are shown of a certificate."""

from datetime import timedelta

import pytest
from cryptography import x509

from specdrift.pki.inspection.facts import facts_of
from tests.servers.conftest import pki
from tests.servers.pki import TestPki

__all__ = ["pki"]


def _facts(pki: TestPki, name: str, *, days: int = 0) -> dict[str, str]:
    chain = x509.load_pem_x509_certificates(getattr(pki, name).cert.read_bytes())
    issuers = x509.load_pem_x509_certificates(pki.client_ca.read_bytes())
    now = chain[0].not_valid_after_utc - timedelta(days=days)
    return {fact.name: fact.value for fact in facts_of(chain, now=now, issuers=issuers)}


@pytest.mark.parametrize(
    ("days", "ending"),
    [(0, ", 0 days left"), (1, ", 1 day left"), (400, ", 400 days left"), (-1, ", expired 1 day ago")],
)
def test_validity_counts_the_days(pki: TestPki, days: int, ending: str) -> None:
    """Until the end, or since."""
    assert _facts(pki, "alice", days=days)["validity"].endswith(ending)


def test_an_issuer_that_is_not_the_client_ca_is_named(pki: TestPki) -> None:
    """The server would not accept it either."""
    assert _facts(pki, "alice")["chain"].endswith(", issued by the configured client CA")
    assert _facts(pki, "untrusted")["chain"].endswith(", not issued by the configured client CA")
