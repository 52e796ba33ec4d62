"""Limits how often the garbage collector runs while a run, a report or a recording allocates many objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 2_000_000
"""Threshold of generation 0. A collection looks at each new object, and frees none: with a threshold of 200,000, that
took a fifth of the time to judge 12,000 exchanges again; with Python's own 700, a tenth of a run's time.
"""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Raise the threshold of generation 0 until the context ends.

    Exchanges, connections, probes and reports have no reference cycles: reference counts free them. ``gc.freeze`` is
    not used here: unfrozen objects join the oldest generation, which a process with many runs would rarely collect.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(SELDOM, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def collect_rarely() -> None:
    """Raise the threshold for the rest of a process that does one thing: imports alone cause a hundred collections."""
    gc.set_threshold(SELDOM)
