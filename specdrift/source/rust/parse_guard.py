"""Parses in bounded time: another process, which the kernel ends, parses each text first."""

import errno
import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node, Parser, Range

MOST_ENDED = 3
"""Processes that reach their limit; then nothing more is parsed."""


class TooLong(OSError):
    """A text takes far longer to parse than Rust does."""


@dataclass(slots=True)
class _Guard:
    """The process, while a service is read."""

    process: "subprocess.Popen[bytes] | None" = None
    ended: int = 0

    def admits(self, content: bytes) -> bool:
        """Return whether the process parses this within its limit."""
        if self.ended >= MOST_ENDED:
            return False
        from specdrift.source.rust.parse_child import HEAD

        process = self.process = self.process or _started()
        assert process.stdin is not None  # noqa: S101 - they are pipes
        assert process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):
            process.stdin.write(HEAD.pack(len(content)) + content)
            process.stdin.flush()
        if process.stdout.read(1):
            return True
        self.stop()
        self.ended += 1
        return False

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            with suppress(BrokenPipeError):
                self.process.communicate()
            self.process = None


_CURRENT: ContextVar[_Guard | None] = ContextVar("_CURRENT", default=None)


@contextmanager
def guarded() -> Iterator[None]:
    """Bound the time of all parsing inside, where the system has limits of CPU time: Windows has none."""
    if _CURRENT.get() is not None or importlib.util.find_spec("resource") is None:
        yield
        return
    guard = _Guard()
    before = _CURRENT.set(guard)
    try:
        yield
    finally:
        _CURRENT.reset(before)
        guard.stop()


def parsed(parser: Parser, content: bytes, ranges: Sequence[Range] = ()) -> Node:
    """Parse a text, or ranges of it. Raises TooLong."""
    guard = _CURRENT.get()
    own = b"".join(content[one.start_byte : one.end_byte] for one in ranges) if ranges else content
    if guard is not None and not guard.admits(own):
        raise TooLong(errno.ETIME, "takes far too long to parse")
    if ranges:
        parser.included_ranges = list(ranges)
    return parser.parse(content).root_node


def _started() -> "subprocess.Popen[bytes]":
    script = Path(__file__).with_name("parse_child.py")
    return subprocess.Popen(
        [sys.executable, "-I", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
