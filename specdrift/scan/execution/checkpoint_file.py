"""Lines of JSON in a private file that one process at a time appends to; the last line may be incomplete."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

from msgspec import Struct

from specdrift.errors import UsageError

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]


def locked(path: Path) -> BinaryIO:
    """Open or create a file that only its owner can read, and lock it until it is closed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        file = os.fdopen(descriptor, "r+b")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise UsageError(f"{path} is in use by another run") from None
    return file


class CheckpointLines(Struct, frozen=True, kw_only=True):
    """``first`` is ``None`` if the file is empty or its first line is incomplete."""

    first: Mapping[str, Any] | None
    rest: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, file: BinaryIO, *, path: Path, mark: str) -> Self:
        """Read the lines and cut off an incomplete one. Raises UsageError if the file does not begin with ``mark``."""
        begin = f'{{"{mark}":'.encode()
        file.seek(0)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if not (content.startswith(begin) or begin.startswith(content)):
            raise UsageError(f"{path} is no checkpoint, and is left as it is")
        if len(whole) < len(content):
            file.truncate(len(whole))
        path.chmod(0o600)
        file.seek(0, os.SEEK_END)
        lines = [_line(text, path, number) for number, text in enumerate(whole.splitlines(), start=1)]
        return cls(first=lines[0] if lines else None, rest=lines[1:])


def _line(text: bytes, path: Path, number: int) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError(f"{path}:{number}: this checkpoint is damaged: remove it to begin anew")
    return value
