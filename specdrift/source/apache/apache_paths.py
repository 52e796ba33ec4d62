"""How Apache decodes the path of a request, and encodes one for a service."""

import re
from urllib.parse import quote, unquote_to_bytes

BAD_REQUEST, NOT_FOUND = 400, 404
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aA]|5[fF]|6[1-9a-fA-F]|7[0-9aA]|7[eE])")
_ENCODED_SLASH = re.compile(r"%2[fF]")
KEPT = "~$-_.+!*'(),;:@&=/"
"""What is not encoded in the path that a service gets."""


class RefusedPathError(ValueError):
    """A path that Apache refuses."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def decoded(path: str, *, slashes: str, merge: bool) -> str:
    """Return the path of a request as sections match it. Raises RefusedPathError.

    ``slashes`` is the value of AllowEncodedSlashes, ``merge`` that of MergeSlashes.
    """
    found = normalized(_UNRESERVED.sub(lambda one: chr(int(one[1], 16)), path), merge=merge)
    if _BROKEN.search(found):
        raise RefusedPathError(BAD_REQUEST)
    if "%00" in found or (slashes == "off" and _ENCODED_SLASH.search(found)):
        raise RefusedPathError(NOT_FOUND)
    if slashes == "nodecode":
        parts = re.split(r"(%2[fF])", found)
        return "".join(part if number % 2 else _unquoted(part) for number, part in enumerate(parts))
    found = _unquoted(found)
    return normalized(found, merge=merge) if slashes == "on" else found


def _unquoted(text: str) -> str:
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("latin-1")


def normalized(path: str, *, merge: bool) -> str:
    """Remove dot segments, and merge slashes. Raises RefusedPathError for a path above the root."""
    done: list[str] = []
    segments = path.split("/")[1:]
    for number, one in enumerate(segments):
        final = number == len(segments) - 1
        if one == "." or (merge and not one and not final):
            done += [""] if final else []
        elif one == "..":
            if not done:
                raise RefusedPathError(BAD_REQUEST)
            done.pop()
            done += [""] if final else []
        else:
            done.append(one)
    return "/" + "/".join(done)


def encoded(path: str) -> str:
    """Return a path as a service gets it."""
    return quote(path.encode("latin-1", "replace"), safe=KEPT)


def matched_length(alias: str, path: str) -> int:
    """Return how much of a path the beginning of an alias takes; 0 if it is not its beginning."""
    at = number = 0
    while number < len(alias):
        if alias[number] == "/":
            if path[at : at + 1] != "/":
                return 0
            while alias[number : number + 1] == "/":
                number += 1
            while path[at : at + 1] == "/":
                at += 1
        elif path[at : at + 1] != alias[number]:
            return 0
        else:
            at, number = at + 1, number + 1
    return 0 if alias[-1:] != "/" and path[at : at + 1] not in ("", "/") else at
