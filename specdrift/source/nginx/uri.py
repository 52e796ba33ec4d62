"""The path of a request as nginx decodes, merges and resolves it (``ngx_http_parse_complex_uri``)."""

import re
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

SAFE = "/:@!$&'()*+,;=-._~\"<>[]\\^`{|}"
"""Characters that nginx does not escape again, beside letters and digits."""
KEPT = 1 << 12
"""Targets that are kept: each is decided at many servers."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")


class BadUri(ValueError):
    """nginx answers 400."""


class RequestUri(Struct, frozen=True):
    path: str
    """Decoded; bytes beyond ASCII as Latin-1."""
    args: str


@lru_cache(maxsize=KEPT)
def parse(target: str, *, merge_slashes: bool) -> RequestUri:
    """Return path and query of a request's target. Raises BadUri."""
    if not target.startswith("/"):
        raise BadUri(target)
    written, _, args = target.partition("#")[0].partition("?")
    return RequestUri(_resolved(_ESCAPE.sub(_decoded, written), merge_slashes=merge_slashes), args)


def _decoded(found: re.Match[str]) -> str:
    if found[1] in (None, "00"):
        raise BadUri(found.string)
    return chr(int(found[1], 16))


def _resolved(path: str, *, merge_slashes: bool) -> str:
    """Resolve dot segments, and merge slashes; decoded dots and slashes count."""
    segments = path[1:].split("/")
    done: list[str] = []
    for number, segment in enumerate(segments, start=1):
        last = number == len(segments)
        if segment in (".", ".."):
            if segment == "..":
                _up(done)
            if last:
                done.append("")
        elif segment or last or not merge_slashes:
            done.append(segment)
    return "/" + "/".join(done)


def _up(done: list[str]) -> None:
    if not done:
        raise BadUri("..")
    done.pop()


def escaped(path: str) -> str:
    """Escape a decoded path for a request to the service behind."""
    return quote(path.encode("latin-1", "replace"), safe=SAFE)
