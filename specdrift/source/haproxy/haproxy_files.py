"""Splits configuration files of HAProxy into sections, statements and words."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct, field

from specdrift.contained import OutsideFolderError, beneath
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.templates import TemplateMark, template_lines

MOST_BYTES = 8 * 1024 * 1024
MOST_STATEMENTS = 100_000
SECTIONS = frozenset(
    (
        *("global", "defaults", "frontend", "backend", "listen", "userlist", "peers"),
        *("resolvers", "mailers", "cache", "program", "http-errors", "ring", "log-forward"),
        *("log-profile", "fcgi-app", "crt-store", "traces", "acme"),
    )
)
ESCAPED = {"r": "\r", "n": "\n", "t": "\t"}
BARE, QUOTED = "\\\"' #", "\\\"'$"
"""What stands for itself behind a backslash."""
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>#.*)|(?P<strong>'[^']*'?)|(?P<weak>\"(?:\\.|[^\"\\])*\"?)"
    r"|\\(?P<escape>x[0-9A-Fa-f]{2}|.)|[^\s#'\"\\]+|\\"
)
_IN_QUOTES = re.compile(
    r"\\(?P<escape>x[0-9A-Fa-f]{2}|.)|\$(?:\{\w+(?:\[\*\])?(?P<default>-[^}]*)?\}|[A-Za-z_]\w*)"
)


class Statement(Struct, frozen=True, eq=False):
    """One line."""

    tokens: tuple[str, ...]
    location: SourceLocation

    @property
    def name(self) -> str:
        return self.tokens[0]

    @property
    def args(self) -> tuple[str, ...]:
        return self.tokens[1:]

    def arg(self, number: int) -> str:
        """Return an argument, counted from 0; empty if there is none."""
        return self.tokens[number + 1] if number + 1 < len(self.tokens) else ""


class ProxySection(Struct, eq=False):
    """A section, with the statements beneath its first line."""

    kind: str
    head: Statement
    statements: list[Statement] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.head.arg(0)

    def all(self, *names: str) -> Iterator[Statement]:
        """Yield the statements with one of these names."""
        return (one for one in self.statements if one.name in names)


class HaproxyFiles(Struct):
    """Reads the files of a configuration, and those that it names, all of them beneath one folder."""

    folder: Path
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    sections: list[ProxySection] = field(default_factory=list)
    files: int = 0
    _left: int = MOST_BYTES
    _statements: int = 0
    _beside: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    _missing: set[str] = field(default_factory=set)
    """Files beside the configuration that were listed as not read."""

    def read(self, path: Path) -> None:
        """Add the sections of a file. Raises UsageError if it cannot be read."""
        content = self._content(path)
        if content is None:
            raise UsageError(f"{path}: cannot be read")
        self.files += 1
        lines = content.split("\n")
        numbers = islice(template_lines(content), 1)
        marks = (SourceLocation.of_line(str(path), number, lines[number - 1]) for number in numbers)
        self.unresolved += map(TemplateMark.at, marks)
        for number, line in enumerate(lines, 1):
            self._line(path, number, line.rstrip("\r"))

    def lines_of(self, name: str, at: SourceLocation) -> tuple[str, ...] | None:
        """Return the lines of a file that a statement names, without comments; ``None`` if it was not read."""
        found = self.known_lines(name)
        if found is None and name not in self._missing:
            self._missing.add(name)
            self.not_read(at, f"the file {name} was not read", UnresolvedKind.ROUTE)
        return found

    def known_lines(self, name: str) -> tuple[str, ...] | None:
        """Return the lines of a file; ``None`` if it cannot be read."""
        if name not in self._beside:
            self._beside[name] = self._lines_beside(name)
        return self._beside[name]

    def not_read(self, at: SourceLocation, what: str, kind: UnresolvedKind = UnresolvedKind.SERVED) -> None:
        """List what is not understood."""
        self.unresolved.append(UnresolvedExpression(at, what, kind))

    def _lines_beside(self, name: str) -> tuple[str, ...] | None:
        if UNKNOWN_PART in name or "@" in name:
            return None
        try:
            content = self._content(beneath(self.folder, name))
        except OutsideFolderError:
            return None
        if content is None:
            return None
        lines = (line.strip() for line in content.split("\n"))
        return tuple(line for line in lines if line and not line.startswith("#"))

    def _content(self, path: Path) -> str | None:
        try:
            if not path.is_file() or path.stat().st_size > self._left:
                return None
            self._left -= path.stat().st_size
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def _line(self, path: Path, number: int, line: str) -> None:
        words = tuple(_words(line))
        if not words:
            return
        place = SourceLocation.of_line(str(path), number, line)
        self._statements += 1
        if self._statements == MOST_STATEMENTS:
            self.not_read(place, "too many statements")
        if self._statements >= MOST_STATEMENTS:
            return
        statement = Statement(words, place)
        if words[0].startswith("."):
            if words[0] in (".if", ".elif", ".else"):
                self.not_read(place, f"what stands behind {words[0]} depends on a condition")
            return
        if words[0] in SECTIONS and not (words[0] == "cache" and line[:1].isspace()):
            self.sections.append(ProxySection(words[0], statement))
        elif self.sections:
            self.sections[-1].statements.append(statement)
        else:
            self.not_read(place, "a statement before all sections")


def _words(line: str) -> Iterator[str]:
    """Yield the words of a line: quotes, escapes and environment variables as HAProxy has them."""
    word: list[str] | None = None
    for found in _TOKEN.finditer(line):
        if found["space"] or found["comment"]:
            if word is not None:
                yield "".join(word)
            word = None
            continue
        word = word or []
        if found["strong"]:
            word.append(found["strong"].strip("'"))
        elif found["weak"]:
            word.append(_IN_QUOTES.sub(_inner, found["weak"][1:].removesuffix('"')))
        else:
            word.append(_unescaped(found["escape"], BARE) if found["escape"] else found[0])
    if word is not None:
        yield "".join(word)


def _inner(found: re.Match[str]) -> str:
    """Return a part of a text in double quotes."""
    if found["escape"]:
        return _unescaped(found["escape"], QUOTED)
    return (found["default"] or f"-{UNKNOWN_PART}")[1:]


def _unescaped(written: str, literal: str) -> str:
    """Return what stands behind a backslash, with it where it has no meaning."""
    if written[0] == "x" and len(written) == 3:
        return chr(int(written[1:], 16))
    return written if written in literal else ESCAPED.get(written, f"\\{written}")
