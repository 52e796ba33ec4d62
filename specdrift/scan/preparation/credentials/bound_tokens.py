"""Certificate-bound tokens (RFC 8705 §3): those configured for an identity, and JWTs with a thumbprint. Pure.

A JWT is decoded without verification, which is the server's task.
"""

import base64
import binascii
import json
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.credentials import BoundToken
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import SchemeUse
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.scan.preparation.credentials.credential_sets import (
    credential_set,
    credential_sets_for,
    satisfied,
    token_of,
)
from specdrift.settings import SchemeSettings

CONFIRMATION = "x5t#S256"
"""The member of ``cnf`` that holds the certificate's SHA-256 thumbprint, base64url (RFC 8705 §3.1)."""


class Owner(Struct, frozen=True, kw_only=True):
    """The identity to which a token belongs."""

    name: str
    proven: bool
    """Whether the token has the thumbprint of the owner's certificate; else the configuration names the owner."""


def owner_of(
    use: SchemeUse,
    schemes: Mapping[str, SchemeSettings],
    identities: Mapping[str, ClientIdentity],
    caller: str,
) -> Owner | None:
    """Return the owner of the token that ``caller`` sends for a scheme; ``None`` if it has no owner."""
    settings = schemes.get(use.scheme.name, SchemeSettings())
    token = token_of(use.scheme, settings, caller)
    if token is None:
        return None
    claims = claims_of(token.reveal())
    if settings.bound_tokens and not (claims and "cnf" in claims):
        own = next((name for name, each in settings.tokens.items() if each is token), caller)
        return Owner(name=own, proven=False) if own else None
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
    """Return the first token of an operation that has an owner, and the request with and without it."""
    for chosen in credential_sets_for(operation, schemes, caller=lead):
        for use in chosen.uses:
            owner = owner_of(use, schemes, identities, lead)
            if owner is None:
                continue
            # A token that satisfies an alternative alone need not be bound to a certificate.
            both = chosen.certificate and not satisfied(operation, chosen.schemes, certificate=False)
            rest = credential_set(
                tuple(other for other in chosen.uses if other is not use), schemes, caller=lead
            )
            return BoundToken(
                owner=owner.name,
                scheme=use.scheme.name,
                proven=owner.proven,
                stated=schemes[use.scheme.name].bound_tokens,
                certificate=both,
                request=chosen.request(operation, base_path),
                bare=replace(rest, uses=chosen.uses).request(operation, base_path),
            )
    return None


def claims_of(token: str) -> dict[str, object] | None:
    """Return the claims set of a signed JWT (RFC 7519 §3); ``None`` for an opaque or encrypted token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def thumbprint(sha256: str) -> str:
    """Encode a hexadecimal SHA-256 fingerprint as in ``x5t#S256``."""
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


def _is_named(identity: ClientIdentity, claims: Mapping[str, object]) -> bool:
    confirmation = claims.get("cnf")
    if identity.certificate is None or not isinstance(confirmation, dict):
        return False
    return confirmation.get(CONFIRMATION) == thumbprint(identity.certificate.sha256)
