"""What a caller writes into a body so that it can be found again: a text, a number or a whole body. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from specdrift.body.values import words_of
from specdrift.checks.certificate.body_members import Value, has_members, members, with_value
from specdrift.checks.core.base import PlannedOperation
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
FILE = "binary"
"""``format`` of a member that is a file (OpenAPI 3.0)."""


class MarkKind(StrEnum):
    """What takes the mark."""

    TEXT = "text"
    NUMBER = "number"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mark is written. ``member`` is a member of the body, empty for the whole body; ``digits`` are those of a
    number.
    """

    kind: MarkKind
    member: str = ""
    digits: int = 0

    @property
    def in_words(self) -> str:
        """What it is, in a message."""
        return f'"{self.member}"' if self.member else "body"

    def value(self, seed: str) -> Value:
        """Return the value that only this seed gives."""
        digest = sha256(seed.encode()).hexdigest()
        if self.kind is MarkKind.NUMBER:
            least: int = 10 ** (self.digits - 1)
            return least + int(digest, 16) % (9 * least)
        return f"specdrift{digest}"[:LONGEST_TEXT]

    def written(self, content: bytes, media_type: str, value: Value) -> bytes:
        """Return the body with this value."""
        if self.kind is MarkKind.BODY:
            return str(value).encode()
        return with_value(content, media_type, self.member, value)


def shows(http: HttpFacts, value: Value) -> bool:
    """Return whether an answer has the value: in its beginning, or among the values that are kept of all of it."""
    text, values = str(value), unpack(http.values)
    begins = re.search(rf"(?<!\d){re.escape(text)}(?!\d)", http.body_excerpt) is not None
    return begins or any(number in values for number, _ in words_of(text))


def mark_for(planned: PlannedOperation) -> Mark | None:
    """Return where a mark of an operation is best written; ``None`` if its body takes none."""
    body, content = planned.operation.body, planned.request.body
    if body is None or not content:
        return None
    if not has_members(body.media_type):
        return Mark(MarkKind.BODY) if body.media_type.lower().startswith(OPAQUE) else None
    present = members(content, body.media_type)
    declared = {one.name: one for one in planned.operation.inputs if one.place is Place.BODY}
    texts = [
        name for name in _names(present, declared) if _is_for_text(present.get(name, ""), declared.get(name))
    ]
    likely = (name for word in TEXTS for name in texts if name.lower() == word)
    text = next(likely, texts[0] if texts else "")
    return Mark(MarkKind.TEXT, text) if text else next(_numbers(present, declared), None)


def _names(present: Mapping[str, object], declared: Mapping[str, Input]) -> Iterator[str]:
    yield from dict.fromkeys((*present, *declared))


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


def _numbers(present: Mapping[str, object], declared: Mapping[str, Input]) -> Iterator[Mark]:
    """Yield a mark for each number that the document gives room for."""
    for name in _names(present, declared):
        is_number = isinstance(present.get(name), int | float) and not isinstance(present.get(name), bool)
        one = declared.get(name)
        if one is not None and (one.several or one.constraint.type not in ("integer", "number")):
            continue
        if one is None and not is_number:
            continue
        limits = one.constraint if one else Constraint()
        digits = next((count for count in DIGITS if _has_room(limits, count)), 0)
        if digits and not limits.allowed:
            yield Mark(MarkKind.NUMBER, name, digits)


def _has_room(limits: Constraint, digits: int) -> bool:
    least, most = limits.minimum, limits.maximum
    return (least is None or least <= 10 ** (digits - 1)) and (most is None or most >= 10**digits - 1)
