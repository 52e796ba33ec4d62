"""Values that resemble a configured API key or token, and that no server may accept. Pure.

A server that looks at the form of a key, at its beginning, or at the claims of a JSON Web Token (RFC 7519) without its
signature refuses a made-up value all the same.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from json import loads
from string import ascii_lowercase, ascii_uppercase, digits

from specdrift.checks.core.credentials import CredentialChange
from specdrift.model.contract.requirement import SchemeType, SecurityScheme
from specdrift.settings import SchemeSettings

SHORTEST = 8
"""Shorter keys have no part that tells one from another."""
KINDS = (digits, ascii_lowercase[:6], ascii_lowercase, ascii_uppercase[:6], ascii_uppercase)
NO_ALGORITHM = b'{"alg":"none","typ":"JWT"}'
"""RFC 7519 §6.1."""


def altered_values(value: str) -> Iterator[tuple[CredentialChange, str]]:
    """Yield the altered forms of a key or token."""
    parts = value.split(".")
    if _is_signed_token(parts):
        header, claims, signature = parts
        yield CredentialChange.OTHER_SIGNATURE, f"{header}.{claims}.{_other_signature(signature)}"
        yield CredentialChange.WITHOUT_SIGNATURE, f"{header}.{claims}."
        yield CredentialChange.UNSIGNED, f"{_encoded(NO_ALGORITHM)}.{claims}."
    elif len(value) >= SHORTEST:
        if (other := _with_another_letter(value)) != value:
            yield CredentialChange.OTHER_LETTER, other
        yield CredentialChange.CUT, value[: len(value) * 3 // 4]


def altered_of(scheme: SecurityScheme, value: str) -> Iterator[tuple[CredentialChange, str]]:
    """Yield the altered forms of the value of a scheme. A header or parameter of a key may also be empty.

    So may a password: directories take a bind without one as anonymous, and say that it succeeded (RFC 4513 §5.1.2).
    """
    if is_basic(scheme):
        user, colon, password = value.partition(":")
        if user and password:
            yield CredentialChange.EMPTY_PASSWORD, user + colon
        return
    if scheme.type is SchemeType.API_KEY:
        yield CredentialChange.EMPTY, ""
    yield from altered_values(value)


def is_basic(scheme: SecurityScheme) -> bool:
    """Return whether a scheme is a user with a password (RFC 7617)."""
    return scheme.type is SchemeType.HTTP and scheme.http_scheme == "basic"


def secret_forms(schemes: Iterable[SchemeSettings]) -> Iterator[str]:
    """Yield all altered forms of configured values: each shows most of a secret."""
    for scheme in schemes:
        for secret in filter(None, (scheme.value, scheme.token, *scheme.tokens.values())):
            yield from (altered for _, altered in altered_values(secret.reveal()))


def _is_signed_token(parts: list[str]) -> bool:
    if len(parts) != 3 or not all(parts):
        return False
    try:
        header = loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


def _other_signature(signature: str) -> str:
    """Return a signature of the same length, which no key makes."""
    made = hashlib.shake_256(signature.encode()).digest(len(signature))
    return _encoded(made)[: len(signature)]


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _with_another_letter(value: str) -> str:
    """Return the value with one other letter of the same kind in its last third. Hexadecimal digits remain such.

    Not the last one: of a key in Base64, that may hold no bit of the key.
    """
    for at in range(len(value) * 3 // 4, len(value) // 2, -1):
        kind = next((kind for kind in KINDS if value[at] in kind), "")
        if kind:
            return value[:at] + kind[(kind.index(value[at]) + 1) % len(kind)] + value[at + 1 :]
    return value[: len(value) // 2] + value[: len(value) // 2][::-1]
