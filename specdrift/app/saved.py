"""Reads saved results, from a file or from standard input."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from specdrift.compressed import unpacked
from specdrift.errors import UsageError

if TYPE_CHECKING:
    from specdrift.model.result.result import Result

STDIN = Path("-")


def read_result(path: Path) -> "Result":
    """Read the JSON result in a file (``-``: standard input). Raises UsageError that names the file."""
    from specdrift import reports

    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # a NUL, which a program may pass
        raise UsageError(f"cannot read {path}: {error}") from None
    try:
        return reports.read(unpacked(content))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def display_path(path: Path) -> str:
    """The path as reports show it: relative to the working folder if it is inside."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
