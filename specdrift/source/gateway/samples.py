"""Texts that a regular expression matches."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache

from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

_ATOM = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)|\(\?(?:[a-zA-Z-]*[:)]|P?<\w+>)|[()|^$.]|[*+?]|\{\d*,?\d*\}|.",
    re.DOTALL,
)
_CLASSES = {
    "d": "1",
    "w": "a",
    "s": " ",
    "D": "a",
    "W": "-",
    "S": "a",
    "b": "",
    "B": "",
    "A": "",
    "z": "",
    "Z": "",
}
_NEGATION = re.compile(r"\(\?<?!")
_FILLERS = "a1A-_. :/=,x0"
LONGEST = 200
KEPT = 1 << 12
"""Expressions whose texts are kept."""


def sample(pattern: str, *, ignore_case: bool = False) -> str | None:
    """Return a text that an expression matches; ``None`` if none was found."""
    return next(samples(pattern, ignore_case=ignore_case), None)


def samples(pattern: str, *, ignore_case: bool = False) -> Iterator[str]:
    """Yield texts that an expression matches; none for one that is not evaluated."""
    yield from _matching(pattern, ignore_case=ignore_case)


@lru_cache(maxsize=KEPT)
def _matching(pattern: str, *, ignore_case: bool) -> tuple[str, ...]:
    found: list[str] = []
    with suppress(UnsupportedPattern):
        expression = compiled(pattern, ignore_case=ignore_case)
        texts = dict.fromkeys((*_written(pattern), PRESENT_WORD, "", "1", "a"))
        found.extend(text for text in texts if expression.search(text))
    return tuple(found)


def attempts(pattern: str, *, ignore_case: bool = False) -> tuple[str, ...]:
    """Return texts to compare with an expression: one that it matches, and those that its negations exclude.

    Of each kind that was not found, ``ANY_VALUE``: what the expression decides is not known then.
    """
    found = (sample(pattern, ignore_case=ignore_case),)
    if _NEGATION.search(pattern):
        excluded = tuple(samples(_NEGATION.sub("(?:", pattern), ignore_case=ignore_case))
        found = (*found, *(excluded or (None,)))
    return tuple(dict.fromkeys(ANY_VALUE if one is None else one for one in found if one != ""))


def written_with(pattern: str, values: Mapping[str, str]) -> str:
    """Return the text of an expression whose groups, by number and by name, have these values."""
    return _first_alternative(_ATOM.findall(pattern), values)


PRESENT_WORD = "anything"


def _written(pattern: str) -> Iterator[str]:
    """Yield one text for each alternative at the top, and one of all groups' first alternatives."""
    parts = _ATOM.findall(pattern)
    yield _first_alternative(parts)
    depth, start = 0, 0
    for number, part in enumerate(parts):
        depth += part.startswith("(") - part.endswith(")") * (part[0] in "()")
        if part == "|" and depth == 0:
            start = number + 1
            yield _first_alternative(parts[start:])


def _first_alternative(parts: list[str], values: Mapping[str, str] | None = None) -> str:
    """Return a text of an expression; ``values`` are of groups, by number and name."""
    written: list[str] = []
    skipping = 0
    """Depth of the group whose further alternatives are skipped."""
    depth = groups = 0
    for part in parts:
        if part == ")":
            depth -= 1
            skipping = skipping if skipping <= depth else 0
            continue
        if part.startswith("(?") and part.endswith(")"):
            continue  # flags
        if part.startswith("("):
            depth += 1
            groups += _is_group(part)
            value = _value_of(part, groups, values or {})
            if value is not None and not skipping:
                written.append(value)
                skipping = depth
            continue
        if part == "|":
            if depth == 0:
                break
            skipping = skipping or depth
            continue
        if not skipping:
            written.append(_of_atom(part, written[-1] if written else ""))
    return "".join(written)[:LONGEST]


def _is_group(part: str) -> bool:
    return part == "(" or "<" in part


def _value_of(part: str, number: int, values: Mapping[str, str]) -> str | None:
    """Return the value of a group, by its name or number."""
    if not _is_group(part):
        return None
    name = part.partition("<")[2].rstrip(">")
    return values.get(name) if name in values else values.get(str(number))


def _of_atom(part: str, before: str) -> str:
    if part in ("^", "$", "*", "+", "?"):
        return ""
    if part.startswith("{") and len(part) > 1:
        count = part[1:-1].partition(",")[0]
        return before * (min(int(count), LONGEST) - 1) if count.isdecimal() and int(count) else ""
    if part == ".":
        return "a"
    if part.startswith("\\"):
        return _CLASSES.get(part[1], part[1])
    if part.startswith("[") and len(part) > 1:
        return next((text for text in _FILLERS + part[1:] if re.fullmatch(part, text)), "")
    return part
