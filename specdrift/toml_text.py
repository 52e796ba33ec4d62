"""Reads TOML of other people: one error for everything that cannot be read."""

import re
import tomllib
from typing import Any

TOO_DEEP = "nested too deeply"
_LONG_NUMBER = re.compile(r"[0-9_]{4300,}")
"""More digits than Python converts."""
_PIECE = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|\s+|[][{},]|[^][\s"'\#{},]+|.''',
    re.DOTALL,
)


class NotTomlError(ValueError):
    """Says what is wrong: "what", or "what (at line LINE, column COLUMN)"."""


def read_toml(text: str) -> dict[str, Any]:
    """Parse a text. Raises NotTomlError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotTomlError(str(error)) from None
    except RecursionError:
        raise NotTomlError(TOO_DEEP) from None
    except ValueError:
        found = _LONG_NUMBER.search(text)
        at = found.start() if found else 0
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise NotTomlError(f"A number is too long (at line {line}, column {column})") from None


def read_newer_toml(text: str) -> dict[str, Any]:
    """Parse a text that may have inline tables of several lines, as TOML 1.1 has. Raises NotTomlError."""
    try:
        return read_toml(text)
    except NotTomlError as error:
        try:
            return read_toml(_with_short_tables(text))
        except NotTomlError:
            raise error from None


def _with_short_tables(text: str) -> str:
    """Return a text with each inline table on one line, without comments and a comma at its end."""
    parts: list[str] = []
    brackets: list[str] = []
    before = comma = ""
    for found in _PIECE.finditer(text):
        piece = found[0]
        inside = brackets[-1:] == ["{"]
        if inside and (piece.isspace() or piece.startswith("#")):
            parts.append(" ")
            continue
        parts.append("" if piece == "}" else comma)
        comma = piece if inside and piece == "," and before not in ("{", ",") else ""
        parts.append("" if comma else piece)
        before = piece
        if piece in ("{", "["):
            brackets.append(piece)
        elif piece in ("}", "]") and brackets:
            brackets.pop()
    return "".join(parts)
