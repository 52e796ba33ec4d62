"""nginx configuration files as trees of directives; crossplane tokenises them."""

import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import crossplane

from specdrift.contained import OutsideFolderError, beneath
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind

MOST_BYTES = 8 * 1024 * 1024
MOST_FILES = 1000
DEEPEST = 20
"""Maximum depth of nested includes."""
ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}
ESCAPE = re.compile(r"\\([\\\"'trn])")
HARMLESS_FILES = frozenset({"mime.types"})
"""Files of the nginx package that decide nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Directive:
    """A statement with its arguments, and its block if it has one."""

    name: str
    args: tuple[str, ...]
    location: SourceLocation
    block: "tuple[Directive, ...]" = ()
    has_block: bool = False

    @property
    def first(self) -> str:
        """The first argument, or an empty text."""
        return self.args[0] if self.args else ""

    def all(self, *names: str) -> "Iterator[Directive]":
        """Yield the statements of the block with one of these names."""
        return (one for one in self.block if one.name in names)

    def last(self, name: str) -> "Directive | None":
        """Return the last statement of that name; nginx allows one only for most."""
        found = list(self.all(name))
        return found[-1] if found else None


@dataclass(slots=True)
class ConfigurationReader:
    """Reads a file and what it includes, all of it beneath one folder."""

    folder: Path
    """Includes outside of it are not read. Relative names begin here, as with ``nginx -p``."""
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    files: int = 0

    def read(self, path: Path) -> tuple[Directive, ...]:
        """Return the statements of a file. Raises UsageError if it cannot be read."""
        try:
            return self._read(path, 0)
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from None

    def _read(self, path: Path, depth: int) -> tuple[Directive, ...]:
        lines = _content(path)
        self.files += 1
        parsed = crossplane.parse(str(path), single=True, check_ctx=False, check_args=False)
        for error in parsed["errors"]:
            place = _place(path, error["line"] or 1, lines)
            what = f"syntax error: {str(error['error']).partition(' in ')[0]}"
            self.unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.SERVED))
        return tuple(self._directives(parsed["config"][0]["parsed"], path, lines, depth))

    def _directives(
        self, statements: list[Mapping[str, Any]], path: Path, lines: list[str], depth: int
    ) -> Iterator[Directive]:
        for statement in statements:
            place = _place(path, statement["line"], lines)
            args = tuple(ESCAPE.sub(_unescaped, text) for text in statement["args"])
            if statement["directive"] == "include":
                yield from self._included(args[0] if args else "", place, depth)
                continue
            block = tuple(self._directives(statement.get("block", []), path, lines, depth))
            yield Directive(statement["directive"], args, place, block, "block" in statement)

    def _included(self, pattern: str, place: SourceLocation, depth: int) -> Iterator[Directive]:
        if Path(pattern).name in HARMLESS_FILES:
            return
        paths = list(self._matching(pattern, place))
        for path in paths:
            if depth >= DEEPEST or self.files >= MOST_FILES:
                self._not_read(place, "included files: too many")
                return
            try:
                yield from self._read(path, depth + 1)
            except OSError as error:
                self._not_read(place, f"included file {path.name}: {error.strerror}")

    def _matching(self, pattern: str, place: SourceLocation) -> Iterator[Path]:
        """Yield the included files in the order of nginx. Lists names that lead outside of the folder."""
        wild = glob.has_magic(pattern)
        absolute = pattern if Path(pattern).is_absolute() else str(self.folder / pattern)
        inside = os.path.normpath(absolute)
        base = os.path.normpath(self.folder.absolute())
        if not os.path.normpath(Path(inside).absolute()).startswith(base + os.sep):
            self._not_read(place, f"included file {pattern} is outside of {self.folder}")
            return
        names = sorted(glob.glob(inside)) if wild else [inside]  # noqa: PTH207 - an absolute pattern
        for name in names:
            try:
                beneath(self.folder, os.path.relpath(Path(name).absolute(), base))
            except OutsideFolderError:
                self._not_read(place, f"included file {pattern} leads outside of {self.folder}")
                continue
            yield Path(name)

    def _not_read(self, place: SourceLocation, what: str) -> None:
        self.unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.SERVED))


def _content(path: Path) -> list[str]:
    """Return the lines of a regular file of limited size. Raises OSError."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such file")
    if path.stat().st_size > MOST_BYTES:
        raise OSError(27, "too large")
    return path.read_text(encoding="utf-8", errors="replace").split("\n")


def _unescaped(found: re.Match[str]) -> str:
    return ESCAPES.get(found[1], found[1])


def _place(path: Path, line: int, lines: list[str]) -> SourceLocation:
    written = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    start = len(written) - len(written.lstrip()) + 1
    return SourceLocation(
        file=str(path),
        line=line,
        column=start,
        end_line=line,
        end_column=max(len(written) + 1, start + 1),
        pointer="",
        text=written,
    )
