"""Runs a command and tells what it cost: wall-clock and CPU seconds, and the most memory that it had at a time."""

import os
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds, and megabytes; ``ended`` is false where it had to be stopped; ``said`` is the end of its output."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    status: int
    ended: bool
    said: str


def cost(command: Sequence[str | Path], *, limit_s: float, cwd: Path | None = None) -> Cost:
    """What a command costs, with all that it starts and waits for."""
    began = perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            os.killpg(process.pid, 9)

        timer = threading.Timer(limit_s, stop)
        timer.start()
        assert process.stdout
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        wall_s=perf_counter() - began,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss / 1000,
        status=process.returncode,
        ended=not stopped.is_set(),
        said=said[-4000:].decode("utf-8", "replace"),
    )
