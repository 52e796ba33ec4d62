"""Small parts of what the templates receive: words with a tone, running text, links, facts."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a colour says; beside it always stand a symbol and a word."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    NOTE = "note"
    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    symbol: str
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A stretch of running text."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead to ``url``, or nowhere if it is empty."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: str
