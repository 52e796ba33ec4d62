"""Judging exchanges, and writing the result, once for 1,000 operations as twelve identities."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.stand import stand, timed
from benchmarks.table import Job, Row, Theme, median
from specdrift import reports
from specdrift.scan.conclusion.recording import rejudge
from tests.changed_settings import changed

OPERATIONS, RUNS = 1000, 3
JUDGED_S, FLOORS = 1.0, {"html": 0.4}
"""Seconds."""
FORMATS = ("text", "html", "json", "sarif", "junit", "markdown")


def theme() -> Theme:
    """From a recorded run, without a network."""
    with TemporaryDirectory(prefix="specdrift-bench-") as scratch, stand() as bench:
        file = Path(scratch) / "recording.json"
        result = timed(changed(bench.twelve(OPERATIONS), record=file)).result
        judging = Row(
            who="specdrift",
            value=_median(lambda: rejudge(file)),
            floor=JUDGED_S,
            note=f"{len(result.probes):,} exchanges, read from a recording of {file.stat().st_size / 1e6:.1f} MB",
        )
    rendering = []
    for name in FORMATS:
        size = len(reports.render(result, name))
        seconds = _median(partial(reports.render, result, name))
        rendering.append(
            Row(
                who=f"specdrift, {name}",
                value=seconds,
                floor=FLOORS.get(name, 0.0),
                note=f"{size / 1e6:.2f} MB",
            )
        )
    return Theme(
        title="Judging and rendering",
        about=f"{OPERATIONS:,} operations as 12 identities, seen once; seconds, median of {RUNS} runs.",
        jobs=(Job("Judge a recorded run again", [judging]), Job("Render the result", rendering)),
    )


def _median(work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return median(once() for _ in range(RUNS))
