"""Writes untrusted text into Markdown so that nothing in it becomes markup, a link, a mention or a command.

GitHub and GitLab interpret more than CommonMark does: addresses, @names, #numbers, :emoji:, and, at the beginning of a
line, commands such as /close. They leave code alone. Plain words therefore stay text; any other word becomes code.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from specdrift.result.printable import printable

LONGEST = 2000
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
BACKTICKS = re.compile("`+")
WORD = re.compile(r"([\"'(“]*)(.*?)([\"')”]*[.,;:!?…]*)")
"""A word between quotation marks, brackets and punctuation."""
PLAIN = re.compile(r"(?:[^\W_]+(?:['\u2019-][^\W_]+)*|§?\d+(?:[.,]\d+)*|[\u2013\u2014=-])?")


@lru_cache(maxsize=256)  # thousands of drifts have the same remedy
def prose(text: str, *, limit: int = LONGEST, code: Callable[[str], str] | None = None) -> str:
    """Return running text on one line. Text in backticks, and each word that is not plain, becomes code.

    It must not begin a line: ``1.`` and ``-`` would begin a list there. ``code`` writes the code, ``span`` by default.
    """
    write = code or span
    parts = enumerate(CODE.split(printable(text, limit=limit)))
    pieces = (
        piece for index, part in parts for piece in ([write(part)] if index % 2 else _words(part, write))
    )
    return _joined(pieces)


def _joined(pieces: Iterable[str]) -> str:
    """Join pieces with a blank between two code spans, whose backticks would otherwise form one longer run."""
    text = ""
    for piece in pieces:
        text += f" {piece}" if text.endswith("`") and piece.startswith("`") else piece
    return text


def _words(text: str, code: Callable[[str], str]) -> Iterator[str]:
    words = filter(None, re.split(r"(\s+)", text))
    return (_word(word, code) if word.strip() else " " for word in words)


def _word(word: str, code: Callable[[str], str]) -> str:
    match = WORD.fullmatch(word)
    if match is None or "`" in word:
        return code(word)
    return f"{match[1]}{match[2] if PLAIN.fullmatch(match[2]) else code(match[2])}{match[3]}"


def span(text: str, *, limit: int = LONGEST) -> str:
    """Return a code span that no backtick inside ends (CommonMark 6.1)."""
    shown = printable(text, limit=limit)
    ticks = "`" * (_longest(shown) + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}" if shown.strip() else shown.strip()


def fence(text: str, language: str = "") -> str:
    """Return a fenced code block of printable text that no fence inside ends (CommonMark 4.5)."""
    ticks = "`" * max(3, _longest(text) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def row(cells: Iterable[str]) -> str:
    """Return a table row. Its cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def cell(text: str, *, limit: int = LONGEST) -> str:
    """Return text as code for a table cell, where an unescaped vertical bar ends even code."""
    shown = printable(text, limit=limit)
    if "|" not in shown:
        return span(shown)
    return f"<code>{''.join(map(_entity, shown))}</code>"


def _entity(character: str) -> str:
    """Return a letter, digit or blank as it is, any other character as a numeric reference."""
    return character if character.isalnum() or character == " " else f"&#{ord(character)};"


def _longest(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)
