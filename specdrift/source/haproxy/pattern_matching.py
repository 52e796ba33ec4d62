"""Compares texts and numbers with patterns as HAProxy does."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from specdrift.source.gateway.patterns import compiled

_INTEGER = re.compile(r"-?\d{1,18}")


class TextMatcher(Protocol):
    """Compares a text with a pattern."""

    def __call__(self, text: str, pattern: str, *, ignore_case: bool) -> bool: ...


def _plain(compare: Callable[[str, str], bool]) -> TextMatcher:
    def match(text: str, pattern: str, *, ignore_case: bool) -> bool:
        return compare(text.lower(), pattern.lower()) if ignore_case else compare(text, pattern)

    return match


def _expression(text: str, pattern: str, *, ignore_case: bool) -> bool:
    """Search. Raises UnsupportedPattern."""
    return compiled(pattern, ignore_case=ignore_case).search(text) is not None


def _delimited(delimiters: str) -> Callable[[str, str], bool]:
    """Return a comparison of a pattern with the parts of a text between delimiters."""

    def compare(text: str, pattern: str) -> bool:
        inner = pattern.strip(delimiters)
        if not inner:
            return False
        edge = re.escape(delimiters)
        return re.search(rf"(?:\A|[{edge}]){re.escape(inner)}(?:\Z|[{edge}])", text) is not None

    return compare


MATCHERS: Mapping[str, TextMatcher] = {
    "str": _plain(lambda text, pattern: text == pattern),
    "beg": _plain(str.startswith),
    "end": _plain(str.endswith),
    "sub": _plain(lambda text, pattern: pattern in text),
    "dir": _plain(_delimited("/?")),
    "dom": _plain(_delimited("/?.:")),
    "reg": _expression,
}
"""By the name behind ``-m``."""


def map_order(method: str, pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Return the entries of a map in the order in which they are tried: of beginnings, the longest first."""
    return sorted(pairs, key=lambda pair: -len(pair[0])) if method == "beg" else pairs


def compares(number: int, operator: str, pattern: str) -> bool | None:
    """Compare a number with a pattern, which may be a range; ``None`` if that is none."""
    low, colon, high = pattern.partition(":")
    if colon:
        if any(end and not _INTEGER.fullmatch(end) for end in (low, high)):
            return None
        return (not low or number >= int(low)) and (not high or number <= int(high))
    if not _INTEGER.fullmatch(pattern):
        return None
    value = int(pattern)
    return {
        "eq": number == value,
        "ge": number >= value,
        "gt": number > value,
        "le": number <= value,
        "lt": number < value,
    }[operator]
