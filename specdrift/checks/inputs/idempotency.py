"""Keys of requests that a server answers once: the answer to a second one is a stored one. Pure.

The Idempotency-Key HTTP Header Field, draft-ietf-httpapi-idempotency-key-header.
"""

from collections.abc import Iterator
from hashlib import sha256

from msgspec.structs import replace

from specdrift.model.exchange.probe import Request

MARK = "idempotency"
"""In the names of such header fields."""
CHANGED = 12
"""Characters at the end of a key that change: in a UUID those that mean nothing."""
DIGITS, LOWER, UPPER = "0123456789", "abcdef", "ABCDEF"


def with_key_of(request: Request, seed: str) -> Request:
    """Return the request with another key in the form of its own; unchanged if it has none."""
    return replace(request, headers=tuple(_fields(request, seed)))


def _fields(request: Request, seed: str) -> Iterator[tuple[str, str]]:
    for name, value in request.headers:
        is_key = MARK in name.lower()
        yield name, _another(value, seed) if is_key else value


def _another(key: str, seed: str) -> str:
    """Exchange digits for digits and letters for letters, so that the key stays valid."""
    numbers = sha256(f"{seed} {key}".encode()).digest()
    changed = (_exchanged(one, number) for one, number in zip(key[-CHANGED:], numbers, strict=False))
    return key[:-CHANGED] + "".join(changed)


def _exchanged(character: str, number: int) -> str:
    kind = next((each for each in (DIGITS, LOWER, UPPER) if character in each), character)
    return kind[number % len(kind)]
