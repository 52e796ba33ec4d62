"""Regular expressions of gateways (PCRE, RE2), evaluated without the cost that a hostile one could have."""

import re
from functools import lru_cache
from math import comb

from msgspec import Struct

from specdrift.source.gateway.client_choices import ANY_VALUE

LONGEST_PATTERN = 1000
LONGEST_SUBJECT = 1000
MOST_STEPS = 2_000_000
"""Maximum number of ways in which a backtracking engine may try to match: about a second."""
KEPT = 16_384
"""Compiled expressions that are kept."""
_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")
_FOREIGN = re.compile(r"\\[KhHRXNpPgkQEGz]|\(\?[R&|0-9+'C(]|\(\*|\[\[:")
"""Syntax that Python lacks or reads differently."""
_TOKENS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)|\(\?(?:[a-zA-Z-]+\)|[a-zA-Z-]*:|<?[=!]|P?<\w+>|>)|[()]|[*+?]|\{\d*,?\d*\}|.",
    re.DOTALL,
)
_ANY_CASE = "(?i)"
_WHOLE = re.compile(r"\\0")
_REPEATED = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")


class UnsupportedPattern(ValueError):
    """A regular expression that is not evaluated."""


class MatchCost(Struct, frozen=True):
    """In how many ways an expression can match: choices between texts, and repetitions without a bound."""

    choices: int = 1
    repetitions: int = 0

    def then(self, other: "MatchCost", times: int = 1) -> "MatchCost":
        """Return the cost of both, one after the other."""
        choices = self.choices * min(other.choices, MOST_STEPS + 1) ** min(times, 64)
        return MatchCost(min(choices, MOST_STEPS + 1), self.repetitions + other.repetitions * times)

    def ways(self, length: int) -> int:
        """Return the largest number of ways for a subject of that length."""
        return self.choices * comb(length + self.repetitions, self.repetitions)


class Pattern(Struct, frozen=True):
    """A regular expression that is evaluated for subjects that it cannot spend long on."""

    expression: re.Pattern[str]
    cost: MatchCost

    def search(self, subject: str) -> re.Match[str] | None:
        """Search as PCRE does. Raises UnsupportedPattern where that may take long, and for ``ANY_VALUE``."""
        if ANY_VALUE in subject:
            raise UnsupportedPattern(f"regular expression {self.expression.pattern[:60]}, for any text")
        return self.within(subject)

    def within(self, subject: str) -> re.Match[str] | None:
        """Search in a text that a configuration has. Raises UnsupportedPattern where that may take long."""
        if len(subject) > LONGEST_SUBJECT or self.cost.ways(len(subject)) > MOST_STEPS:
            raise UnsupportedPattern("a long text to compare with a regular expression")
        return self.expression.search(subject)

    def replaced(self, substitution: str, subject: str) -> str:
        r"""Replace every match: ``\1`` in the substitution is a group, ``\0`` the whole match.

        Raises UnsupportedPattern.
        """
        if self.search(subject) is None:
            return subject
        try:
            return self.expression.sub(_WHOLE.sub(r"\\g<0>", substitution), subject)
        except (re.error, IndexError):
            raise UnsupportedPattern(f"substitution {substitution[:60]}") from None


@lru_cache(maxsize=KEPT)
def compiled(pattern: str, *, ignore_case: bool = False) -> Pattern:
    """Compile a PCRE. Raises UnsupportedPattern where Python differs, or where it may take exponential time."""
    if len(pattern) > LONGEST_PATTERN or _FOREIGN.search(pattern):
        raise UnsupportedPattern(f"regular expression {pattern[:60]}")
    cost = _cost(pattern)
    if cost is None:
        raise UnsupportedPattern(f"regular expression with nested repetitions {pattern[:60]}")
    try:
        flags = re.IGNORECASE if ignore_case else 0
        return Pattern(re.compile(_NAMED.sub("(?P<", pattern), flags | re.ASCII), cost)
    except (re.error, RecursionError, OverflowError):
        raise UnsupportedPattern(f"regular expression {pattern[:60]}") from None


def flagged(pattern: str) -> tuple[str, bool]:
    """Return an expression without the flag ``(?i)`` at its beginning, and whether it ignores case."""
    return pattern.removeprefix(_ANY_CASE), pattern.startswith(_ANY_CASE)


def whole(pattern: str, text: str) -> re.Match[str] | None:
    """Match a whole text; ``None`` also where that may take long."""
    try:
        return compiled(f"^(?:{pattern})$").within(text)
    except UnsupportedPattern:
        return None


def _cost(pattern: str) -> MatchCost | None:
    """Return how much backtracking an expression allows; ``None`` if a repeated group repeats or chooses itself."""
    groups = [MatchCost()]
    """The cost of each open group up to here."""
    last = MatchCost()
    """The cost of what a repetition would repeat."""
    anchored = pattern.startswith("^")
    for part in _TOKENS.findall(pattern):
        repeated = _REPEATED.fullmatch(part)
        if part.startswith("(") and not part.endswith(")"):
            groups.append(MatchCost())
            last = MatchCost()
        elif part == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] = groups[-1].then(last)
        elif repeated is not None:
            more = _repetition(repeated, last)
            if more is None:
                return None
            groups[-1] = groups[-1].then(more)
            last = last.then(more)
        else:
            if part == "|":
                groups[-1] = groups[-1].then(MatchCost(choices=2))
                anchored = anchored and len(groups) > 1
            last = MatchCost()
    return groups[0] if anchored else groups[0].then(MatchCost(repetitions=1))


def _repetition(found: re.Match[str], repeated: MatchCost) -> MatchCost | None:
    """Return what a repetition adds; ``None`` if its number and what it repeats are both open."""
    if found[0] in ("*", "+") or (found[2] and not found[3]):
        return MatchCost(repetitions=1) if repeated == MatchCost() else None
    if found[0] == "?":
        return MatchCost(choices=2)
    least = int(found[1] or 0)
    most = int(found[3]) if found[2] else least
    return MatchCost(choices=max(most - least + 1, 1)).then(repeated, max(most - 1, 0))
