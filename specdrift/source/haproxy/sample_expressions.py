"""Parses expressions of samples: a fetch with its arguments, and converters behind it."""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

_NAME = re.compile(r"[\w.\-]+")
MOST_PARTS = 50


class SampleCall(Struct, frozen=True):
    """A fetch or a converter."""

    name: str
    args: tuple[str, ...] = ()

    def arg(self, number: int) -> str:
        """Return an argument, counted from 0; empty if there is none."""
        return self.args[number] if number < len(self.args) else ""


@lru_cache(maxsize=4096)
def parsed(text: str) -> tuple[SampleCall, ...]:
    """Return the calls of an expression; empty if it is none."""
    calls: list[SampleCall] = []
    at = 0
    while len(calls) < MOST_PARTS:
        found = _NAME.match(text, at)
        if not found:
            return ()
        at = found.end()
        args: tuple[str, ...] = ()
        if text[at : at + 1] == "(":
            end = closing(text, at)
            if end < 0:
                return ()
            args = tuple(_arguments(text[at + 1 : end]))
            at = end + 1
        calls.append(SampleCall(found[0], args))
        if at == len(text):
            return tuple(calls)
        if text[at] != ",":
            return ()
        at += 1
    return ()


def closing(text: str, start: int, pair: str = "()") -> int:
    """Return where the bracket at ``start`` is closed; -1 if nowhere. Quotes and escapes hide brackets."""
    depth, at, quote = 0, start, ""
    while at < len(text):
        letter = text[at]
        if letter == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == pair[0]:
            depth += 1
        elif letter == pair[1]:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return -1


def _arguments(text: str) -> Iterator[str]:
    """Yield the texts between commas. Spaces around them count."""
    word: list[str] = []
    quote = ""
    at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == quote:
            quote = ""
        elif letter in "'\"" and not quote:
            quote = letter
        elif letter == "\\" and quote != "'" and text[at : at + 1] in ("\\", '"', "'", ",", " "):
            word.append(text[at])
            at += 1
        elif letter == "," and not quote:
            yield "".join(word)
            word = []
        else:
            word.append(letter)
    yield "".join(word)
