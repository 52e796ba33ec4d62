"""Requests of the server to URLs that a generated certificate names."""

from enum import StrEnum

from msgspec import Struct


class UrlKind(StrEnum):
    """The extension that names a URL."""

    CA_ISSUERS = "ca-issuers"
    """The issuer's certificate (RFC 5280 §4.2.2.1)."""
    OCSP = "ocsp"
    """The OCSP responder (RFC 5280 §4.2.2.1)."""
    CRL = "crl"
    """The CRL distribution point (RFC 5280 §4.2.1.13)."""


class CertificateFetch(Struct, frozen=True, kw_only=True):
    """One URL that was requested."""

    identity: str
    """Name of the generated identity whose certificate names the URL."""
    kind: UrlKind
