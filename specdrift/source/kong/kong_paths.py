"""Paths as Kong compares them, and as the service behind gets them."""

import re
from urllib.parse import quote

from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.kong.kong_entities import RoutePath

LONGEST = 8192
RESERVED = frozenset("!*'();:@&=+$,/?%#[]")
"""Escapes of these stay; what any other escape means is compared decoded."""
KEPT = "!#$&'()*+,/:;=?@[]-_.~%"
"""What Kong sends on as it is, beside letters and digits."""
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20\x7f]")
"""In a target: nginx, which Kong is built on, answers 400."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def normalized(path: str) -> str:
    """Return a path as Kong 3 compares it: letters decoded, without dot segments and double slashes."""
    if len(path) > LONGEST:
        raise Undetermined("a long path")
    decoded = _ESCAPE.sub(_unescaped, path) if "%" in path else path
    parts: list[str] = []
    segments = decoded.split("/")[1:]
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            del parts[-1:]
        elif segment not in ("", "."):
            parts.append(segment)
        if last and segment in ("", ".", ".."):
            parts.append("")
    return "/" + "/".join(parts)


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return found[0].upper() if letter in RESERVED else letter


def sent_path(path: str) -> str:
    """Return a path as the service gets it."""
    marked = UNKNOWN_PART in path
    return path if marked else quote(path.encode("latin-1", "replace"), safe=KEPT)


def matched_part(one: RoutePath, path: str) -> str | None:
    """Return the beginning of a path that an entry of ``paths`` takes. Raises Undetermined."""
    if not one.regex:
        return one.written if path.startswith(one.written) else None
    try:
        # One router anchors the first alternative only, the other one all of them.
        first = compiled(f"^{one.written}").search(path)
        whole = compiled(f"^(?:{one.written})").search(path)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), one.at) from None
    if (first and first.span()) != (whole and whole.span()):
        raise Undetermined("alternatives in a path, of which the router may anchor the first", one.at)
    return whole[0] if whole else None


def upstream_path(path: str, prefix: str | None, base: str, *, first_handling: bool) -> str:
    """Return path and base of the service together. ``prefix`` is what is stripped; ``None`` for nothing.

    ``first_handling``: as ``path_handling: v1`` says, which joins them without a slash.
    """
    base = base or "/"
    rest = _without_dots(path[len(prefix) :]) if prefix is not None else path
    if first_handling:
        return _joined_as_written(base, rest, stripped=prefix is not None)
    if prefix is None:
        if base.endswith("/"):
            return base + path[1:]
        return base if path == "/" else base + path
    if not rest:
        if base == "/":
            return "/"
        slash = len(path) > 1 and path.endswith("/")
        return base.rstrip("/") + "/" if slash and not base.endswith("/") else _base_alone(base, slash=slash)
    return base.removesuffix("/") + rest if rest.startswith("/") else base.removesuffix("/") + "/" + rest


def _base_alone(base: str, *, slash: bool) -> str:
    return base if slash or not base.endswith("/") else base[:-1]


def _joined_as_written(base: str, rest: str, *, stripped: bool) -> str:
    if not stripped:
        return base + rest[1:]
    return base[:-1] + rest if base.endswith("/") and rest.startswith("/") else base + rest


def _without_dots(rest: str) -> str:
    if rest in (".", ".."):
        return ""
    return rest[2:] if rest.startswith("./") else rest.removeprefix("../")
