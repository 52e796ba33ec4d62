"""The message about a fleet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from specdrift.errors import UsageError
from specdrift.fleet.history.announcement import message_of_fleet
from specdrift.fleet.history.overview import FleetOverview, as_json
from specdrift.fleet.history.summary import DriftCounts, ServiceChange, Summary, failed
from specdrift.fleet.scheduler.task import Failure
from specdrift.reports.chat.message import WORST, Moved
from specdrift.reports.content.headline import Standing

OPEN = Summary(
    service="cash@production",
    exit_status=1,
    standing=Standing.DRIFT,
    drifts=DriftCounts(error=2),
    change=ServiceChange(since="2026-01-01T00:00:00+00:00", new=1, fixed=0),
)
CLOSED = Summary(
    service="orders@production",
    exit_status=0,
    standing=Standing.CONSISTENT,
    change=ServiceChange(since="2026-01-01T00:00:00+00:00", new=0, fixed=0),
)
DOWN = failed("ledger@production", Failure.LOST, "the target does not answer\nsecond line")


def written(*services: Summary) -> bytes:
    """The file of a run with these services."""
    overview = FleetOverview(
        run="run",
        fleet="shop",
        started_at="2026-01-02T03:00:00+00:00",
        finished_at="2026-01-02T03:04:00+00:00",
        services=services,
    )
    return as_json(overview)


def test_it_names_the_worst_services_and_what_moved() -> None:
    """Those that passed are counted only."""
    message = message_of_fleet(written(OPEN, DOWN, CLOSED))
    assert message.title == "✗ Drift: shop"
    assert message.sentence == "1 of 3 services drift; 1 could not be judged."
    assert [(each.severity, each.title, each.where) for each in message.items] == [
        ("drift", "cash@production", "2 errors, 0 warnings; 1 new"),
        ("not judged", "ledger@production", "the target does not answer"),
    ]
    assert (message.exit_status, message.moved, message.more) == (1, Moved.CHANGED, 0)


@pytest.mark.parametrize(
    ("services", "standing", "moved"),
    [
        ((CLOSED,), Standing.CONSISTENT, Moved.SAME),
        ((CLOSED, DOWN), Standing.INCOMPLETE, Moved.UNKNOWN),
        ((DOWN,), Standing.INCOMPLETE, Moved.UNKNOWN),
        ((), Standing.PASSED, Moved.UNKNOWN),
    ],
)
def test_a_service_that_is_down_is_no_silence(
    services: tuple[Summary, ...], standing: Standing, moved: Moved
) -> None:
    """Nothing is the same where nothing was seen."""
    message = message_of_fleet(written(*services))
    assert (message.standing, message.moved) == (standing, moved)


def test_a_large_fleet_is_cut() -> None:
    """A chat has limits."""
    message = message_of_fleet(written(*[OPEN] * 40))
    assert (len(message.items), message.more) == (WORST, 40 - WORST)


def changed(**members: Any) -> bytes:  # noqa: ANN401 - any JSON
    """The file with other members."""
    return json.dumps({**json.loads(written(OPEN)), **members}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"fleet": 1}',
        b"[" * 100_000,
        changed(schema_version="9.0"),
        changed(services=[{}]),
        changed(services=[None]),
        changed(services=7),
        changed(exit_status=77),
        changed(exit_status="drift"),
    ],
)
def test_another_file_is_an_error_of_use(content: bytes) -> None:
    """Nothing is sent about it."""
    with pytest.raises(UsageError):
        message_of_fleet(content)
