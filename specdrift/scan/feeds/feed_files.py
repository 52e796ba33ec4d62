"""Reads the files of a traffic import: one file or pipe, or the requests in a folder of Bruno."""

import os
import select
import stat
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import monotonic

from specdrift.compressed import unpacked
from specdrift.errors import UsageError

MAX_BYTES = 256 * 1024 * 1024
MOST_ENTRIES = 100_000
"""Files and folders that are looked at for requests of Bruno."""
MOST_FILES = 10_000
"""Requests of one folder."""
WRITER_WAIT_S = 10.0
"""Time for a program to begin to write to a named pipe."""
SETTINGS = frozenset({"collection", "folder"})
ENVIRONMENTS = "environments"
"""Files and folder of Bruno without requests."""


def feed_files(named: Path) -> Sequence[Path]:
    """Return a file, or the requests in a folder of Bruno. Raises UsageError for a folder without any, or too large."""
    if not named.is_dir():
        return (named,)
    entries = list(islice(_entries(named), MOST_ENTRIES + 1))
    found = [
        file
        for file in entries
        if file.suffix == ".bru"
        and file.stem not in SETTINGS
        and file.parent.name != ENVIRONMENTS
        and not file.is_symlink()
    ]
    if len(entries) > MOST_ENTRIES or len(found) > MOST_FILES:
        raise UsageError(
            f"{named}: has more than {MOST_ENTRIES} files or {MOST_FILES} requests; name the folder of one collection"
        )
    if not found:
        raise UsageError(f"{named}: a folder without requests (*.bru) is no traffic; name a file")
    return found


def _entries(folder: Path) -> Iterator[Path]:
    """Yield the files and folders beneath a folder, in the order of their names. Follows no links."""
    for name, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(name, one) for one in (*folders, *sorted(files)))


def content_of(file: Path) -> bytes:
    """Return the content of a file or pipe, unpacked if gzip compressed it. Raises UsageError if it cannot be read."""
    try:
        content = _read(file)
    except OSError as error:
        raise UsageError(f"{file}: cannot read traffic: {(error.strerror or str(error)).lower()}") from error
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"{file}: larger than {MAX_BYTES >> 20} MiB; import a part of it (made with tail or split)"
        )
    try:
        return unpacked(content, most=MAX_BYTES)
    except UsageError as error:
        raise UsageError(f"{file}: cannot read traffic: {error}") from None


def _read(file: Path) -> bytes:
    """Read a file or pipe. Opening a pipe without a writer would wait for one, without end."""
    kind = file.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
        raise UsageError(f"{file}: cannot read traffic: it is neither a file nor a pipe")
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        first = _first(file, stream.fileno()) if stat.S_ISFIFO(kind) else b""
        os.set_blocking(stream.fileno(), True)
        return first + stream.read(MAX_BYTES + 1)


def _first(file: Path, descriptor: int) -> bytes:
    """Wait for a writer; return what was read meanwhile. Raises UsageError if there is none in time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    end = monotonic() + WRITER_WAIT_S
    while not poll.poll(100):
        try:
            if first := os.read(descriptor, 1 << 16):
                return first
        except BlockingIOError:  # there is a writer, and it has not written yet
            return b""
        if monotonic() > end:
            raise UsageError(f"{file}: cannot read traffic: nothing writes to this pipe")
    return b""
