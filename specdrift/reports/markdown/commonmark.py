"""Writes untrusted text into Markdown so that nothing in it becomes markup, a link, a mention or a command.

GitHub and GitLab find more in running text than CommonMark does: addresses, @names, #numbers, :pictures:, and, at
the beginning of a line, commands such as /close. None of them looks into code. So plain words stay words, and
every word with a sign in it becomes code.
"""

import re
from collections.abc import Callable, Iterable

from specdrift.result.printable import printable

LONGEST = 2000
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
BACKTICKS = re.compile("`+")
WORD = re.compile(r"([\"'(“]*)(.*?)([\"')”]*[.,;:!?…]*)")
"""A word between its quotation marks, brackets and stops."""
PLAIN = re.compile(r"(?:[^\W_]+(?:['\u2019-][^\W_]+)*|§?\d+(?:[.,]\d+)*|[\u2013\u2014=-])?")


def prose(text: str, *, limit: int = LONGEST, code: Callable[[str], str] | None = None) -> str:
    """Running text on one line: what stands in backticks stays code, and so does what is no plain word.

    It must not begin a line: ``1.`` and ``-`` would begin a list there. ``code`` writes the code, ``span`` by default.
    """
    write = code or span
    parts = enumerate(CODE.split(printable(text, limit=limit)))
    return "".join(write(part) if index % 2 else _words(part, write) for index, part in parts)


def _words(text: str, code: Callable[[str], str]) -> str:
    words = filter(None, re.split(r"(\s+)", text))
    return "".join(_word(word, code) if word.strip() else " " for word in words)


def _word(word: str, code: Callable[[str], str]) -> str:
    match = WORD.fullmatch(word)
    if match is None or "`" in word:
        return code(word)
    return f"{match[1]}{match[2] if PLAIN.fullmatch(match[2]) else code(match[2])}{match[3]}"


def span(text: str, *, limit: int = LONGEST) -> str:
    """A code span that no backtick inside can end (CommonMark 6.1)."""
    shown = printable(text, limit=limit)
    ticks = "`" * (_longest(shown) + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}" if shown.strip() else shown.strip()


def fence(text: str, language: str = "") -> str:
    """A fenced code block that no fence inside can end (CommonMark 4.5). The text is fit to show already."""
    ticks = "`" * max(3, _longest(text) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def row(cells: Iterable[str]) -> str:
    """A row of a table. Its cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def cell(text: str, *, limit: int = LONGEST) -> str:
    """Text for a cell of a table, as code: there, a vertical bar ends even code, unless it is written out."""
    shown = printable(text, limit=limit)
    if "|" not in shown:
        return span(shown)
    return f"<code>{''.join(map(_entity, shown))}</code>"


def _entity(character: str) -> str:
    """Letters and digits as they are; anything that could be markup by its number."""
    return character if character.isalnum() or character == " " else f"&#{ord(character)};"


def _longest(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)
