"""Refuses to write over an input of the run, or twice to one path."""

import os
import stat
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path

from specdrift.config.describe.files import NamedFile
from specdrift.errors import UsageError


def refuse_overwriting(outputs: Sequence[NamedFile], inputs: Iterable[NamedFile]) -> None:
    """Raise UsageError with a line for each output that would replace an input or an earlier output."""
    read = {_key(file.path): file for file in inputs}
    written: dict[Hashable, NamedFile] = {}
    problems = []
    for file in outputs:
        key = _key(file.path)
        if key is None:
            continue
        if key in read:
            problems.append(_problem(file, f"the run reads it as {read[key]}"))
        elif key in written:
            problems.append(_problem(file, f"{written[key]} goes there too"))
        else:
            written[key] = file
    if problems:
        raise UsageError("\n".join(problems))


def _problem(file: NamedFile, why: str) -> str:
    return f"cannot write {file} to {file.path}: {why}; choose another path"


def _key(path: Path) -> Hashable | None:
    """Equal for all names of one file: links, ``./``, letter case where the file system ignores it.

    None for a terminal or a pipe: writing there replaces nothing.
    """
    try:
        found = path.stat()
    except OSError:
        return os.path.realpath(path)  # Path.resolve() raises for a loop of links
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
