"""Credentials that belong to one identity."""

from dataclasses import dataclass

from specdrift.model.exchange.probe import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundToken:
    """A token that is bound to the certificate of an identity (RFC 8705 §3)."""

    owner: str
    """Name of the identity."""
    scheme: str
    proven: bool
    """The token has the thumbprint of the owner's certificate (RFC 8705 §3.1)."""
    stated: bool = False
    """The configuration states that it is bound, whether it shows that or not."""
    certificate: bool
    """The document requires a certificate with it."""
    request: Request
    """The request with the token."""
    bare: Request
    """The request without the token."""
