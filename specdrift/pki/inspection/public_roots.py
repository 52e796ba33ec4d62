"""The roots that web browsers trust (Mozilla's list, by certifi): none of them belongs to the owner of an API."""

import warnings
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from specdrift.pki.chain import issued, path_from

NO_MORE_CLIENTS = date(2027, 3, 15)
"""From this day public CAs issue leaves for servers only, if browsers are to trust them."""


@cache
def public_roots() -> tuple[x509.Certificate, ...]:
    """Return the certificates of the list, some 120."""
    content = Path(certifi.where()).read_bytes()
    with warnings.catch_warnings():
        # Some have serial numbers that RFC 5280 §4.1.2.2 forbids.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return tuple(x509.load_pem_x509_certificates(content))


@cache
def public_root_names() -> frozenset[str]:
    """Return their subjects, as RFC 4514 writes them."""
    return frozenset(root.subject.rfc4514_string() for root in public_roots())


def public_ca_of(
    leaf: x509.Certificate, above: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    """Return the root of ``roots`` at which the path of a certificate ends; ``above`` are possible issuers."""
    last = path_from(leaf, above)[-1]
    return next((root for root in roots if root == last or issued(root, last)), None)


def first_renewal(leaf: x509.Certificate) -> str:
    """Return which renewals of a certificate of a public CA have no clientAuth, for a message."""
    ends = leaf.not_valid_after_utc
    if ends.date() >= NO_MORE_CLIENTS:
        return f"its next renewal (it is valid until {ends:%Y-%m-%d})"
    return f"its renewals from {NO_MORE_CLIENTS:%Y-%m-%d} on"
