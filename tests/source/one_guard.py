"""One process that parses first, for many readings of Rust: to start it takes longer than to read what tests write."""

from __future__ import annotations

import atexit
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from specdrift.source.rust import parse_guard

if TYPE_CHECKING:
    from collections.abc import Iterator

RENEWED_S = 0.3
"""CPU seconds after which another process follows: the kernel ends it after three, of all readings together."""
TIMES = slice(11, 13)
"""The fields of /proc/PID/stat after the name of the program that are its CPU time."""

_KEPT = parse_guard._Guard()
atexit.register(_KEPT.stop)


@contextmanager
def one_guard() -> Iterator[None]:
    """Bound the time of the parsing inside as every reading does, by a process that was there before."""
    if _seconds() > RENEWED_S:
        _KEPT.stop()
    _KEPT.ended = 0
    before = parse_guard._CURRENT.set(_KEPT)
    try:
        yield
    finally:
        parse_guard._CURRENT.reset(before)


def process() -> int | None:
    """Return the number of the process, None before there is one."""
    return _KEPT.process.pid if _KEPT.process else None


def _seconds() -> float:
    """Return the CPU seconds of the process; where the system does not say, each reading gets its own."""
    if _KEPT.process is None:
        return 0.0
    try:
        said = Path(f"/proc/{_KEPT.process.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return float("inf")
    return sum(map(int, said.rpartition(")")[2].split()[TIMES])) / os.sysconf("SC_CLK_TCK")
