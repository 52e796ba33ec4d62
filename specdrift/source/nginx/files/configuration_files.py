"""Reads configuration files of nginx and what they include; crossplane tokenises them."""

import glob
import os
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import crossplane
from msgspec import Struct, field

from specdrift.contained import OutsideFolderError, beneath
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.templates import TemplateMark, template_lines
from specdrift.source.nginx.directives import INCLUDE, Directive
from specdrift.source.nginx.files.named_folder import named_folder

MOST_BYTES = 8 * 1024 * 1024
"""Maximum size of all files together."""
MOST_FILES = 1000
MOST_NAMES = 10_000
"""Maximum number of names that patterns of includes are compared with, and that all includes name."""
MOST_STATEMENTS = 200_000
"""Maximum number of statements, those of a file that is included twice counted twice."""
DEEPEST = 20
"""Maximum depth of nested includes."""
DEEPEST_BLOCK = 100
ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}
ESCAPE = re.compile(r"\\([\\\"'trn])")
HARMLESS_FILES = frozenset({"mime.types"})
"""Files of the nginx package that decide nothing."""


class _Read(Struct, frozen=True):
    """The statements of a file, with those of its includes."""

    statements: tuple[Directive, ...]
    size: int
    """Number of the statements in all blocks."""


class _Line(Struct, frozen=True):
    text: str
    column: int
    """Of its first letter."""


class ConfigurationReader(Struct):
    """Reads a file and what it includes, all of it beneath one folder. Each file is read once."""

    folder: Path
    """Includes outside of it are not read. Relative names begin here, as with ``nginx -p``."""
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    _read_files: dict[Path, _Read] = field(default_factory=dict)
    _open: list[Path] = field(default_factory=list)
    """Files that are being read: each is included by the one before."""
    _names: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """Files of each pattern."""
    _beyond: set[str] = field(default_factory=set)
    """Patterns with names that are not read."""
    _named: PurePosixPath | None = None
    """The folder that absolute includes mean this one by."""
    _bytes: int = 0
    _statements: int = 0
    _included: int = 0

    @property
    def files(self) -> int:
        """Number of files that were read."""
        return len(self._read_files)

    def read(self, path: Path) -> tuple[Directive, ...]:
        """Return the statements of a file. Raises UsageError if it cannot be read."""
        try:
            return self._read(path).statements
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from None

    def _read(self, path: Path) -> _Read:
        known = self._read_files.get(path)
        if known is not None:
            return known
        content = _content(path, MOST_BYTES - self._bytes)
        lines = _lines(content)
        self._named = self._named or named_folder(self.folder, content)
        for number in islice(template_lines(content), 1):
            self.unresolved.append(TemplateMark.at(_place(path, number, lines)))
        self._bytes += path.stat().st_size
        parsed = crossplane.parse(str(path), single=True, check_ctx=False, check_args=False)
        unread = []
        for error in parsed["errors"]:
            place = _place(path, error["line"] or 1, lines)
            what = f"syntax error: {str(error['error']).partition(' in ')[0]}"
            self._not_read(place, what)
            unread.append(Directive(INCLUDE, (path.name,), place))
        self._open.append(path)
        before = self._statements
        statements = (*self._directives(parsed["config"][0]["parsed"], path, lines, 0), *unread)
        self._open.pop()
        return self._read_files.setdefault(path, _Read(statements, self._statements - before))

    def _directives(
        self, statements: list[Mapping[str, Any]], path: Path, lines: list[_Line], depth: int
    ) -> Iterator[Directive]:
        for statement in statements:
            place = _place(path, statement["line"], lines)
            args = tuple(ESCAPE.sub(_unescaped, text) for text in statement["args"])
            if statement["directive"] == INCLUDE:
                yield from self._included_by(Directive(INCLUDE, args, place))
                continue
            self._statements += 1
            inner = statement.get("block", [])
            if inner and depth >= DEEPEST_BLOCK:
                self._not_read(place, "blocks are nested too deeply")
                inner = []
            block = tuple(self._directives(inner, path, lines, depth + 1))
            yield Directive(statement["directive"], args, place, block)

    def _included_by(self, include: Directive) -> Iterator[Directive]:
        """Yield the statements of the files. The include itself stands for those that are not read."""
        pattern, place = include.first, include.location
        if Path(pattern).name in HARMLESS_FILES:
            return
        paths = self._matching(pattern, place)
        if pattern in self._beyond:
            yield include
        for path in paths:
            problem = self._problem(path)
            if problem:
                self._not_read(place, f"included file {path.name}: {problem}")
                yield include
                return
            try:
                known = path in self._read_files
                read = self._read(path)
            except OSError as error:
                self._not_read(place, f"included file {path.name}: {error.strerror}")
                yield include
                continue
            self._included += 1
            self._statements += read.size if known else 0
            yield from read.statements

    def _problem(self, path: Path) -> str:
        """Return why a file is not included; empty if it is."""
        if path in self._open:
            return "it includes itself"
        known = self._read_files.get(path)
        if self._included >= MOST_NAMES or (known is None and self.files >= MOST_FILES):
            return "too many files"
        if self._statements + (known.size if known else 0) > MOST_STATEMENTS:
            return "too many statements"
        return "includes are nested too deeply" if len(self._open) > DEEPEST else ""

    def _matching(self, pattern: str, place: SourceLocation) -> tuple[Path, ...]:
        """Return the included files in the order of nginx. Lists names that lead outside of the folder."""
        if pattern not in self._names:
            before = len(self.unresolved)
            self._names[pattern] = tuple(self._matched(pattern, place))
            if len(self.unresolved) > before:
                self._beyond.add(pattern)
        return self._names[pattern]

    def _in_folder(self, pattern: str) -> str:
        """Return a pattern as a name in the folder, if it names the folder that this one was copied from."""
        if not pattern.startswith("/") or self._named is None:
            return pattern
        rest = pattern.removeprefix(f"{str(self._named).rstrip('/')}/")
        own = os.path.normpath(pattern).startswith(f"{self.folder.absolute()}{os.sep}")
        return pattern if own or rest == pattern else rest

    def _matched(self, pattern: str, place: SourceLocation) -> Iterator[Path]:
        absolute = str(self.folder / self._in_folder(pattern))
        inside = os.path.normpath(absolute)
        base = os.path.normpath(self.folder.absolute())
        if not os.path.normpath(Path(inside).absolute()).startswith(base + os.sep):
            self._not_read(place, f"included file {pattern} is outside of {self.folder}")
            return
        names = _expanded(Path(base), os.path.relpath(Path(inside).absolute(), base))
        if len(names) > MOST_NAMES:
            self._not_read(place, f"included files {pattern}: too many")
            return
        for name in names:
            try:
                beneath(self.folder, name)
            except OutsideFolderError:
                self._not_read(place, f"included file {pattern} leads outside of {self.folder}")
                continue
            yield self.folder / name

    def _not_read(self, place: SourceLocation, what: str) -> None:
        self.unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.SERVED))


