"""The simulation of a nightly run agrees with calculations by hand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from benchmarks.nightly import Cost, World, service_seconds, simulated
from benchmarks.scale import fitted
from specdrift.fleet.scheduler.scheduler import MAX_UNSTORED

ONE = Cost(
    operations=10, requests=1000, connections=100, scan_s=2.0, bind_s=0.5, merge_s=0.1, packed=1, written=1
)
WORLD = World(services=100, rtt_s=0.008, limit=1e9, at_once=8, cores=4, die_every=10**9)


@pytest.mark.parametrize(
    ("world", "workers", "seconds"),
    [
        (WORLD, 1, 2.0 + 1200 * 0.001),
        (WORLD, 8, 2 * 2.0 + 1.2),
        (replace(WORLD, limit=20), 1, 50.0),
        (replace(WORLD, limit=20), 64, 50.0),
    ],
)
def test_a_service_takes_its_work_and_its_waits(world: World, workers: int, seconds: float) -> None:
    """Work and round trips; twice as many workers as processors compute half as fast; a limit holds."""
    assert service_seconds(ONE, world, workers=workers) == pytest.approx(seconds)


def test_one_worker_checks_services_in_sequence() -> None:
    """The scheduler merges in parallel, except the last."""
    night = simulated(ONE, WORLD, workers=1)
    assert night.hours * 3600 == pytest.approx(100 * 3.2 + 0.1)
    assert night.most_arrived == 1


def test_with_many_workers_merging_decides() -> None:
    """Results are merged in sequence, and the number of waiting results is limited."""
    night = simulated(replace(ONE, merge_s=1.0), replace(WORLD, services=1000, cores=1000), workers=256)
    assert 1000 <= night.hours * 3600 < 1000 + 2 * 3.2
    assert night.leader_busy > 0.99
    assert night.most_arrived <= MAX_UNSTORED + 256


def test_a_lost_worker_costs_half_a_service_and_its_return() -> None:
    """One of a hundred here."""
    lost = replace(WORLD, die_every=100, back_s=5.0)
    more = simulated(ONE, lost, workers=1).hours - simulated(ONE, WORLD, workers=1).hours
    assert more * 3600 == pytest.approx(3.2 / 2 + 5)


def test_a_line_goes_through_its_points() -> None:
    """The memory at 5,000 is interpolated."""
    assert fitted([(1, 5), (2, 7), (3, 9)]).at(10) == pytest.approx(23)
