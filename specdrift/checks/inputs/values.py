"""Values that a schema does not allow, and how a message says what it allows. Pure.

Only what nobody can read as a value of the declared kind counts as wrong: ``"7"`` is an integer to many servers, and
``"specdrift"`` is one to none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from specdrift.model.contract.inputs import Constraint, Input, Place

WORDS = ("specdrift", "~", "specdrift!", "0")
"""What is sent where something else is due: the first that is wrong."""
STRICT_FORMATS = frozenset({"uuid", "date", "date-time", "email", "ipv4", "ipv6"})
"""Formats that none of the words has."""
WIDTHS = {"int32": 2**31, "int64": 2**63}
"""The first number that a format has no place for."""
LONG = 6000
"""Characters of an oversized value: more than a parameter has, less than a request line may."""
LONGEST_PATTERN = 200


class InputDefect(StrEnum):
    """What is wrong with a value."""

    WRONG = "wrong"
    """Of another type, or none of the values, formats or patterns that are allowed."""
    RANGE = "range"
    LENGTH = "length"
    OVERSIZED = "oversized"
    DUPLICATE = "duplicate"
    TRAVERSAL = "traversal"
    MALFORMED = "malformed"
    """No JSON, under the name of it."""
    MEDIA = "media type"
    """The content as it is, under another name."""
    UNDECLARED = "undeclared"
    """A member of a body that must have none but the declared ones."""
    MISSING = "missing"
    """A member of a body that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """``text`` is for people, ``raw`` goes into a URL, ``json`` into a body. ``lenient`` is the raw value that a
    server may make of it: one that answers both the same cuts off or clamps, or does not look at all.
    """

    kind: InputDefect
    text: str
    raw: str
    json: object = None
    lenient: str = ""


def bad_values(asked: Input) -> Iterator[Bad]:
    """What the declared kind does not allow, the plainest first."""
    constraint = asked.constraint
    word = wrong_word(constraint)
    if asked.place is Place.BODY:
        yield from _bad_members(asked, word)
        return
    if word:
        yield Bad(kind=InputDefect.WRONG, text=word, raw=quote(word, safe=""))
    for value, bound in _beyond(constraint):
        yield Bad(kind=InputDefect.RANGE, text=value, raw=value, lenient=bound)
    if constraint.max_length is not None and constraint.max_length < LONG and not constraint.allowed:
        longest = "a" * constraint.max_length
        yield Bad(kind=InputDefect.LENGTH, text=f"{longest[:1]}…", raw=longest + "a", lenient=longest)


def _bad_members(asked: Input, word: str) -> Iterator[Bad]:
    """Servers make texts of numbers, but not of objects."""
    if asked.constraint.type == "string" and not asked.constraint.allowed:
        yield Bad(kind=InputDefect.WRONG, text=f"{{{WORDS[0]}: true}}", raw="", json={WORDS[0]: True})
    elif word:
        yield Bad(kind=InputDefect.WRONG, text=word, raw="", json=word)
    if asked.required:
        yield Bad(kind=InputDefect.MISSING, text="nothing", raw="")


def wrong_word(constraint: Constraint) -> str:
    """A word that is no value of this kind; empty where every word may be one."""
    tests = [test for applies, test in _TESTS if applies(constraint)]
    return next((word for word in WORDS if any(not test(constraint, word) for test in tests)), "")


def _is_allowed(constraint: Constraint, word: str) -> bool:
    return word.lower() in {one.lower() for one in constraint.allowed}


def _matches(constraint: Constraint, word: str) -> bool:
    """Whether it matches; a pattern that cannot be read allows everything."""
    try:
        return re.search(constraint.pattern, word) is not None
    except (re.error, OverflowError, RecursionError):
        return True


def _is_digits(_: Constraint, word: str) -> bool:
    return word.isdigit()


def _never(_: Constraint, __: str) -> bool:
    return False


Test = Callable[[Constraint, str], bool]
_TESTS: tuple[tuple[Callable[[Constraint], bool], Test], ...] = (
    (lambda c: bool(c.allowed), _is_allowed),
    (lambda c: c.type in ("integer", "number"), _is_digits),
    (lambda c: c.type == "boolean", _is_digits),
    (lambda c: c.format in STRICT_FORMATS, _never),
    (lambda c: 0 < len(c.pattern) <= LONGEST_PATTERN, _matches),
)


def _beyond(constraint: Constraint) -> Iterator[tuple[str, str]]:
    """Numbers just outside of the bounds, each with the bound."""
    if constraint.type not in ("integer", "number") or constraint.allowed:
        return
    low, high = constraint.minimum, constraint.maximum
    width = WIDTHS.get(constraint.format)
    if high is not None:
        yield _number(high + 1), _number(high)
    elif width is not None:
        yield str(width), str(width - 1)
    if low is not None:
        yield _number(low - 1), _number(low)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def described(constraint: Constraint) -> str:
    """What the document allows, as the end of a sentence: ``integer, 1 to 100``."""
    parts = [constraint.type] if constraint.type else []
    if constraint.allowed:
        shown = ", ".join(constraint.allowed[:5])
        parts.append(f"one of {shown}" + (", …" if len(constraint.allowed) > 5 else ""))
    if constraint.format:
        parts.append(f"format {constraint.format}")
    if constraint.pattern:
        parts.append(f"pattern {constraint.pattern[:40]}")
    parts += _bounds("", constraint.minimum, constraint.maximum)
    parts += _bounds(" characters", constraint.min_length, constraint.max_length)
    return ", ".join(parts)


def _bounds(unit: str, low: float | None, high: float | None) -> list[str]:
    if low is not None and high is not None:
        return [f"{_number(low)} to {_number(high)}{unit}"]
    if high is not None:
        return [f"at most {_number(high)}{unit}"]
    return [f"at least {_number(low)}{unit}"] if low is not None else []
