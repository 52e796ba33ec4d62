"""Values that a guard takes for a credential because its own is not set, or was never changed. Pure.

A key that is compared with an unset variable equals the text of the absent value; one that was left at its template,
that of the template. A token signed with a key that examples have (HS256, RFC 7518 §3.2) can be made by anyone.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from itertools import zip_longest

ABSENT = ("undefined", "null", "None", "nil", "${API_KEY}", "changeme", "false", "secret")
"""The absent value as languages write it, a template that was not filled, and what templates are filled with."""
KEYS = (
    "secret",
    "",
    "changeme",
    "your-256-bit-secret",
    "your_jwt_secret",
    "a-string-secret-at-least-256-bits-long",
)
"""Signing keys of examples, of jwt.io among them, and the empty one."""
UNSET = "an unset or never changed key"
SIGNED = "a well-known signing key"
EXPIRES = 4102444800
"""In 2100."""
HEADER = {"alg": "HS256", "typ": "JWT"}


def guesses(name: str, roles: tuple[str, ...], nonce: str) -> Iterator[tuple[str, str, str]]:
    """Yield what each value is, the value, and one of the same form that stands for nothing.

    ``name`` and ``roles``: of a client that may call the operation; ``nonce``: a text that no server has.
    """
    claims: dict[str, object] = {"sub": name, "name": name, "username": name, "exp": EXPIRES, "iat": 1}
    claims |= {"role": roles[0] if roles else "", "roles": roles, "scope": " ".join(roles)}
    tokens = ((f'{SIGNED} ("{key}")', signed(claims, key), signed(claims, nonce)) for key in KEYS)
    texts = ((f'{UNSET} ("{text}")', text, nonce) for text in ABSENT)
    for pair in zip_longest(texts, tokens):
        yield from filter(None, pair)


def signed(claims: Mapping[str, object], key: str) -> str:
    """Return a JSON Web Token with a signature by a shared key (RFC 7515 §3.1)."""
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (HEADER, claims))
    content = ".".join(map(_encoded, parts))
    return f"{content}.{_encoded(hmac.digest(key.encode(), content.encode(), hashlib.sha256))}"


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
