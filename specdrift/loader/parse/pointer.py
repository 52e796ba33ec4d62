"""JSON Pointers (RFC 6901), as plain strings and as URI fragments."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

Tokens = tuple[str, ...]

_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def encode(tokens: Iterable[str]) -> str:
    """The pointer to the value that these reference tokens lead to; ``""`` is the whole document."""
    return "".join(["/" + token.replace("~", "~0").replace("/", "~1") for token in tokens])


def decode(pointer: str) -> Tokens:
    """Reference tokens of a pointer: ``~1`` first, then ``~0``, once each (RFC 6901 §4).

    Raises ``ValueError`` when it is neither empty nor begins with a slash.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(pointer)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))


def decode_fragment(fragment: str) -> Tokens:
    """As :func:`decode`, for a URI fragment: percent-decoded once before (RFC 6901 §6)."""
    return decode(unquote(fragment))


def step(value: object, token: str) -> object:
    """One reference token further down. Raises ``LookupError`` where there is nothing.

    Array indexes have no leading zeros (RFC 6901 §4): ``01`` is not found rather than guessed at.
    """
    if isinstance(value, dict):
        return value[token]
    if isinstance(value, list) and _ARRAY_INDEX.fullmatch(token):
        return value[int(token)]
    raise LookupError(token)
