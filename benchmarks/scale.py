"""5,000 services with 200 operations each, every night: what it takes, and where it breaks first.

One such service is checked on a local nginx, its result merged again and again in growing numbers, and a small real
fleet is held against the simulation; then the night is simulated. ``--write`` makes docs/scale.md of it.
"""

import asyncio
import os
import pickle
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.machine import busy, described
from benchmarks.merger import Merged, merged
from benchmarks.nightly import Cost, Night, World, service_seconds, simulated
from benchmarks.stand import Bench, stand
from specdrift import __version__, scan
from specdrift.events import ScanFinished
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.scheduler.outcome import ServiceReport
from specdrift.fleet.scheduler.scheduler import MAX_UNSTORED
from specdrift.fleet.scheduler.task import PriorState
from specdrift.model.result.result import Result
from specdrift.settings import Settings
from tests.changed_settings import changed

OPERATIONS = 200
WORKERS = (1, 4, 16, 64, 256)
LIMITS = (5.0, 20.0, 100.0, 0.0)
"""Requests a second; 0 is none."""
NIGHT_H = 8.0
SIZES = (1, 2, 4)
"""Services that are really merged; the seconds are taken on from there."""
SMALL, SMALL_OPERATIONS = 4, 2
"""The real fleet that the simulation is held against."""
PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
TEMPLATE = Path(__file__).parent / "scale.md.j2"


class Held(Struct, frozen=True, kw_only=True):
    """The simulation beside a real fleet: seconds of both."""

    services: int
    workers: int
    limit: float
    real_s: float
    simulated_s: float


class Curve(Struct, frozen=True, kw_only=True):
    """A line through measured points: ``base`` and what each service adds."""

    base: float
    each: float

    def at(self, services: int) -> float:
        """Taken on to so many."""
        return self.base + self.each * services


def run(*, write: bool = False) -> bool:
    """Print the page; whether a night is enough at 20 requests a second."""
    with tempfile.TemporaryDirectory(prefix="specdrift-scale-") as scratch:
        result, scan_s = _scanned()
        nights, bind_s = _bound(result)
        first, second = Path(scratch) / "first.pickle", Path(scratch) / "second.pickle"
        for file, kept in zip((first, second), nights, strict=True):
            file.write_bytes(pickle.dumps(kept))
        size = second.stat().st_size
        points = [merged(first, second, services, all_of_them=World().services) for services in SIZES]
    work = fitted([(point.services, point.seconds) for point in points])
    one = Cost(
        operations=OPERATIONS,
        requests=result.counts.requests,
        connections=result.counts.connections,
        scan_s=scan_s + bind_s,
        bind_s=bind_s,
        merge_s=work.each,
        packed=size,
        written=points[-1].written // points[-1].services,
    )
    page = rendered(one, points, _held())
    print(page)
    if write:
        PAGE.write_text(page, encoding="utf-8")
    return any(simulated(one, World(), workers=n).hours <= NIGHT_H for n in WORKERS)


