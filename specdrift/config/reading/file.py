"""Finds and reads the configuration file."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from specdrift.config.reading.positions import KeyPath, Positions
from specdrift.contained import leaves_by_link
from specdrift.errors import ConfigError
from specdrift.model.contract.location import SourceLocation, excerpt
from specdrift.toml_text import NotTomlError, read_toml

FILE_NAME = "specdrift.toml"
PYPROJECT = "pyproject.toml"
_PYPROJECT_TABLE = ("tool", "specdrift")
_TOO_DEEP = "nested too deeply to be a configuration"
MAX_DEPTH = 32
"""Levels of tables and lists. Dotted keys nest without limit, and no key of specdrift has ten."""
_SIMPLE_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
# tomllib takes quadratic time for a dotted key of many parts.
_LONG_KEY = re.compile(rf"(?<![\w.\-])(?>{_SIMPLE_KEY})(?>[ \t]*\.[ \t]*{_SIMPLE_KEY}){{100}}")
_POSITION = re.compile(
    r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)


class ConfigFile(Struct, frozen=True, kw_only=True):
    """A file that was read."""

    path: Path
    shown: str
    """Its name in messages."""
    table: Mapping[str, Any]
    positions: Positions
    prefix: KeyPath
    """The table with the configuration."""
    digest: str
    """SHA-256 of the file; of a ``pyproject.toml`` that of the table, which other tools do not change."""
    trusted: bool = True
    """Whether the owner trusts it: he named it, or recorded it with ``specdrift trust``."""
    shared: bool = False
    """Whether its entries are those of several services."""

    def where(self, *path: str | int) -> str:
        """Return ``specdrift.toml:12`` for a key path below the table."""
        key_path: KeyPath = (*self.prefix, *path)
        return f"{self.shown}:{self.positions.line(key_path)}"

    def location(self, *path: str | int) -> SourceLocation:
        """Return the line of a key path below the table."""
        line, text = self.positions.line_of((*self.prefix, *path))
        return SourceLocation(
            file=self.shown,
            line=line,
            column=1,
            end_line=line,
            end_column=len(text) + 1,
            pointer="",
            text=excerpt(text, 1),
        )


def find(*, cwd: Path, home: Path | None = None) -> ConfigFile | None:
    """Return the nearest ``specdrift.toml``, or ``pyproject.toml`` with the table.

    The search goes upwards. It ends with the first folder that holds ``.git``, with ``home``, and before a folder of
    another owner than ``cwd``. Raises ConfigError like ``load``, and for a link out of its folder.
    """
    for folder in _upwards(cwd.absolute(), home):
        file, project = folder / FILE_NAME, folder / PYPROJECT
        if file.is_file():
            if leaves_by_link(folder, file):
                raise ConfigError(
                    f"{_shown(file, cwd)}: leads outside its folder by a symbolic link; name the file: --config FILE"
                )
            return load(file, cwd=cwd)
        if project.is_file() and not leaves_by_link(folder, project) and b"specdrift" in project.read_bytes():
            found = load(project, cwd=cwd)
            if found.table:
                return found
    return None


def candidates(*, cwd: Path, home: Path | None = None) -> Iterator[Path]:
    """Yield the files that ``find`` looks for, in its order, whether they exist or not."""
    for folder in _upwards(cwd.absolute(), home):
        yield folder / FILE_NAME
        yield folder / PYPROJECT


def _upwards(start: Path, home: Path | None) -> Iterator[Path]:
    for folder in (start, *start.parents):
        if folder.stat().st_uid != start.stat().st_uid:
            return
        yield folder
        if (folder / ".git").exists() or folder == home:
            return


def load(path: Path, *, cwd: Path) -> ConfigFile:
    """Read one file. Raises ConfigError with file and line for invalid TOML."""
    shown = _shown(path, cwd)
    return parse(_read(path, shown), path=path, shown=shown)


def parse(content: bytes, *, path: Path, shown: str) -> ConfigFile:
    """Parse the content of a file. ``path`` resolves relative paths. Raises ConfigError."""
    text = _decoded(content, shown)
    if _LONG_KEY.search(text):
        raise ConfigError(f"{shown}: {_TOO_DEEP}")
    try:
        whole = read_toml(text)
        positions = Positions(text)
    except NotTomlError as error:
        raise ConfigError(f"{shown}:{_toml_message(str(error), text)}") from None
    except RecursionError:
        raise ConfigError(f"{shown}: {_TOO_DEEP}") from None
    prefix = _PYPROJECT_TABLE if path.name == PYPROJECT else ()
    table = _descend(whole, prefix, shown)
    if _is_deep(table):
        raise ConfigError(f"{shown}: {_TOO_DEEP}")
    return ConfigFile(
        path=path.absolute(),
        shown=shown,
        table=table,
        positions=positions,
        prefix=prefix,
        digest=_digest(table if prefix else text),
    )


def _is_deep(table: object) -> bool:
    """Return whether tables and lists are nested deeper than any key is, without recursion."""
    level: list[object] = [table]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
        if not level:
            return False
    return True


def _digest(content: object) -> str:
    return sha256(
        json.dumps(content, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    ).hexdigest()


def _shown(path: Path, cwd: Path) -> str:
    """Return the name in messages: relative to the working folder, unless the absolute one is shorter."""
    absolute = str(path.absolute())
    return min(os.path.relpath(absolute, cwd.absolute()), absolute, key=len)


def _read(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{shown}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL, which a program may pass
        raise ConfigError(f"{shown}: {error}") from None


def _decoded(content: bytes, shown: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}:{line}: not UTF-8, as TOML has to be ({error.reason})") from None


def _toml_message(message: str, text: str) -> str:
    """Convert "what (at line LINE, column COLUMN)" to ``LINE:COLUMN: what``."""
    match = _POSITION.fullmatch(message)
    if match is None:
        return f" {message}"
    line = match["line"] or str(text.count("\n") + 1)
    column = f":{match['column']}" if match["column"] else ""
    return f"{line}{column}: not TOML: {match['what']}"


def _descend(whole: Mapping[str, Any], prefix: tuple[str, ...], shown: str) -> Mapping[str, Any]:
    table = whole
    for name in prefix:
        inner = table.get(name, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{shown}: {'.'.join(prefix)} is not a table")
        table = inner
    return table
