"""Finds the line of a TOML key, which ``tomllib`` does not provide. Pure.

The scanner expects text that ``tomllib`` accepted. It reads structure and validates nothing.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
"""Member names and array indexes from the top: ``("identities", 0, "name")``."""

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")'  # up to two quotes may stand before the closing three
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")


class Positions:
    """The line (from 1) of each key, table and array element in a TOML text."""

    def __init__(self, text: str) -> None:
        self._lines = _Scanner(text).scan()
        self._text = text.split("\n")

    def line(self, path: KeyPath) -> int:
        """Return the line of ``path``, or of the nearest enclosing table in the text."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def line_of(self, path: KeyPath) -> tuple[int, str]:
        """Return the line as :meth:`line` does, and its text without the spaces at its end."""
        line = self.line(path)
        return line, self._text[line - 1].rstrip()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._last_index: dict[KeyPath, int] = {}

    def scan(self) -> Mapping[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        """Read ``[table]`` or ``[[array.of.tables]]``; return the path of the table."""
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        parts = self._key()
        self._at += 2 if is_array else 1
        path = (*self._resolve(parts[:-1]), parts[-1])
        self._note(path, start)
        if is_array:
            index = self._last_index[path] = self._last_index.get(path, -1) + 1
            path = (*path, index)
            self._note(path, start)
        return path

    def _resolve(self, parts: KeyPath) -> KeyPath:
        """Resolve ``a.b`` in the newest element of ``a`` if ``a`` is an array of tables."""
        path: KeyPath = ()
        for part in parts:
            path = (*path, part)
            if path in self._last_index:
                path = (*path, self._last_index[path])
        return path

    def _pair(self, table: KeyPath) -> None:
        start = self._at
        parts = self._key()
        for length in range(1, len(parts) + 1):
            self._note(table + parts[:length], start)
        self._at += 1  # the equals sign
        self._value(table + parts)

    def _key(self) -> KeyPath:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            parts.append(self._simple_key())
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return tuple(parts)
            self._at += 1

    def _simple_key(self) -> str:
        if self._text[self._at] not in "\"'":
            return self._skip(_BARE_KEY)
        # Escapes are tomllib's business: let it read the quoted key as a value.
        return str(tomllib.loads(f"key = {self._skip(_STRING)}")["key"])

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if first in "\"'" else _BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        index = 0
        while self._more("]"):
            self._note((*path, index), self._at)
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        """Skip an opening bracket or a comma; return whether an item follows before ``closing``."""
        self._skip(_BLANK)
        if self._text[self._at] != closing:
            self._at += 1
            self._skip(_BLANK)
        if self._text[self._at] != closing:
            return True
        self._at += 1
        return False

    def _note(self, path: KeyPath, offset: int) -> None:
        self._lines.setdefault(path, bisect_right(self._newlines, offset - 1) + 1)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()
