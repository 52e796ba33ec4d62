"""A service without verdicts is counted and shown as such, with or without a result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift import reports
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.history.database import MEMORY, Extent, open_history
from specdrift.fleet.history.overview import FleetOverview, as_html, as_json, as_text
from specdrift.fleet.history.summary import failed, summary_of, worst_first
from specdrift.fleet.scheduler.outcome import unpack
from specdrift.fleet.scheduler.task import Failure, PriorState
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import PreviousComparison
from tests.fleet.stand import Stand, service
from tests.fleet.test_command import fleet
from tests.reports.factory import consistent, hopeless, incomplete, story

DAY = "2026-01-02T03:04:05+00:00"


def overview() -> FleetOverview:
    """One that is down, one that is down and whose owner allows that, one without a result, and one that is judged."""
    down = summary_of("down", hopeless())
    services = (
        down,
        replace(down, service="allowed", exit_status=0),
        failed("lost", Failure.LOST, "there was no worker left"),
        summary_of("fine", consistent()),
    )
    return FleetOverview(run="r", fleet="f", started_at=DAY, finished_at=DAY, services=worst_first(services))


def test_a_service_that_is_down_is_counted_in_every_format() -> None:
    """As a service without a result; its page shows the attempts."""
    found = overview()
    sentence = "0 of 4 services drift; 3 could not be judged"
    page = as_html(found).decode()
    assert found.sentence == sentence
    assert f"<p>{sentence}.</p>" in page
    assert "? Not judged 3" in page
    assert "✓ Consistent 1" in page
    assert 'href="services/down.html"' in page
    assert 'href="services/lost.html"' not in page
    assert as_text(found).splitlines()[-1] == f"{sentence}."
    rows = {row["service"]: row for row in json.loads(as_json(found))["services"]}
    assert {name: row["judged"] for name, row in rows.items()} == {
        "down": False,
        "allowed": False,
        "lost": False,
        "fine": True,
    }
    assert {name: row["result"] for name, row in rows.items()} == {
        "down": "services/down.json",
        "allowed": "services/allowed.json",
        "lost": None,
        "fine": "services/fine.json",
    }


def test_a_service_without_verdicts_has_no_number_of_drifts() -> None:
    """0 would mean that it was judged."""
    undecided = str(len(hopeless().undecided))
    cells = {line.split()[0]: line.split()[1:4] for line in as_text(overview()).splitlines()[1:5]}
    assert cells["down"] == ["-", "-", undecided]
    assert cells["lost"] == ["-", "-", "-"]
    assert cells["fine"] == ["0", "0", "0"]


def test_a_service_that_is_down_is_not_unchanged() -> None:
    """It has neither new nor fixed drifts, since nothing was judged."""
    before = PreviousComparison(source="h", run_id="r", started_at=story().started_at)
    down = summary_of("down", replace(hopeless(), previous=before))
    page = as_html(replace(overview(), services=(down,))).decode()
    assert "unchanged" not in page
    assert "unchanged" in as_html(replace(overview(), services=(replace(down, judged=True),))).decode()


@pytest.mark.parametrize(
    "found",
    [
        incomplete(),
        replace(incomplete(), problem=Problem(kind=ProblemKind.STOPPED, text="the time is used up")),
        story(),
    ],
)
def test_a_partly_judged_service_counts_as_judged(found: object) -> None:
    """Its other operations are undecided, and have a column of their own."""
    assert summary_of("api", found).judged  # type: ignore[arg-type]


def test_a_result_is_compared_with_the_last_one_with_verdicts() -> None:
    """Otherwise everything would be new after a failed night."""
    with open_history(Path(MEMORY), fleet="all") as history:
        for run, result in (("01", story()), ("02", hopeless())):
            kept = service_report("api", replace(result, run_id=run), PriorState())
            history.begin(run, at=f"2026-01-{run}T00:00:00+00:00")
            history.add(run, kept.summary, kept)
            history.end(run, at=DAY, exit_status=3, extent=Extent.WHOLE)
        assert reports.read(unpack(history.prior_state("api").result)).run_id == "01"
        assert [one.judged for one in history.runs("api")] == [False, True]
        assert len(history.trend("api")) == 1


@pytest.mark.servers
@pytest.mark.slow
def test_a_fleet_that_cannot_be_reached_is_reported(servers: Stand, tmp_path: Path) -> None:
    """The only service has no listener: "no drift" is not the message."""
    alone = Stand(pki=servers.pki, base_urls={})
    found = fleet(tmp_path, alone.inventory(first=service("down", "https://127.0.0.1:1")))
    assert found.return_value == 3
    assert found.stdout.splitlines()[-1] == "0 of 1 service drift; 1 could not be judged."
    assert "cannot be reached" in found.stdout
    assert (tmp_path / "out/services/down.html").exists()
