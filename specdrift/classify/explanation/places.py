"""Where something stands in a refusal, in words. Pure."""

from collections.abc import Iterable

from specdrift.classify.explanation.refused import MEMBER, Word

CUT = "*cut"
PLACES = {
    "": "the text",
    "/": "the text",
    MEMBER: "names of members",
    CUT: "the part of the body that is not kept",
    ":reason:": "the reason phrase",
    ":surplus:": "bytes after the body",
    ":close:": "the reason of the Close frame",
}
"""Places that have no name of their own, in words."""


def in_words(place: str) -> str:
    """Return the name of a place for people."""
    if place in PLACES:
        return PLACES[place]
    return f"{place.strip('/').replace('/', '.')}" if place.startswith("/") else place.removesuffix(":")


def places_of(words: Iterable[Word]) -> frozenset[str]:
    """Return the places of words."""
    return frozenset(word.piece.name for word in words)
