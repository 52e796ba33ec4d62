"""Credentials that belong to one identity, and credentials that are changed."""

from enum import StrEnum

from msgspec import Struct

from specdrift.model.exchange.probe import Request


class BoundToken(Struct, frozen=True, kw_only=True):
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


class CredentialChange(StrEnum):
    """How the credentials sent with a certificate are changed."""

    LEFT_OUT = "without"
    MADE_UP = "made-up"
    OTHER_KIND = "other-kind"
    """Omitted, with made-up credentials of other kinds instead."""
    EMPTY = "empty"
    EMPTY_PASSWORD = "empty-password"  # noqa: S105
    OTHER_LETTER = "other-letter"
    CUT = "cut"
    OTHER_SIGNATURE = "other-signature"
    WITHOUT_SIGNATURE = "without-signature"
    UNSIGNED = "unsigned"
    OTHER_ALTERNATIVE = "alternative"
    """Those of another alternative of the requirement."""
    WITHOUT_ROLE = "without-role"
    """The same, with a certificate that has the role of no alternative that they are for."""


ALTERED = {
    CredentialChange.OTHER_KIND: "made-up credentials of other kinds in place of {scheme}",
    CredentialChange.EMPTY: "an empty value for {scheme}",
    CredentialChange.EMPTY_PASSWORD: "the user and an empty password for {scheme}",
    CredentialChange.OTHER_LETTER: "a value for {scheme} of which one letter is another one",
    CredentialChange.CUT: "the beginning of the value for {scheme}",
    CredentialChange.OTHER_SIGNATURE: "another signature in the token for {scheme}",
    CredentialChange.WITHOUT_SIGNATURE: "the token for {scheme} without its signature",
    CredentialChange.UNSIGNED: "the claims of the token for {scheme} unsigned (algorithm none)",
}
"""Changes of a configured value, in words."""


class Variation(Struct, frozen=True, kw_only=True):
    """A request of an operation with changed credentials."""

    change: CredentialChange
    scheme: str
    """Name of the changed scheme; of an alternative the names of all of its schemes."""
    request: Request
    certificate: bool = True
    """Whether the certificate belongs to it."""
    roles: frozenset[str] = frozenset()
    """The roles of which one must be there besides, for another alternative; empty: no role."""
