"""Strings that are known in part: how they are joined, compared and formatted."""

import re
from collections.abc import Sequence

from specdrift.source.go.values.go_values import (
    GoNumber,
    GoText,
    GoTruth,
    GoValue,
    ValueOrigin,
    origins_of,
    plain,
)

VERB = re.compile(r"%(?:%|[-+# 0-9.]*([a-zA-Z]))")
MOST_CHARACTERS = 4000
NOT_EMPTY = frozenset({ValueOrigin.PATH, ValueOrigin.FILLED})
"""What has parts that are not known, and not empty."""


def joined(values: Sequence[GoValue]) -> GoText:
    """Return the strings one after another."""
    pieces: list[str | None] = []
    for value in values:
        inner = plain(value)
        for piece in inner.pieces if isinstance(inner, GoText) else (None,):
            if piece is None or not pieces or pieces[-1] is None:
                pieces.append(piece)
            else:
                pieces[-1] += piece
    whole = tuple(piece for piece in pieces if piece != "") or ("",)
    too_long = sum(len(piece or "") for piece in whole) > MOST_CHARACTERS
    return GoText((None,) if too_long else whole, origins_of(*values))


def formatted(pattern: GoValue, values: Sequence[GoValue]) -> GoText:
    """Return what ``fmt.Sprintf`` makes."""
    known = pattern.known if isinstance(pattern, GoText) else None
    if known is None:
        return GoText((None,), origins_of(pattern, *values))
    found: list[GoValue] = []
    at = number = 0
    for verb in VERB.finditer(known):
        found.append(GoText((known[at : verb.start()],)))
        at = verb.end()
        if verb[1] is None:
            found.append(GoText(("%",)))
        else:
            value = values[number] if number < len(values) else GoText((None,))
            found.append(shown(value, verb[0]))
            number += 1
    return joined([*found, GoText((known[at:],))])


def shown(value: GoValue, verb: str = "%v") -> GoText:
    """Return how a value is printed with a verb."""
    inner = plain(value)
    if isinstance(inner, GoText) and verb in {"%v", "%s"}:
        return inner
    if isinstance(inner, GoNumber) and verb in {"%v", "%d"}:
        return GoText((str(inner.value),))
    if isinstance(inner, GoTruth) and verb in {"%v", "%t"}:
        return GoText(("true" if inner.value else "false",))
    return GoText((None,), origins_of(value))


def same(one: GoText, other: GoText) -> bool | None:
    """Return whether two strings are equal; ``None`` if that is not known."""
    if one.known is not None and other.known is not None:
        return one.known == other.known
    known, pattern = (one, other) if one.known is not None else (other, one)
    if known.known is None:
        return None
    return None if _pattern(pattern).fullmatch(known.known) else False


def starts_with(value: GoText, prefix: str) -> bool | None:
    """Return whether a string has a prefix."""
    start = value.pieces[0] or ""
    if start.startswith(prefix):
        return True
    if value.known is not None or not prefix.startswith(start):
        return False
    return None


def ends_with(value: GoText, suffix: str) -> bool | None:
    """Return whether a string has a suffix."""
    end = value.pieces[-1] or ""
    if end.endswith(suffix):
        return True
    if value.known is not None or not suffix.endswith(end):
        return False
    return None


def contains(value: GoText, inner: str) -> bool | None:
    """Return whether a string has another one within it."""
    if any(inner in piece for piece in value.pieces if piece is not None):
        return True
    return False if value.known is not None else None


def _pattern(value: GoText) -> re.Pattern[str]:
    unknown = ".+" if value.origins & NOT_EMPTY else ".*"
    return re.compile(
        "".join(unknown if piece is None else re.escape(piece) for piece in value.pieces), re.DOTALL
    )
