"""The roots that web browsers trust (Mozilla's list, by certifi): none of them belongs to the owner of an API."""

import warnings
from functools import cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning


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
