"""Whether two answers are of the same kind. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from itertools import chain

from specdrift.body.binary import is_binary
from specdrift.body.cut_json import completed
from specdrift.body.denial import DENIAL
from specdrift.body.json_text import read_json
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts

RELATED = 0.6
"""Share of common members (Jaccard) from which two bodies count as variants of one answer."""

LEAST_FILE, RELATED_LENGTH = 1024, 0.8
"""Bytes from which a file is no placeholder, and the least relative length of another version of it."""
BODY_HEADERS = ("content-type", "content-length")
"""Headers that describe the body also where it is not sent, as after HEAD (RFC 9110 §9.3.2)."""

AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//([^/?#]*)", re.IGNORECASE)
QUERY = re.compile(r"\?[^#]*")
IDENTIFIER = re.compile(r"\d+(\.\w+)?|(?=.*\d)[\w.~-]{8,}")
"""A path segment that is an identifier: a number, or a longer word with digits."""


SHARED = frozenset({("json", ""), ("empty", "")})
"""Formats without a layout."""


def same_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Return whether status and body structure are the same: one handler's answers to two callers."""
    return one.status == other.status and _same_body(one, other)


def is_emptied(answer: HttpFacts, other: HttpFacts) -> bool:
    """Return whether an answer is an object of another one's members without its content, and reports no error.

    Its lists are empty and its numbers zero, as where a handler finds nothing for a caller.
    """
    if DENIAL in answer.shape.signs or not set(answer.shape.members) <= set(other.shape.members):
        return False
    mine, theirs = _object_in(answer), _object_in(other)
    is_empty = all(_is_empty(value) or value == theirs.get(name) for name, value in mine.items())
    return is_empty and any(_lacks(value, theirs.get(name)) for name, value in mine.items())


def _object_in(answer: HttpFacts) -> Mapping[str, object]:
    if answer.shape.kind != "json":
        return {}
    for text in (answer.body_excerpt, completed(answer.body_excerpt)):
        with suppress(ValueError, RecursionError):
            found = read_json(text)
            return found if isinstance(found, dict) else {}
    return {}


def _is_empty(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    return value in (None, 0, "", [])


def _lacks(value: object, other: object) -> bool:
    """Return whether a value is a list or an object without the content that another one has."""
    return isinstance(value, list | dict) and _is_empty(value) and bool(other) and not _is_empty(other)


def redirects(answer: HttpFacts) -> bool:
    """Return whether an answer leads elsewhere by its status (RFC 9110 §15.4): 304 is about a stored answer."""
    return 300 <= answer.status < 400 and answer.status != HTTPStatus.NOT_MODIFIED


def redirect_target(answer: HttpFacts) -> tuple[str, ...]:
    """Return host and path segments of a redirect's target; empty for any other answer.

    The fragment counts as path: applications in the browser have theirs in it.
    """
    if not redirects(answer):
        return ()
    location = answer.header("location").strip()
    authority = AUTHORITY.match(location)
    path = QUERY.sub("", location[authority.end() :] if authority else location)
    return (authority[1].lower() if authority else "", *filter(None, re.split("[/#]", path)))


def redirect_pattern(answer: HttpFacts) -> tuple[str, ...]:
    """Return the redirect target with an empty string for each identifier, which may differ between callers."""
    if not redirects(answer):
        return ()
    return tuple("" if IDENTIFIER.fullmatch(segment) else segment for segment in redirect_target(answer))


def related_answer(one: HttpFacts, other: HttpFacts) -> bool:
    """Return whether the status is the same and the bodies share most members: one handler, other data."""
    return one.status == other.status and related_body(one, other)


def alone_in_format(answers: Mapping[OperationKey, Iterable[HttpFacts]]) -> frozenset[OperationKey]:
    """Return the operations that share no format with another one: what of their answers is layout is not known.

    Members tell the data of JSON from its envelope, so that it is alone only without any other operation.
    """
    formats = {operation: set(map(format_of, own)) for operation, own in answers.items()}
    times = Counter(chain.from_iterable(formats.values()))
    return frozenset(
        operation
        for operation, own in formats.items()
        if len(formats) == 1 or all(times[each] == 1 and each not in SHARED for each in own)
    )


def format_of(answer: HttpFacts) -> tuple[str, str]:
    """Return what may have a layout or an envelope in common: JSON, pages, documents and files of one media type."""
    media_type = answer.header("content-type").partition(";")[0].strip().lower()
    is_one = answer.shape.kind == "html" or (answer.shape.kind == "json" and not is_binary(media_type))
    return answer.shape.kind, "" if is_one else media_type


def related_body(one: HttpFacts, other: HttpFacts) -> bool:
    """Return whether bodies share most members; for files, type and approximate length."""
    if one.shape.kind != other.shape.kind:
        return False
    if one.shape.kind == "binary":
        shorter, longer = sorted((one.length, other.length))
        return one.shape == other.shape and shorter >= max(LEAST_FILE, RELATED_LENGTH * longer)
    return _overlap(one.shape.members, other.shape.members) >= RELATED


def built_alike(one: HttpFacts, other: HttpFacts) -> bool:
    """Return whether bodies have the same structure, whatever the status. Binary ones have none but their length."""
    if "binary" in (one.shape.kind, other.shape.kind):
        return related_body(one, other)
    same = (one.shape.kind, one.shape.skeleton) == (other.shape.kind, other.shape.skeleton)
    return same and one.shape.kind != "empty"


def distinct(answers: Iterable[HttpFacts]) -> Iterator[HttpFacts]:
    """Yield one response of each kind. Binary bodies are compared by their bytes, empty ones by Content-Length."""
    known = set()
    for answer in answers:
        shape = answer.shape
        detail = {"binary": answer.body_sha256, "empty": answer.header("content-length")}.get(shape.kind, "")
        kind = (answer.status, shape.kind, shape.skeleton, redirect_pattern(answer), detail)
        if kind not in known:
            known.add(kind)
            yield answer


def _same_body(one: HttpFacts, other: HttpFacts) -> bool:
    """Return whether body structures are the same. Without bodies, the headers that describe them must not differ."""
    if (one.shape.kind, one.shape.skeleton) != (other.shape.kind, other.shape.skeleton):
        return False
    if one.shape.kind == "binary":
        return one.body_sha256 == other.body_sha256
    return one.shape.kind != "empty" or all(_agree(one.header(n), other.header(n)) for n in BODY_HEADERS)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 0.0
