"""Regular expressions of gateways (PCRE, RE2), evaluated without the cost that a hostile one could have."""

import re
from functools import lru_cache

LONGEST_PATTERN = 1000
LONGEST_SUBJECT = 1000
MOST_REPEATS = 6
"""Maximum number of unbounded repetitions: each may multiply the steps by the length of the subject."""
_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")
_FOREIGN = re.compile(r"\\[KhHRXNpPgkQEGz]|\(\?[R&|0-9+'C(]|\(\*|\[\[:")
"""Syntax that Python lacks or reads differently."""
_TOKENS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[a-zA-Z-]+\)|[a-zA-Z-]*:|<?[=!]|P?<\w+>|>)|[()]|[*+?]|\{\d*,?\d*\}|.",
    re.DOTALL,
)
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")


class UnsupportedPattern(ValueError):
    """A regular expression that is not evaluated."""


@lru_cache(maxsize=1024)
def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile a PCRE. Raises UnsupportedPattern where Python differs, or where it may take exponential time."""
    if len(pattern) > LONGEST_PATTERN or _FOREIGN.search(pattern):
        raise UnsupportedPattern(f"regular expression {pattern[:60]}")
    if not _is_cheap(pattern):
        raise UnsupportedPattern(f"regular expression with nested repetitions {pattern[:60]}")
    try:
        flags = re.IGNORECASE if ignore_case else 0
        return re.compile(_NAMED.sub("(?P<", pattern), flags | re.ASCII)
    except (re.error, RecursionError, OverflowError):
        raise UnsupportedPattern(f"regular expression {pattern[:60]}") from None


def search(pattern: re.Pattern[str], subject: str) -> re.Match[str] | None:
    """Search as PCRE does. Raises UnsupportedPattern for a long subject."""
    if len(subject) > LONGEST_SUBJECT:
        raise UnsupportedPattern("a long text to compare with a regular expression")
    return pattern.search(subject)


def _is_cheap(pattern: str) -> bool:
    """Return whether no repeated group contains a repetition or an alternative, and repetitions are few."""
    groups: list[bool] = [False]
    """Whether each open group contains one."""
    closed = False
    """Whether the group that ends here does."""
    repeats = 0
    for part in _TOKENS.findall(pattern):
        if part.startswith("(") and not part.endswith(")"):
            groups.append(False)
        elif part == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] = groups[-1] or closed
            continue
        elif _UNBOUNDED.fullmatch(part):
            if closed:
                return False
            repeats += 1
            groups[-1] = True
        elif part == "|":
            groups[-1] = len(groups) > 1
        closed = False
    return repeats <= MOST_REPEATS
