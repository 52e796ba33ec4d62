"""Tokens that belong to one caller (RFC 8705 §3): those configured for an identity, and JWTs that name a certificate.

Pure. A JWT is read without verifying it: it is the owner's own, and only the server has to believe it.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from specdrift.checks.core.base import BoundToken
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import SchemeUse
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.scan.preparation.credentials.credential_sets import companies, company, satisfied, token_of
from specdrift.settings import SchemeSettings

CONFIRMATION = "x5t#S256"
"""The member of ``cnf`` that holds the certificate's SHA-256 thumbprint, base64url (RFC 8705 §3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """``proven``: the token itself names the owner's certificate. Else the configuration gives it to the owner, and
    it is opaque, so that only the server knows what it is bound to.
    """

    name: str
    proven: bool


def owner_of(
    use: SchemeUse,
    schemes: Mapping[str, SchemeSettings],
    identities: Mapping[str, ClientIdentity],
    caller: str,
) -> Owner | None:
    """Whose the token is that ``caller`` sends for a scheme; ``None`` for nobody's in particular."""
    settings = schemes.get(use.scheme.name, SchemeSettings())
    token = token_of(use.scheme, settings, caller)
    if token is None:
        return None
    claims = claims_of(token.reveal())
    if claims is not None:
        named = [i.name for i in identities.values() if i.is_control and _is_named(i, claims)]
        return Owner(name=named[0], proven=True) if named else None
    owner = next((name for name, own in settings.tokens.items() if own is token), "")
    return Owner(name=owner, proven=False) if owner else None


def bound_token(
    operation: Operation,
    schemes: Mapping[str, SchemeSettings],
    identities: Mapping[str, ClientIdentity],
    *,
    lead: str,
    base_path: str,
) -> BoundToken | None:
    """The first token of an operation's alternatives that belongs to somebody, and the request with and without it."""
    for chosen in companies(operation, schemes, caller=lead):
        for use in chosen.uses:
            owner = owner_of(use, schemes, identities, lead)
            if owner is None:
                continue
            # Where the token is enough by itself, nothing says that it belongs to a certificate.
            both = chosen.certificate and not satisfied(operation, chosen.schemes, certificate=False)
            rest = company(tuple(other for other in chosen.uses if other is not use), schemes, caller=lead)
            return BoundToken(
                owner=owner.name,
                scheme=use.scheme.name,
                proven=owner.proven,
                certificate=both,
                request=chosen.request(operation, base_path),
                bare=replace(rest, uses=chosen.uses).request(operation, base_path),
            )
    return None


def claims_of(token: str) -> dict[str, object] | None:
    """The claims set of a signed JWT (RFC 7519 §3); ``None`` for what is none, an opaque or encrypted token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def thumbprint(sha256: str) -> str:
    """A SHA-256 fingerprint in hexadecimal, the way ``x5t#S256`` has it."""
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


def _is_named(identity: ClientIdentity, claims: Mapping[str, object]) -> bool:
    confirmation = claims.get("cnf")
    if identity.certificate is None or not isinstance(confirmation, dict):
        return False
    return confirmation.get(CONFIRMATION) == thumbprint(identity.certificate.sha256)
