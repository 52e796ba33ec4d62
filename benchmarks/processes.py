"""Runs a command and tells what it cost: wall-clock and CPU seconds, and the most memory that it had at a time.

The command is the child of a small process of its own (this file): a child's peak counts from what its parent had.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from msgspec import Struct


class Cost(Struct, frozen=True, kw_only=True):
    """Seconds, and megabytes; ``ended`` is false where it had to be stopped; ``said`` is the end of its output."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    status: int
    ended: bool
    said: str


def cost(command: Sequence[str | Path], *, limit_s: float) -> Cost:
    """What a command costs, with all that it starts and waits for."""
    with tempfile.NamedTemporaryFile() as figures:
        parts = (sys.executable, "-S", __file__, figures.name, *command)
        with subprocess.Popen(
            [str(part) for part in parts],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            timer = threading.Timer(limit_s, os.killpg, (process.pid, signal.SIGKILL))
            timer.start()
            said = process.communicate()[0]
            timer.cancel()
        text = figures.read()
    ended = json.loads(text) if text else {"wall_s": limit_s, "cpu_s": 0.0, "peak_mb": 0.0, "status": -9}
    return Cost(**ended, ended=bool(text), said=said[-4000:].decode("utf-8", "replace"))


def _measure(figures: str, *command: str) -> None:
    """Between the two: runs the command and writes down what it cost."""
    began = perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    found = {
        "wall_s": perf_counter() - began,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1000,
        "status": os.waitstatus_to_exitcode(status),
    }
    Path(figures).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    _measure(*sys.argv[1:])