def fitted(points: Sequence[tuple[float, float]]) -> Curve:
    """Fit a line by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    each = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return Curve(base=mean_y - each * mean_x, each=each)


def rendered(one: Cost, points: Sequence[Merged], held: Sequence[Held]) -> str:
    """docs/scale.md. Pure but for the names of the machine."""
    worlds = [World(limit=limit or 1e9) for limit in LIMITS]
    nights: list[tuple[float, list[tuple[int, Night]]]] = [
        (limit, [(n, simulated(one, world, workers=n)) for n in WORKERS])
        for limit, world in zip(LIMITS, worlds, strict=True)
    ]
    world = World()
    environment = Environment(autoescape=False, undefined=StrictUndefined, trim_blocks=True)  # noqa: S701 - Markdown
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        one=one,
        points=points,
        nights=nights,
        held=held,
        limits=tuple(_limits(one, world)),
        world=world,
        most=MAX_UNSTORED,
        night_h=NIGHT_H,
        workers=WORKERS,
        seconds=lambda limit, n: service_seconds(one, replace(world, limit=limit or 1e9), workers=n),
        history=points[-1].history // points[-1].services,
        fleet=FleetSettings(folder=Path(), name=""),
        version=__version__,
        machine=described(),
        load=busy(),
    )


class Limit(Struct, frozen=True, kw_only=True):
    """How far one part of it goes by itself."""

    what: str
    how_far: str
    then: str


def _limits(one: Cost, world: World) -> Iterator[Limit]:
    """From what is reached first, for a fleet of these services, to what is reached last."""
    night, fleet = NIGHT_H * 3600, FleetSettings(folder=Path(), name="")
    each = one.requests / one.operations
    yield Limit(
        what="the owner's limit of one target",
        how_far=f"at {world.limit:g} requests/s {world.limit * night / each:,.0f} operations behind one listener, and "
        f"{world.limit * fleet.timeout / each:,.0f} within the {fleet.timeout:.0f} s of `fleet.timeout`",
        then="fewer checks or identities, a higher limit, a longer timeout; more workers do not help",
    )
    seconds = service_seconds(one, world, workers=1)
    yield Limit(
        what="workers",
        how_far=f"at {world.limit:g} requests/s {world.services * seconds / night:,.0f} workers are needed, which "
        f"mostly wait; each processor does {night / one.scan_s:,.0f} services without a limit",
        then="more workers for a processor, then more processors",
    )
    yield Limit(
        what="the leader, which merges one outcome after the other",
        how_far=f"{night / one.merge_s:,.0f} services",
        then="jobs of `--shard I/N`, each with a leader of its own; `merge` then rewrites every page, in "
        f"{one.bind_s:.1f} s of one of its processors each",
    )
    yield Limit(
        what="the folder of results",
        how_far=f"{one.written * world.services / 1e9:.0f} GB a night, rewritten each time",
        then="a disk that is large enough",
    )


def _scanned() -> tuple[Result, float]:
    """The result of one service, and processor seconds."""
    with stand() as bench:
        settings = _usual(bench, OPERATIONS)
        began = time.process_time()
        result = _scan(settings)
        return result, time.process_time() - began


def _bound(result: Result) -> tuple[tuple[ServiceReport, ServiceReport], float]:
    """What a worker makes of it in two nights, and processor seconds of the second."""
    first = service_report("service", result, PriorState())
    before = PriorState(result=first.files["json"], open={one.fingerprint: one.entry for one in first.opened})
    began = time.process_time()
    second = service_report("service", result, before)
    return (first, second), time.process_time() - began


def _usual(bench: Bench, operations: int) -> Settings:
    """What an owner has who sets nothing but three identities: every check, the whole battery."""
    return changed(bench.settings(operations), checks=(), battery={})


def _scan(settings: Settings) -> Result:
    async def into(found: list[Result]) -> None:
        found.extend(
            [e.result async for e in scan.scan(scan.prepare(settings)) if isinstance(e, ScanFinished)]
        )

    found: list[Result] = []
    asyncio.run(into(found))
    return found[0]


def _held() -> list[Held]:
    """A few real services, held back by their owners and not, beside what the simulation makes of them."""
    from benchmarks.fleet import timed

    found = []
    with ExitStack() as stack:
        benches = [stack.enter_context(stand()) for _ in range(SMALL)]
        settings = _usual(benches[0], SMALL_OPERATIONS)
        began = time.process_time()
        counts = _scan(settings).counts
        cost = Cost(
            operations=SMALL_OPERATIONS,
            requests=counts.requests,
            connections=counts.connections,
            scan_s=time.process_time() - began,
            bind_s=0.0,
            merge_s=0.0,
            packed=0,
            written=0,
        )
        for limit in (20.0, 0.0):
            real = timed(benches, operations=SMALL_OPERATIONS, workers=2, limit=limit)
            world = World(services=SMALL, rtt_s=0.0, limit=limit or 1e9, cores=os.cpu_count() or 1)
            night = simulated(cost, world, workers=2)
            found.append(
                Held(services=SMALL, workers=2, limit=limit, real_s=real, simulated_s=night.hours * 3600)
            )
    return found
