"""What the leader of a fleet needs to take in many outcomes: run as a program, it takes in one again and again.

A process of its own, so that its greatest memory is that of the leader's work and of nothing before it.
"""

import json
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from specdrift.fleet.history.database import Extent, HistoryDb, open_history
from specdrift.fleet.history.overview import FleetOverview, Share, as_html, as_json
from specdrift.fleet.history.run_writer import RunWriter
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.scheduler.outcome import ServiceReport, TaskOutcome
from specdrift.fleet.scheduler.task import Task


class Merged(Struct, frozen=True, kw_only=True):
    """``services`` outcomes: processor seconds, the process's greatest memory, and what is on the disk afterwards; then
    the overview of ``all_of_them`` services, with the greatest memory by then.
    """

    services: int
    seconds: float
    peak: int
    written: int
    history: int
    all_of_them: int
    overview_s: float
    overview_peak: int
    overview: int


def merged(first: Path, second: Path, services: int, *, all_of_them: int) -> Merged:
    """In a fresh process, with a history in a file: two nights, with what a worker brings in each of them (``Kept``,
    pickled, as a pipe carries it). The seconds are those of the second night, which has a first one before it.
    """
    command = [sys.executable, "-m", "benchmarks.merger", *map(str, (first, second, services, all_of_them))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Merged(**json.loads(done.stdout))


def _merge(first: bytes, second: bytes, services: int, all_of_them: int, folder: Path) -> Merged:
    file = folder / "history.sqlite"
    with open_history(file, fleet="bench") as known:
        _night(first, services, folder, known)
        began = time.process_time()
        found = _night(second, services, folder, known)
        seconds = time.process_time() - began
    peak, began = _peak(), time.process_time()
    many = replace(found, services=tuple(_many(found.services, all_of_them)))
    overview = len(as_html(many)) + len(as_json(many))
    return Merged(
        services=services,
        seconds=seconds,
        peak=peak,
        all_of_them=all_of_them,
        overview_s=time.process_time() - began,
        overview_peak=_peak(),
        overview=overview,
        written=sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file()),
        history=file.stat().st_size,
    )


def _night(arriving: bytes, services: int, folder: Path, known: HistoryDb) -> FleetOverview:
    writer = RunWriter("bench", share=Share(inventory=""), output=folder / "out", history=known)
    for number in range(services):
        task = Task(
            service=f"service-{number}", inventory=folder, digest="", cwd=folder, target="", timeout=1.0
        )
        pickle.dumps(writer.prepare_task(task))
        report: ServiceReport = pickle.loads(arriving)  # noqa: S301 - written by the process that started this one
        own = replace(report, summary=replace(report.summary, service=task.service))
        writer.store(TaskOutcome(service=task.service, report=own))
    return writer.close(interrupted=False, forgiven=frozenset(), extent=Extent.WHOLE)


def _many(some: Sequence[Summary], count: int) -> Iterator[Summary]:
    """As if so many had been merged: what stays of each is its summary, here with a month of trend."""
    for number in range(count):
        yield replace(
            some[number % len(some)], service=f"service-{number}", trend=tuple(range(number, number + 30))
        )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="specdrift-merger-") as scratch:
        first, second = (Path(file).read_bytes() for file in sys.argv[1:3])
        some, every = map(int, sys.argv[3:])
        print(json.dumps(asdict(_merge(first, second, some, every, Path(scratch)))))
