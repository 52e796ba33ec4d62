"""Whether two answers are of the same kind. Pure."""

import re

from specdrift.model.observation import BodyShape, HttpFacts

RELATED = 0.6
"""Share of common members (Jaccard) from which two bodies count as variants of one answer."""

AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//([^/?#]*)", re.IGNORECASE)
QUERY = re.compile(r"\?[^#]*")
IDENTIFIER = re.compile(r"\d+(\.\w+)?|(?=.*\d)[\w.~-]{8,}")
"""A segment of a path that stands for one thing among many: a number, or a longer word with digits in it."""


def same_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Same status and the same body structure: what one handler gives to two callers."""
    return one.status == other.status and _same_shape(one.shape, other.shape)


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
    if one.status != other.status or one.shape.kind != other.shape.kind:
        return False
    return _overlap(one.shape.members, other.shape.members) >= RELATED


def _same_shape(one: BodyShape, other: BodyShape) -> bool:
    return one.kind == other.kind and one.skeleton == other.skeleton


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 0.0
