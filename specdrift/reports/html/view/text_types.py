"""Small parts of what the templates receive: words with a tone, running text, links, facts."""

from msgspec import Struct


class Inline(Struct, frozen=True, kw_only=True):
    """A stretch of running text."""

    text: str
    code: bool


class Link(Struct, frozen=True, kw_only=True):
    """Words that lead to ``url``, or nowhere if it is empty."""

    text: str
    url: str = ""


class Fact(Struct, frozen=True, kw_only=True):
    label: str
    value: str
