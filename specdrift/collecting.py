"""Keeps the garbage collector from walking a run's evidence, or a report on its way, again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = 100_000
"""Objects that come to be between two looks at the young ones; Python's own 700 cost a run a tenth of its time."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """What comes to be is looked at seldom, until the context ends.

    What a run keeps (probes, observations) has no cycles, nor has what a report is made of: it is freed by its counts,
    without the collector. Nothing is frozen: what thaws again counts as old, and a process that makes many runs, as a
    worker of a fleet does, would never look there for garbage.
    """
    before = gc.get_threshold()
    gc.set_threshold(RARELY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
