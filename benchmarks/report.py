"""Judging exchanges, and writing the result, once for 1,000 operations as twelve identities.

Beside them stands what parsing or writing the same result as JSON takes: a ratio, taken in turns, shows a change of
specdrift and little of the machine.
"""

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.stand import stand, timed
from benchmarks.table import Job, Row, Theme, median
from specdrift import reports
from specdrift.collecting import collecting_rarely
from specdrift.model.result.result import Result
from specdrift.scan.conclusion.recording import rejudge
from tests.changed_settings import changed

OPERATIONS, RUNS = 1000, 3
JUDGED_S, PAGE_S = 1.0, 0.4
"""Seconds."""
JUDGED_WITHIN, PAGE_WITHIN = 9.5, 2.6
"""Times as long as parsing the result as JSON, and as writing it so: a quarter more than was measured."""
FORMATS = ("text", "sarif", "junit", "markdown")


def theme() -> Theme:
    """From a recorded run, without a network."""
    with TemporaryDirectory(prefix="specdrift-bench-") as scratch, stand() as bench:
        file = Path(scratch) / "recording.json"
        result = timed(changed(bench.twelve(OPERATIONS), record=file)).result
        judging = _judging(file, result)
    rendering = [
        Row(who=f"specdrift, {name}", value=_seconds(result, name), unit="CPU s", note=_size(result, name))
        for name in FORMATS
    ]
    return Theme(
        title="Judging and rendering",
        about=f"{OPERATIONS:,} operations as 12 identities, seen once; CPU seconds, median of {RUNS} runs, in turns "
        "with the JSON of the same result.",
        jobs=(judging, _page(result), Job("Render the result", rendering)),
    )


def _judging(file: Path, result: Result) -> Job:
    text = reports.render(result, "json")
    taken = _in_turns({"specdrift": lambda: rejudge(file), "json.loads": lambda: json.loads(text)})
    size = file.stat().st_size / 1e6
    note = f"{len(result.probes):,} exchanges, read from a recording of {size:.1f} MB"
    return Job(
        "Judge a recorded run again",
        (
            Row(who="specdrift", value=taken["specdrift"], unit="CPU s", floor=JUDGED_S, note=note),
            Row(
                who="json.loads",
                value=taken["json.loads"],
                unit="CPU s",
                within=JUDGED_WITHIN,
                note=f"parses the result, {len(text) / 1e6:.1f} MB",
            ),
        ),
    )


def _page(result: Result) -> Job:
    taken = _in_turns({name: partial(reports.render, result, name) for name in ("html", "json")})
    floors = {"html": {"floor": PAGE_S}, "json": {"within": PAGE_WITHIN}}
    return Job(
        "Render the page",
        [
            Row(
                who=f"specdrift, {name}",
                value=seconds,
                unit="CPU s",
                note=_size(result, name),
                **floors[name],
            )
            for name, seconds in taken.items()
        ],
    )


def _size(result: Result, name: str) -> str:
    return f"{len(reports.render(result, name)) / 1e6:.2f} MB"


def _seconds(result: Result, name: str) -> float:
    return _in_turns({name: partial(reports.render, result, name)})[name]


def _in_turns(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return how long each takes of the processor."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            with collecting_rarely():  # as all of these do by themselves, but for json.loads
                began = time.process_time()
                work()
                taken[name].append(time.process_time() - began)
    return {name: median(samples) for name, samples in taken.items()}
