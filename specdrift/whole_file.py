"""Writes a file as a whole: beside the old one, which stays until it is replaced by renaming."""

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
"""Mode of a file that only its owner can read."""
_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.EROFS, errno.EXDEV})
"""Errors of a folder that takes no new file, although the file itself may be writable."""


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replace a file, or create it. A device, a pipe, and a file whose folder is read-only are written in place.

    Follows symbolic links, and keeps the mode of the file unless it becomes ``private``. Raises OSError.
    """
    real = path.resolve()
    known = _status(path)
    special = known is not None and not stat.S_ISREG(known.st_mode)
    if special or path.absolute().is_relative_to("/dev") or path.absolute().is_relative_to("/proc"):
        # A descriptor (/dev/stdout) has no other name to be replaced by.
        path.write_bytes(content)
        return
    partial = real.with_name(f".specdrift-{secrets.token_hex(6)}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE if private else 0o666)
    except OSError as error:
        if known is None or error.errno not in _IN_PLACE:
            raise
        _write_in_place(real, content, private=private)
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            if known is not None and not private:
                partial.chmod(stat.S_IMODE(known.st_mode))
            file.write(content)
        _rename(partial, real, content, private=private)
    finally:
        partial.unlink(missing_ok=True)


def _rename(partial: Path, real: Path, content: bytes, *, private: bool) -> None:
    """Rename the file; one that is mounted by itself, as in a container, is written in place."""
    try:
        partial.replace(real)
    except OSError as error:
        if error.errno not in _IN_PLACE:
            raise
        _write_in_place(real, content, private=private)


def _write_in_place(real: Path, content: bytes, *, private: bool) -> None:
    if private:
        real.chmod(PRIVATE)
    real.write_bytes(content)


def _status(path: Path) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return path.stat()
    return None
