"""A night of 5,000 services with 200 operations each, simulated from figures that are measured first.

One such service is checked on a local nginx and taken in by the merger; what that costs is what every service of the
simulation costs, but for the network, which is slower there, and for the limit that owners set.
"""

import asyncio
import gzip
import heapq
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.stand import stand
from specdrift import reports, scan
from specdrift.events import ScanFinished
from specdrift.fleet.merging import Merger
from specdrift.fleet.past import MEMORY, Past, past
from specdrift.fleet.task import Outcome
from specdrift.model.result import Result
from specdrift.settings import Settings

SERVICES, OPERATIONS = 5_000, 200
SLOTS = (1, 4, 16, 64, 256)
"""Workers: each does one service at a time."""
NIGHT_H = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one service costs. ``scan_s`` is processor time of a worker, ``merge_s`` of the merger; bytes are those
    of the packed result.
    """

    requests: int
    connections: int
    scan_s: float
    merge_s: float
    packed: int
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``rtt_s`` is a round trip to a target, ``limit`` requests a second that its owner allows, ``at_once``
    connections; one service in ``die_every`` costs its worker, and is done again.
    """

    rtt_s: float = 0.01
    limit: float = 20.0
    at_once: int = 8
    die_every: int = 500
    cores: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """How it went: hours, the share of them in which the merger was busy, and the most results that waited for it."""

    hours: float
    merger_busy: float
    most_waiting: int


def run() -> bool:
    """Print the tables; whether a night is enough with the most workers."""
    one = measured()
    print(
        f"measured, one service of {OPERATIONS} operations: {one.requests:,} requests on {one.connections:,} "
        f"connections, {one.scan_s:.1f} s of a worker's processor, {one.merge_s:.2f} s of the merger's, "
        f"{one.packed / 1024:.0f} KB of result to carry, {one.written / 1e6:.1f} MB of files"
    )
    print(
        f"{SERVICES:,} services: {one.requests * SERVICES / 1e6:.1f} million requests, "
        f"{one.connections * SERVICES / 1e6:.1f} million handshakes, {one.scan_s * SERVICES / 3600:.1f} hours of "
        f"processors, {one.written * SERVICES / 1e9:.0f} GB of files"
    )
    nights = []
    for limit in (20.0, 100.0, 1e9):
        world = World(limit=limit)
        allowed = f"{limit:g} requests/s" if limit < 1e9 else "no limit"
        print(
            f"\n{allowed} a target, {world.rtt_s * 1000:g} ms away, {world.cores} processors for all workers:"
        )
        for slots in SLOTS:
            night = simulated(one, world, slots=slots)
            nights.append(night)
            waiting = night.most_waiting * one.packed / 1e6
            print(
                f"  {slots:4} workers  {night.hours:8.1f} h  merger busy {night.merger_busy:4.0%}  "
                f"at most {night.most_waiting:5,} results ({waiting:,.0f} MB) wait for it"
            )
    return any(night.hours <= NIGHT_H for night in nights)


def simulated(one: Measured, world: World, *, slots: int) -> Night:
    """Every service once, the lost ones twice; the merger takes one after the other. Pure."""
    seconds = service_seconds(one, world, slots=slots)
    ends: list[float] = []
    free = [0.0] * slots
    for number in range(1, SERVICES + 1):
        begun = heapq.heappop(free)
        # A worker that dies has done half of it, and takes a moment to come back.
        lost = seconds / 2 + 5 if number % world.die_every == 0 else 0.0
        heapq.heappush(free, begun + lost + seconds)
        ends.append(begun + lost + seconds)
    return _merged(sorted(ends), one.merge_s)


def service_seconds(one: Measured, world: World, *, slots: int) -> float:
    """How long a worker is at one service: the largest of what it waits for."""
    crowded = max(1.0, slots / world.cores)
    computing = one.scan_s * crowded
    network = (one.requests + 2 * one.connections) * world.rtt_s / world.at_once
    return max(computing + network, one.requests / world.limit)


def _merged(ends: list[float], merge_s: float) -> Night:
    done, most = 0.0, 0
    taken: list[float] = []
    first_waiting = 0
    for index, end in enumerate(ends):
        while first_waiting < len(taken) and taken[first_waiting] <= end:
            first_waiting += 1
        done = max(done, end) + merge_s
        taken.append(done)
        most = max(most, index + 1 - first_waiting)
    return Night(hours=done / 3600, merger_busy=len(ends) * merge_s / done, most_waiting=most)


def measured() -> Measured:
    """One service, from the document to the files."""
    with (
        stand() as bench,
        past(Path(MEMORY), fleet="bench") as history,
        tempfile.TemporaryDirectory() as scratch,
    ):
        settings = replace(bench.settings(OPERATIONS), checks=(), battery={})
        result, scan_s = _scanned(settings)
        packed = gzip.compress(reports.render(result, "json"), mtime=0)
        # The second has an earlier result to be held against.
        _, merge_s = (_taken_in(packed, Path(scratch), history, run=run) for run in ("first", "second"))
        written = sum(size for size in _sizes(Path(scratch)))
    counts = result.counts
    return Measured(
        requests=counts.requests,
        connections=counts.connections,
        scan_s=scan_s,
        merge_s=merge_s,
        packed=len(packed),
        written=written,
    )


def _taken_in(packed: bytes, folder: Path, history: Past, *, run: str) -> float:
    merger = Merger(run=run, output=folder, past=history)
    history.begin(run, at=run)
    began = time.process_time()
    merger.keep(Outcome(service="one", result=packed))
    return time.process_time() - began


def _sizes(folder: Path) -> Iterator[int]:
    return (path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _scanned(settings: Settings) -> tuple[Result, float]:
    async def all_of_it(found: list[Result]) -> None:
        found.extend(
            [e.result async for e in scan.scan(scan.prepare(settings)) if isinstance(e, ScanFinished)]
        )

    found: list[Result] = []
    began = time.process_time()
    asyncio.run(all_of_it(found))
    return found[0], time.process_time() - began
