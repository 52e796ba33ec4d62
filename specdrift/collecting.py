"""Limits how often the garbage collector runs while a run, a report or a recording allocates many objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = 200_000
"""Threshold of generation 0, more than the objects of all imports: looking at these took a twentieth of a small check.
With Python's own 700 collections took a tenth of a run's time.
"""
NEARLY_NEVER = 2_000_000
"""The same for judging and reports, which hold no connections. A collection looks at each new object, and frees none:
with ``RARELY`` that took a fifth of the time to judge 12,000 exchanges again.
"""


@contextmanager
def collecting_rarely(threshold: int = RARELY) -> Iterator[None]:
    """Raise the threshold of generation 0 until the context ends.

    Probes, observations and reports have no reference cycles, so that reference counts free them. ``gc.freeze`` is not
    used here: unfrozen objects join the oldest generation, which a process with many runs would rarely collect.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(threshold, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Let the process end after the context without a last collection, which looks at all objects.

    It took 0.2 s after the source of a large service was read.
    """
    try:
        yield
    finally:
        gc.freeze()
