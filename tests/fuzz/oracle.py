"""What every reader must do: accept or refuse by a declared error, in time that grows linearly with the input."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any

Reader = Callable[[bytes], object]
Parts = tuple[bytes, bytes, bytes]
"""What stands before, what is repeated, and what stands behind."""

SLOW_S, PER_BYTE_S = 4.0, 60e-6
"""CPU seconds that any input may take, and in addition for each byte: twice those of a machine without other work."""
GROWTH_FROM_S = 0.1
"""Faster readings of the larger input are not compared: noise decides."""
SMALL, LARGE = 4_000, 32_000
"""Bytes of the two inputs of a comparison."""
LIMIT = 23.0
"""Ratio of their times: 8 for linear work, 64 for quadratic work, and between them what other processes cost."""


class TooSlow(AssertionError):
    """A reader took more than linear time."""


def check(reader: Reader, refusals: tuple[type[Exception], ...], content: bytes) -> None:
    """Read an input. Raises every error that the reader does not declare, and TooSlow."""
    elapsed = seconds(reader, refusals, content)
    allowed = SLOW_S + PER_BYTE_S * len(content)
    if elapsed > allowed and (again := seconds(reader, refusals, content)) > allowed:
        raise TooSlow(f"{again:.1f} s for {len(content):,} bytes")


def check_growth(
    reader: Reader, refusals: tuple[type[Exception], ...], parts: Parts, *, scale: int = 1
) -> None:
    """Read an input whose middle is repeated, in two sizes. Raises TooSlow.

    ``scale``: how many times longer both are; noise decides less then.
    """
    before, unit, after = parts
    if not unit:
        return

    def measured(size: int, *, times: int) -> float:
        content = before + unit * (size // len(unit) + 1) + after
        found = []
        for _ in range(times):
            forget()
            found.append(seconds(reader, refusals, content))
        return min(found)

    small, large = SMALL * scale, LARGE * scale
    larger = measured(large, times=1)
    if larger < GROWTH_FROM_S:
        return
    smaller = measured(small, times=2)
    if larger / max(smaller, 1e-4) > LIMIT:
        ratio = measured(large, times=3) / max(measured(small, times=3), 1e-4)
        if ratio > LIMIT:
            raise TooSlow(f"eight times the input takes {ratio:.1f} times as long")


def forget() -> None:
    """Empty the caches of functions: a small input that is kept there takes no time, a large one is not kept."""
    for each in _caches(len(sys.modules)):
        each.cache_clear()


@lru_cache(maxsize=1)
def _caches(modules: int) -> tuple[_lru_cache_wrapper[Any], ...]:
    """Return the caches of the package's functions; ``modules``: how many are imported, since a reader imports more.

    Not from the garbage collector, which does not list what the suite has frozen.
    """
    del modules
    named = [module for name, module in tuple(sys.modules.items()) if name.startswith("specdrift.")]
    values = [value for module in named for value in tuple(getattr(module, "__dict__", {}).values())]
    values += [member for each in values if isinstance(each, type) for member in tuple(vars(each).values())]
    functions = {id(each): getattr(each, "__func__", each) for each in values}
    return tuple(each for each in functions.values() if isinstance(each, _lru_cache_wrapper))


def seconds(reader: Reader, refusals: tuple[type[Exception], ...], content: bytes) -> float:
    """Return the CPU seconds of one reading."""
    began = time.process_time()
    with contextlib.suppress(*refusals):
        reader(content)
    return time.process_time() - began
