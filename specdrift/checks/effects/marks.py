"""What a caller writes into a body so that it can be found again: a text, a number or a whole body. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from specdrift.body.values import words_of
from specdrift.checks.choices.body_members import (
    Path,
    Value,
    has_members,
    members,
    nested,
    with_nested,
    with_value,
)
from specdrift.checks.core.base import PlannedOperation
from specdrift.checks.effects.shaped import shaped
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import unpack

TEXTS = ("text", "note", "comment", "description", "title", "summary", "remark", "message", "name", "label")
"""Names of members that most likely take any text, the likeliest first."""
LONGEST_TEXT = 24
"""Characters that a member must take."""
DIGITS = (6, 7, 5)
"""Digits of a number that is hardly anywhere else, those that servers most likely take first."""
OPAQUE = ("text/", "application/octet-stream")
"""Media types, or their beginnings, whose bodies may be any text."""
DIGESTS = ("sha256", "sha1", "md5")
FILE = "binary"
"""``format`` of a member that is a file (OpenAPI 3.0)."""


ANY = Constraint()
TRIES = 8
"""Seeds that are tried for a text within limits."""


class MarkKind(StrEnum):
    """What takes the mark."""

    TEXT = "text"
    NUMBER = "number"
    BODY = "body"
    CHOICE = "choice"
    """One of two values. A server may change it by itself in one direction: it is written there and back."""


class Mark(Struct, frozen=True):
    """Where a mark is written. ``path`` leads to a member of the body, and is empty for the whole body; ``digits`` are
    those of a number; ``choices`` are what the valid certificate writes, and another value.
    """

    kind: MarkKind
    path: Path = ()
    digits: int = 0
    choices: tuple[Value, ...] = ()
    example: str = ""
    """A text that the mark looks like, where the document limits the member; empty: any text."""
    limits: Constraint = ANY

    @property
    def is_unique(self) -> bool:
        """Whether hardly anything else is equal to it; a choice or a day may be."""
        return self.kind is not MarkKind.CHOICE and not self.example

    @property
    def turns(self) -> int:
        """How often a caller writes."""
        return max(1, len(self.choices))

    @property
    def member(self) -> str:
        """The path in one text; empty for the whole body."""
        return ".".join(self.path)

    @property
    def in_words(self) -> str:
        """What it is, in a message."""
        return f'"{self.member}"' if self.member else "body"

    def value(self, seed: str, turn: int = 0) -> Value:
        """Return the value that only this seed gives, or the choice of a turn."""
        if self.choices:
            return self.choices[turn % len(self.choices)]
        tries = range(TRIES) if self.example else ()
        if found := next(
            (text for n in tries if (text := shaped(self.example, self.limits, f"{seed} {n}"))), ""
        ):
            return found
        digest = hashlib.sha256(seed.encode()).hexdigest()
        if self.kind is MarkKind.NUMBER:
            least: int = 10 ** (self.digits - 1)
            return least + int(digest, 16) % (9 * least)
        return f"specdrift{digest}"[:LONGEST_TEXT]

    def written(self, content: bytes, media_type: str, value: Value) -> bytes:
        """Return the body with this value."""
        if self.kind is MarkKind.BODY:
            return str(value).encode()
        if len(self.path) > 1:
            return with_nested(content, self.path, value)
        return with_value(content, media_type, self.path[0], value)

    def is_in(self, http: HttpFacts, value: Value) -> bool:
        """Return whether an answer has the value, or a digest of the body that it is: lists of files have these."""
        if self.kind is MarkKind.CHOICE:
            return _values_named(http.body_excerpt, self.path[-1]) == [value]
        return any(_shows(http, form) for form in self._forms(value))

    def is_part_of(self, found: object, value: Value) -> bool:
        """Return whether one value of an answer is, or has, the mark or its digest."""
        return any(_has(str(found), form) for form in self._forms(value))

    def _forms(self, value: Value) -> list[str]:
        text = str(value)
        digests = DIGESTS if self.kind is MarkKind.BODY else ()
        return [text, *(hashlib.new(n, text.encode(), usedforsecurity=False).hexdigest() for n in digests)]


def _has(text: str, form: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(form)}(?!\d)", text) is not None


def _shows(http: HttpFacts, text: str) -> bool:
    """Look in the beginning of an answer, and among the values that are kept of all of it."""
    values = unpack(http.values)
    return _has(http.body_excerpt, text) or any(number in values for number, _ in words_of(text))


def mark_for(planned: PlannedOperation) -> Mark | None:
    """Return where a mark of an operation is best written; ``None`` if its body takes none."""
    body, content = planned.operation.body, planned.request.body
    if body is None or not content:
        return None
    if not has_members(body.media_type):
        return Mark(MarkKind.BODY) if body.media_type.lower().startswith(OPAQUE) else None
    present = members(content, body.media_type)
    declared = {one.name: one for one in planned.operation.inputs if one.place is Place.BODY}
    return next(_best(present, declared, dict(nested(content, body.media_type))), None)


def _best(
    present: Mapping[str, object], declared: Mapping[str, Input], inner: Mapping[Path, object]
) -> Iterator[Mark]:
    """Yield marks, the best first. The document is not asked what members of inner objects take."""
    names = list(dict.fromkeys((*present, *declared)))
    texts = [(name,) for name in names if _is_for_text(present.get(name, ""), declared.get(name))]
    yield from _texts(sorted(texts, key=_rank))
    yield from _numbers(names, present, declared)
    inner_texts = sorted(
        (path for path, value in inner.items() if value and isinstance(value, str)), key=_rank
    )
    yield from _texts(path for path in inner_texts if path[-1].lower() in TEXTS)
    for path, value in inner.items():
        if _is_number(value):
            yield Mark(MarkKind.NUMBER, path, DIGITS[0])
    yield from _texts(inner_texts)
    yield from _shaped(names, present, declared)
    yield from _choices(names, present, declared)


def _texts(paths: Iterable[Path]) -> Iterator[Mark]:
    return (Mark(MarkKind.TEXT, path) for path in paths)


def _rank(path: Path) -> int:
    name = path[-1].lower()
    return TEXTS.index(name) if name in TEXTS else len(TEXTS)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_for_text(present: object, declared: Input | None) -> bool:
    if not isinstance(present, str):
        return False
    if declared is None:
        return bool(present)
    limits = declared.constraint
    if declared.several or limits.type not in ("", "string"):
        return False
    if limits.allowed or limits.pattern or limits.format not in ("", FILE):
        return False
    return limits.max_length is None or limits.max_length >= LONGEST_TEXT


def _shaped(
    names: Iterable[str], present: Mapping[str, object], declared: Mapping[str, Input]
) -> Iterator[Mark]:
    """Yield a mark for each text that the document limits, and that has room for others of its shape."""
    for name in names:
        own, limits = present.get(name), declared[name].constraint if name in declared else Constraint()
        if isinstance(own, str) and not limits.allowed and shaped(own, limits, name):
            yield Mark(MarkKind.TEXT, (name,), example=own, limits=limits)


def _numbers(
    names: Iterable[str], present: Mapping[str, object], declared: Mapping[str, Input]
) -> Iterator[Mark]:
    """Yield a mark for each number that the document gives room for."""
    for name in names:
        one = declared.get(name)
        limits = one.constraint if one else Constraint()
        is_number = limits.type in ("integer", "number") if one else _is_number(present.get(name))
        digits = next((count for count in DIGITS if _has_room(limits, count)), 0)
        if is_number and digits and not limits.allowed and not (one and one.several):
            yield Mark(MarkKind.NUMBER, (name,), digits)


def _choices(
    names: Iterable[str], present: Mapping[str, object], declared: Mapping[str, Input]
) -> Iterator[Mark]:
    """Yield a mark for each boolean, and each text of which the document lists the values."""
    for name in names:
        limits, own = declared[name].constraint if name in declared else Constraint(), present.get(name)
        if isinstance(own, bool):
            yield Mark(MarkKind.CHOICE, (name,), choices=(own, not own))
        elif (
            isinstance(own, int | float)
            and not limits.allowed
            and (near := near_number(own, limits)) is not None
        ):
            yield Mark(MarkKind.CHOICE, (name,), choices=(own, near))
        elif isinstance(own, str) and own in limits.allowed and len(limits.allowed) > 1:
            other = next(each for each in limits.allowed if each != own)
            yield Mark(MarkKind.CHOICE, (name,), choices=(own, other))


def near_number(own: float, limits: Constraint) -> float | None:
    """Return another number within the bounds."""
    least, most = limits.minimum, limits.maximum
    return next(
        (
            each
            for each in (own + 1, own - 1)
            if (least is None or each >= least) and (most is None or each <= most)
        ),
        None,
    )


def _values_named(text: str, name: str) -> list[object]:
    """Return the values of the members with this name in a JSON text, at any depth."""
    try:
        waiting: list[object] = [json.loads(text)]
    except (ValueError, RecursionError):
        return []
    found: list[object] = []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found += (value for key, value in one.items() if key == name)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def _has_room(limits: Constraint, digits: int) -> bool:
    least, most = limits.minimum, limits.maximum
    return (least is None or least <= 10 ** (digits - 1)) and (most is None or most >= 10**digits - 1)
