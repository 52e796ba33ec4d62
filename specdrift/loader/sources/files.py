"""Documents on the local disk: regular files within the folder of the entry document."""

import os
import select
import stat
import time
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources.source_content import FetchedResource, Refused, too_large
from specdrift.settings import LoaderSettings

PIPE_PATIENCE = 10.0
"""Seconds to wait for data on a named pipe."""


class FileSource:
    """A file and what lies beside or below it. ``spec`` may be a pipe; what it refers to may not."""

    def __init__(self, spec: str, settings: LoaderSettings, *, cwd: Path) -> None:
        self.name = spec
        self._cwd = cwd
        self._path = Path(os.path.normpath(cwd / spec))
        self._limit = settings.max_bytes
        self._widened = settings.ref_root is not None
        self._root = os.path.realpath(settings.ref_root or self._path.parent)
        self._inside = self._root.rstrip(os.sep) + os.sep
        self._folders: dict[str, str] = {}

    def entry(self) -> FetchedResource:
        try:
            descriptor, begun = _opened(self._path)
            with open(descriptor, "rb") as stream:  # noqa: PTH123 # a descriptor has no path
                size = os.fstat(stream.fileno()).st_size
                data = begun + stream.read(size + 1 if 0 < size <= self._limit else self._limit + 1)
        except FileNotFoundError:
            raise Unreadable("no such file.") from None
        except IsADirectoryError:
            raise Unreadable("this is a folder; name the file in it.") from None
        except (OSError, ValueError) as error:
            raise Unreadable(f"cannot be read: {_reason(error)}.") from error
        if len(data) > self._limit:
            raise Unreadable(too_large(self._limit))
        return FetchedResource(name=self.name, uri=self._path.as_uri(), data=data)

    def read(self, uri: str, reference: str, *, referrer: str) -> FetchedResource:
        path = unquote(uri.removeprefix("file://"))
        try:
            self._require_inside(path, reference)
            data = self._read_regular(path, reference)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise Refused(f"{reference} not found (looked in the folder of {referrer}).") from None
        except OSError as error:
            raise Refused(f"{reference} cannot be read: {_reason(error)}.") from error
        return FetchedResource(name=self._display(path), uri=uri, data=data)

    def _require_inside(self, path: str, reference: str) -> None:
        real = self._real(path)
        if real.startswith(self._inside) or real == self._root:
            return
        common = os.path.commonpath([real, self._root])
        hint = (
            "" if common == os.sep else f" If you trust it: --ref-root {os.path.relpath(common, self._cwd)}"
        )
        folder = "--ref-root" if self._widened else "the folder of the document"
        raise Refused(
            f"{reference} is outside {folder} and was not read.{hint}", rule="reference-outside-root"
        )

    def _real(self, path: str) -> str:
        """The path without symbolic links. Thousands of files share a few folders: each is looked at once."""
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = os.path.join(self._folders[folder], name)  # noqa: PTH118 # strings: pathlib takes longer than reading
        return os.path.realpath(real) if name in ("", ".", "..") or os.path.islink(real) else real  # noqa: PTH114

    def _read_regular(self, path: str, reference: str) -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise Refused(f"{reference} is a folder, not a file: name the file in it.")
            if not stat.S_ISREG(status.st_mode):
                raise Refused(f"{reference} is not a regular file.")
            if status.st_size > self._limit:
                raise Refused(f"{reference}: {too_large(self._limit)}")
            return os.read(descriptor, status.st_size)
        finally:
            os.close(descriptor)

    def _display(self, path: str) -> str:
        below = path.removeprefix(f"{self._path.parent}{os.sep}")
        if below == path:
            below = os.path.relpath(path, self._path.parent)
        folder = os.path.dirname(self.name)  # noqa: PTH120 # as above
        return os.path.normpath(f"{folder}{os.sep}{below}" if folder else below)


class StreamSource(FileSource):
    """Standard input; references are relative to the working directory."""

    def __init__(self, stream: BinaryIO, settings: LoaderSettings, *, cwd: Path) -> None:
        super().__init__("<stdin>", settings, cwd=cwd)
        self._stream = stream

    def entry(self) -> FetchedResource:
        try:
            data = self._stream.read(self._limit + 1)
        except OSError as error:
            raise Unreadable(f"standard input cannot be read: {error.strerror}") from None
        if len(data) > self._limit:
            raise Unreadable(too_large(self._limit))
        return FetchedResource(name=self.name, uri=self._path.as_uri(), data=data)


def _opened(path: Path) -> tuple[int, bytes]:
    """A descriptor to read from, and what was read already. A named pipe is waited for, but not for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        begun = _begun(descriptor)
        os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, begun


def _begun(descriptor: int) -> bytes:
    """Return the first bytes of a pipe, read to detect whether it has a writer; nothing of a file."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    return _first_of_pipe(descriptor) if stat.S_ISFIFO(mode) else b""


def _first_of_pipe(descriptor: int) -> bytes:
    deadline = time.monotonic() + PIPE_PATIENCE
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while not poll.poll(50):
        try:
            begun = os.read(descriptor, 1)
        except BlockingIOError:  # there is a writer; without one, the end is there at once
            return b""
        if begun:
            return begun
        if time.monotonic() > deadline:
            raise Unreadable(f"no data was written to this pipe for {PIPE_PATIENCE:g} s.")
    return b""


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
