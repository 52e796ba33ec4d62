"""The folder of the server that a folder of configuration files was copied from."""

import glob
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_INCLUDE = re.compile(r"(?<![^\s;{}])include\s+[\"']?(/[^;\"'\s]+)")
MOST_INCLUDES = 1_000
"""Includes of a file that are looked at."""


def named_folder(folder: Path, content: str) -> PurePosixPath | None:
    """Return the folder that absolute includes of a file name where they mean this one; ``None`` for none.

    It is the one in which the first of them has a file, or a folder with files, that stands here under the same name.
    """
    for number, found in enumerate(_INCLUDE.finditer(_COMMENT.sub("", content))):
        if number == MOST_INCLUDES:
            break
        for rest in _rests(PurePosixPath(found[1])):
            if _stands(folder, rest):
                return PurePosixPath(found[1].removesuffix(str(rest)).rstrip("/") or "/")
    return None


def _rests(path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the ends of a path, the longest first, without those that begin with its root."""
    parts = path.parts[1:]
    yield from (PurePosixPath(*parts[at:]) for at in range(1, len(parts)))


def _stands(folder: Path, rest: PurePosixPath) -> bool:
    """Return whether a folder has a file, or the folder of a pattern."""
    if not glob.has_magic(str(rest)):
        return (folder / rest).is_file()
    fixed = rest.parent
    return not glob.has_magic(str(fixed)) and str(fixed) != "." and (folder / fixed).is_dir()
