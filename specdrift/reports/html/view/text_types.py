"""Small parts of what the templates receive: words with a tone, running text, links, facts."""

from dataclasses import dataclass


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
