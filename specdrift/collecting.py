"""Limits how often the garbage collector runs while a run, a report or a document allocates many objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 2_000_000
"""Threshold of generation 0. A collection looks at each new object, and frees none of those of a run."""
MANY_OBJECTS = 100_000
"""Fewer new objects are scanned faster than frozen ones are counted."""


def collect_rarely() -> None:
    """Raise the threshold for the rest of a process that does one thing: imports alone cause many collections."""
    gc.set_threshold(SELDOM)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Raise the threshold of generation 0 until the context ends.

    Exchanges, connections, probes and reports have no reference cycles: reference counts free them. They are not kept,
    so ``gc.freeze`` is not used: unfrozen objects join the oldest generation, which is rarely collected.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(SELDOM, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def not_collecting() -> Iterator[None]:
    """Collect nothing until the context ends, and then do not look at what was made: for objects that are kept.

    A large document makes as many as cause a collection, which takes most of the time of loading it.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            _skip_next_collection()
            gc.enable()


def _skip_next_collection() -> None:
    """Move many new objects to the oldest generation, which is rarely scanned, without scanning them."""
    if gc.get_count()[0] > MANY_OBJECTS and not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
