"""Parses in bounded time: from what is not in its language, the parser may take quadratic time and more to recover.

A minute for 12 kB: the parser calls back while it works, and ends at the limit.
"""

import errno
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

from msgspec import Struct
from tree_sitter import Node, Parser, Point, Range

MOST_ENDED = 3
"""Texts that reach the limit; then each further one has only the time that code of its size takes."""
SECONDS, PER_BYTE = 3.0, 10e-6
"""CPU seconds for all texts, and in addition for each byte: code takes less than a millionth."""
PER_BYTE_AFTERWARDS = 2e-6
PIECE = 1 << 16
"""Bytes that the parser gets at once, unless it begins at the start of the content."""
CALLS = 64
"""Callbacks of the parser for each look at the clock, which takes as long as to parse a line."""


class TooLong(OSError):
    """A text takes far longer to parse than code does."""


class _Budget(Struct):
    """The time of all parsing, while a service is read."""

    used: float = 0.0
    total: int = 0
    ended: int = 0

    def parse(self, parser: Parser, content: bytes, size: int, end: int) -> Node:
        """Parse ``size`` bytes of the content, of which the last stands before ``end``. Raises TooLong."""
        self.total += size
        began, calls = time.thread_time(), count(1)
        given = SECONDS + PER_BYTE * self.total - self.used
        limit = began + (given if self.ended < MOST_ENDED else PER_BYTE_AFTERWARDS * size)

        def piece(offset: int, _: Point) -> bytes:
            # The parser keeps the last piece. The whole content takes no memory of its own.
            return content[offset : min(offset + PIECE, max(end, offset + 1))] if offset else content

        def is_over(*_: object) -> bool:
            return next(calls) % CALLS == 0 and time.thread_time() > limit

        try:
            tree = parser.parse(piece, progress_callback=is_over)
        except ValueError:  # it ended at the limit
            self.ended += 1
            self.used = self.total = 0
            raise _too_long() from None
        # The tree of the bytes themselves, whose nodes have their text, is that tree: nothing is parsed again.
        root = parser.parse(content, tree).root_node
        self.used += time.thread_time() - began
        return root


_CURRENT: ContextVar[_Budget | None] = ContextVar("_CURRENT", default=None)


@contextmanager
def guarded() -> Iterator[None]:
    """Bound the time of all parsing inside."""
    if _CURRENT.get() is not None:
        yield
        return
    before = _CURRENT.set(_Budget())
    try:
        yield
    finally:
        _CURRENT.reset(before)


def parsed(parser: Parser, content: bytes, ranges: Sequence[Range] = ()) -> Node:
    """Parse a text, or ranges of it. Raises TooLong."""
    if ranges:
        parser.included_ranges = list(ranges)
    budget = _CURRENT.get()
    if budget is None:
        return parser.parse(content).root_node
    size = sum(one.end_byte - one.start_byte for one in ranges) if ranges else len(content)
    return budget.parse(parser, content, size, ranges[-1].end_byte if ranges else len(content))


def _too_long() -> TooLong:
    return TooLong(errno.ETIME, "takes far too long to parse")
