"""Writes a file as a whole: beside the old one, which stays until it is replaced by renaming."""

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

PRIVATE = 0o600
"""Mode of a file that only its owner can read."""
_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.EROFS, errno.EXDEV})
"""Errors of a folder that takes no new file, although the file itself may be writable."""
_PORTION = 1 << 20
"""Bytes of a file that are copied at once."""


def write_whole(path: Path, content: bytes | Iterable[bytes], *, private: bool = False) -> None:
    """Replace a file, or create it. A device, a pipe, and a file whose folder is read-only are written in place.

    Content in pieces is made while it is written, and never held as a whole. Follows symbolic links, and keeps the mode
    of the file unless it becomes ``private``. Raises OSError.
    """
    pieces = (content,) if isinstance(content, bytes) else content
    real = Path(os.path.realpath(path))
    known = _status(path)
    special = known is not None and not stat.S_ISREG(known.st_mode)
    if special or path.absolute().is_relative_to("/dev") or path.absolute().is_relative_to("/proc"):
        # A descriptor (/dev/stdout) has no other name to be replaced by.
        _write(path, pieces)
        return
    beside = real.with_name(f".specdrift-{secrets.token_hex(6)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE if private else 0o666)
    except OSError as error:
        if known is None or error.errno not in _IN_PLACE:
            raise
        _write_in_place(real, pieces, private=private)
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            if known is not None and not private:
                beside.chmod(stat.S_IMODE(known.st_mode))
            file.writelines(pieces)
        _rename(beside, real, private=private)
    finally:
        beside.unlink(missing_ok=True)


def _rename(beside: Path, real: Path, *, private: bool) -> None:
    """Rename the file; one that is mounted by itself, as in a container, is written in place."""
    try:
        beside.replace(real)
    except OSError as error:
        if error.errno not in _IN_PLACE:
            raise
        with beside.open("rb") as file:
            _write_in_place(real, iter(partial(file.read, _PORTION), b""), private=private)


def _write_in_place(real: Path, pieces: Iterable[bytes], *, private: bool) -> None:
    if private:
        real.chmod(PRIVATE)
    _write(real, pieces)


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def _status(path: Path) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return path.stat()
    return None
