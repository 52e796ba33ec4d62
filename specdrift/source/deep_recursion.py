"""Room for code that is nested deep."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FRAMES = 6000


@contextmanager
def room() -> Iterator[None]:
    """Raise the recursion limit: nested expressions take several Python frames per level; their depth is bounded."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
