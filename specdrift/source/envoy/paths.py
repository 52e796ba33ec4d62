"""Paths as Envoy normalises them, if its configuration says so."""

import re
from enum import Enum

from msgspec import Struct

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_ESCAPED_SLASH = re.compile(r"%(?:2[Ff]|5[Cc])")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class SlashAction(Enum):
    """What Envoy does about escaped slashes."""

    KEEP = "KEEP_UNCHANGED"
    REJECT = "REJECT_REQUEST"
    REDIRECT = "UNESCAPE_AND_REDIRECT"
    FORWARD = "UNESCAPE_AND_FORWARD"


class PathRejected(ValueError):
    """Envoy answers 400."""


class PathRedirected(ValueError):
    """Envoy redirects to the path without escaped slashes."""


class PathRules(Struct, frozen=True, kw_only=True):
    normalize: bool
    merge_slashes: bool
    escaped_slashes: SlashAction


def normalized(target: str, rules: PathRules) -> str:
    """Return a request's target as filters, routes and the service behind see it.

    Raises PathRejected and PathRedirected.
    """
    target = target.partition("#")[0]
    path, question, query = target.partition("?")
    if _ESCAPED_SLASH.search(path):
        if rules.escaped_slashes is SlashAction.REJECT:
            raise PathRejected(target)
        if rules.escaped_slashes is SlashAction.REDIRECT:
            raise PathRedirected(target)
        if rules.escaped_slashes is SlashAction.FORWARD:
            path = re.sub(r"%2[Ff]", "/", path)
            path = re.sub(r"%5[Cc]", r"\\", path)
    if rules.normalize:
        path = _canonical(path)
    if rules.merge_slashes:
        path = re.sub(r"/{2,}", "/", path)
    return path + question + query


def _canonical(path: str) -> str:
    """Decode unreserved characters, turn backslashes into slashes, and resolve dot segments (WHATWG URL)."""
    path = _ESCAPE.sub(_unreserved, path).replace("\\", "/")
    done: list[str] = []
    segments = path[1:].split("/")
    for number, segment in enumerate(segments, start=1):
        last = number == len(segments)
        if segment == "..":
            del done[-1:]
        elif segment != ".":
            done.append(segment)
            continue
        if last:
            done.append("")
    return "/" + "/".join(done)


def _unreserved(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in UNRESERVED else found[0]
