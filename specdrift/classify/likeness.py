"""Whether two answers are of the same kind. Pure."""

import re

from specdrift.model.exchange.observation import HttpFacts

RELATED = 0.6
"""Share of common members (Jaccard) from which two bodies count as variants of one answer."""

LEAST_FILE, RELATED_LENGTH = 1024, 0.8
"""Bytes from which a file is no placeholder, and how much shorter another of its kind may be."""
OF_NO_BODY = ("content-type", "content-length")
"""What is said of a body that did not come (RFC 9110 §9.3.2)."""

AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//([^/?#]*)", re.IGNORECASE)
QUERY = re.compile(r"\?[^#]*")
IDENTIFIER = re.compile(r"\d+(\.\w+)?|(?=.*\d)[\w.~-]{8,}")
"""A segment of a path that stands for one thing among many: a number, or a longer word with digits in it."""


def same_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Same status and the same body structure: what one handler gives to two callers."""
    return one.status == other.status and _same_body(one, other)


def way_of(answer: HttpFacts) -> tuple[str, ...]:
    """Where a redirect leads: its host and the segments of its path. Empty for any other answer.

    The fragment is part of the path: that is where applications in the browser have theirs.
    """
    if not 300 <= answer.status < 400:
        return ()
    location = answer.header("location").strip()
    authority = AUTHORITY.match(location)
    path = QUERY.sub("", location[authority.end() :] if authority else location)
    return (authority[1].lower() if authority else "", *filter(None, re.split("[/#]", path)))


def place_of(answer: HttpFacts) -> tuple[str, ...]:
    """The same with a blank for each identifier, which differs from caller to caller."""
    return tuple("" if IDENTIFIER.fullmatch(segment) else segment for segment in way_of(answer))


def related_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Same status, and bodies that share most of their members: one handler, other data."""
    return one.status == other.status and related_body(one, other)


def related_body(one: HttpFacts, other: HttpFacts) -> bool:
    """Bodies that share most of their members; of files the type and about the length."""
    if one.shape.kind != other.shape.kind:
        return False
    if one.shape.kind == "binary":
        shorter, longer = sorted((one.length, other.length))
        return one.shape == other.shape and shorter >= max(LEAST_FILE, RELATED_LENGTH * longer)
    return _overlap(one.shape.members, other.shape.members) >= RELATED


def _same_body(one: HttpFacts, other: HttpFacts) -> bool:
    """Where no body came, as after HEAD, what the head says of it has to do: nothing may speak against it."""
    if (one.shape.kind, one.shape.skeleton) != (other.shape.kind, other.shape.skeleton):
        return False
    if one.shape.kind == "binary":
        return one.body_sha256 == other.body_sha256
    return one.shape.kind != "empty" or all(_agree(one.header(n), other.header(n)) for n in OF_NO_BODY)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 0.0
