"""Temporary folders for keys and TLS sessions. What a killed process leaves behind, the next one removes."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]
_CAN_LOCK = fcntl is not None

_NAME = re.compile(r"specdrift-private-\w+")
_LOCK = ".lock"


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only its owner can read (mode 0700), and remove it at the end of the context.

    A lock marks it as in use: it is released when the process ends, also in another container.
    """
    _remove_leftovers()
    with tempfile.TemporaryDirectory(prefix="specdrift-private-") as name:
        folder = Path(name)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            if _CAN_LOCK:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(descriptor)


@cache
def _remove_leftovers() -> None:
    """Remove the folders of our user whose process has ended; once in a process."""
    if not _CAN_LOCK:
        return
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).iterdir():
            if _NAME.fullmatch(folder.name) and _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    """Return whether nothing locks a folder of ours. One without a lock file is being made, or removed."""
    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            return False
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    # Between the creation of the file and its lock it is empty of everything else.
    return any(entry.name != _LOCK for entry in folder.iterdir())
