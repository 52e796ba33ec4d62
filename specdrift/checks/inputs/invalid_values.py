"""Values that a schema does not allow, and descriptions of what it allows. Pure.

Values that lenient servers convert are not used: many servers accept ``"7"`` as an integer, none ``"specdrift"``.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from urllib.parse import quote

from msgspec import Struct

from specdrift.model.contract.inputs import Constraint, Input, Place

WORDS = ("specdrift", "~", "specdrift!", "0")
"""Candidates for an invalid value; the first that is invalid is sent."""
STRICT_FORMATS = frozenset({"uuid", "date", "date-time", "email", "ipv4", "ipv6"})
"""Formats that no candidate has."""
WIDTHS = {"int32": 2**31, "int64": 2**63}
"""The first number out of range of a format."""
LONG = 6000
"""Characters of an oversized value, below the usual limit of a request line (8 KiB)."""
LONGEST_PATTERN = 200


class InputDefect(StrEnum):
    """What is wrong with a value."""

    WRONG = "wrong"
    """Of another type, or against enum, format or pattern."""
    RANGE = "range"
    LENGTH = "length"
    OVERSIZED = "oversized"
    DUPLICATE = "duplicate"
    TRAVERSAL = "traversal"
    MALFORMED = "malformed"
    """Invalid JSON with the media type of JSON."""
    MEDIA = "media type"
    """Valid content with another media type."""
    UNDECLARED = "undeclared"
    """An undeclared member in a closed object."""
    MISSING = "missing"
    """A missing required member."""


class InvalidValue(Struct, frozen=True, kw_only=True):
    """One invalid value."""

    kind: InputDefect
    text: str
    """For people."""
    raw: str
    """For a URL."""
    json: object = None
    """For a body."""
    lenient: str = ""
    """The raw value that a lenient server truncates or clamps it to: equal responses are no effect."""


def invalid_values(field: Input) -> Iterator[InvalidValue]:
    """Yield invalid values of an input, the simplest first."""
    constraint = field.constraint
    word = wrong_word(constraint)
    if field.place is Place.BODY:
        yield from _invalid_members(field, word)
        return
    if word:
        yield InvalidValue(kind=InputDefect.WRONG, text=word, raw=quote(word, safe=""))
    for value, bound in _beyond(constraint):
        yield InvalidValue(kind=InputDefect.RANGE, text=value, raw=value, lenient=bound)
    if constraint.max_length is not None and constraint.max_length < LONG and not constraint.allowed:
        longest = "a" * constraint.max_length
        yield InvalidValue(
            kind=InputDefect.LENGTH, text=f"{longest[:1]}…", raw=longest + "a", lenient=longest
        )


def _invalid_members(field: Input, word: str) -> Iterator[InvalidValue]:
    """A string gets an object: servers convert numbers to strings."""
    if field.constraint.type == "string" and not field.constraint.allowed:
        yield InvalidValue(
            kind=InputDefect.WRONG, text=f"{{{WORDS[0]}: true}}", raw="", json={WORDS[0]: True}
        )
    elif word:
        yield InvalidValue(kind=InputDefect.WRONG, text=word, raw="", json=word)
    if field.required:
        yield InvalidValue(kind=InputDefect.MISSING, text="nothing", raw="")


def wrong_word(constraint: Constraint) -> str:
    """Return a word that the constraint does not allow; empty if every candidate may be allowed."""
    tests = [test for applies, test in _TESTS if applies(constraint)]
    return next((word for word in WORDS if any(not test(constraint, word) for test in tests)), "")


def _is_allowed(constraint: Constraint, word: str) -> bool:
    return word.lower() in {one.lower() for one in constraint.allowed}


def _matches(constraint: Constraint, word: str) -> bool:
    """Return whether the word matches; an unreadable pattern allows everything."""
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
    """Numbers just out of bounds, each with its bound."""
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
    """Describe a constraint: ``integer, 1 to 100``."""
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