def _expanded(folder: Path, pattern: str) -> list[str]:
    """Return the sorted names of a pattern in a folder, or more than MOST_NAMES.

    Expands one part after the other: links to the folder around them make names without an end.
    """
    if not glob.has_magic(pattern):
        return [pattern]
    found = [""]
    for part in Path(pattern).parts:
        below: list[str] = []
        for name in found:
            if glob.has_magic(part):
                below += (os.path.join(name, one) for one in glob.glob(part, root_dir=folder / name))  # noqa: PTH118, PTH207 - names
            elif (folder / name / part).exists():
                below.append(os.path.join(name, part))  # noqa: PTH118 - a name
            if len(below) > MOST_NAMES:
                return below
        found = below
    return sorted(found)


def _content(path: Path, most: int) -> str:
    """Return the text of a regular file of limited size. Raises OSError."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such file")
    if path.stat().st_size > most:
        raise OSError(27, "too large")
    return path.read_text(encoding="utf-8", errors="replace")


def _lines(content: str) -> list[_Line]:
    lines = (line.rstrip("\r") for line in content.split("\n"))
    return [_Line(line, len(line) - len(line.lstrip()) + 1) for line in lines]


def _unescaped(found: re.Match[str]) -> str:
    return ESCAPES.get(found[1], found[1])


def _place(path: Path, line: int, lines: list[_Line]) -> SourceLocation:
    return SourceLocation.of_line(str(path), line, lines[line - 1].text if line <= len(lines) else "")
