"""The history records the first and last run of a drift, and only what runs judged."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import reports
from specdrift.errors import UsageError
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.history.chart import BESIDE, bars, line
from specdrift.fleet.history.database import MEMORY, VERSION, Extent, HistoryDb, open_history
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.scheduler.outcome import unpack
from specdrift.fleet.scheduler.task import PriorState
from specdrift.model.result.drift import Severity
from specdrift.model.result.problem import Problem, ProblemKind
from tests.reports.factory import story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result


@pytest.fixture
def history() -> Iterator[HistoryDb]:
    """An empty one that keeps two results of each service."""
    from pathlib import Path

    with open_history(Path(MEMORY), fleet="all", keep=2) as found:
        yield found


def ran(history: HistoryDb, run: str, result: Result | None, *, extent: Extent = Extent.WHOLE) -> None:
    """One run of one service on the day named by the run."""
    at = f"2026-01-{run}T00:00:00+00:00"
    kept = service_report("api", result, history.prior_state("api")) if result else None
    summary = kept.summary if kept else Summary(service="api", exit_status=3, judged=False)
    history.begin(run, at=at)
    history.add(run, summary, kept)
    history.end(run, at=at, exit_status=summary.exit_status, extent=extent)


def document_part(*, drifts: bool) -> Result:
    """The sample with its findings about the document alone, or with none of them."""
    found = story()
    return replace(found, drifts=tuple(one for one in found.drifts if drifts and not one.probes))


def test_a_drift_is_open_from_its_first_run_to_the_one_that_no_longer_finds_it(history: HistoryDb) -> None:
    """And opens anew when it comes back."""
    count = len(document_part(drifts=True).drifts)
    assert count > 0
    for run, drifts in (("01", True), ("02", True), ("03", False), ("04", True)):
        ran(history, run, document_part(drifts=drifts))
    assert {(one.opened_at[8:10], one.fixed_at[8:10]) for one in history.drifts("api")} == {
        ("01", "03"),
        ("04", ""),
    }
    assert [(one.opened, one.fixed) for one in history.runs("api")] == [
        (count, 0),
        (0, count),
        (0, 0),
        (count, 0),
    ]


def test_a_drift_that_was_not_judged_is_not_fixed(history: HistoryDb) -> None:
    """A run without verdicts, or with a problem, leaves drifts open."""
    ran(history, "01", story())
    ran(history, "02", None)
    nothing = replace(
        story(), drifts=(), problem=Problem(kind=ProblemKind.UNREACHABLE, text="the target is unreachable")
    )
    ran(history, "03", nothing)
    runtime = {drift.fingerprint for drift in story().drifts if drift.probes}
    still_open = [one for one in history.drifts("api") if not one.fixed_at]
    assert len(still_open) == len(runtime) > 0
    assert [one.judged for one in history.runs("api")] == [True, False, True]


def test_the_last_result_is_kept_for_comparison(history: HistoryDb) -> None:
    """Also after a run without one; older ones keep only their counts."""
    assert history.prior_state("api").result == b""
    for run in ("01", "02", "03"):
        ran(history, run, replace(story(), run_id=run))
    ran(history, "04", None)
    assert reports.read(unpack(history.prior_state("api").result)).run_id == "03"
    assert len(history.trend("api")) == 3


def test_a_service_is_recorded_once_per_run(history: HistoryDb) -> None:
    """A second outcome of the same run is refused."""
    ran(history, "01", story())
    ran_again = service_report("api", story(), history.prior_state("api"))
    with pytest.raises(sqlite3.IntegrityError):
        history.add("01", ran_again.summary, ran_again)
    assert len(history.runs("api")) == 1


def test_parts_of_a_fleet_make_no_trend(history: HistoryDb) -> None:
    """Their totals would look like progress."""
    ran(history, "01", story())
    ran(history, "02", story(), extent=Extent.PART)
    assert [one.at[8:10] for one in history.totals()] == ["01"]


def test_fleets_in_one_file_are_separate(tmp_path: Path) -> None:
    """Two inventories may have services of the same name."""
    file = tmp_path / "history.sqlite"
    for fleet in ("staging", "production"):
        with open_history(file, fleet=fleet) as one:
            assert one.prior_state("api") == PriorState()
            ran(one, fleet, story())
            assert len(one.trend("api")) == len(one.totals()) == 1
            assert {drift.opened_at[8:10] for drift in one.drifts("api")} == {fleet[:2]}
    with open_history(file) as every:
        assert {run.fleet for run in every.runs("api")} == {"staging", "production"}


def test_a_total_has_new_and_fixed_drifts(history: HistoryDb) -> None:
    """Errors and warnings; notes do not count."""
    count = sum(one.severity is not Severity.NOTE for one in document_part(drifts=True).drifts)
    for run, drifts in (("01", True), ("02", False)):
        ran(history, run, document_part(drifts=drifts))
    assert [(one.drifts, one.opened, one.fixed) for one in history.totals()] == [
        (count, count, 0),
        (0, 0, count),
    ]


@pytest.mark.parametrize("content", [b"this is no database at all, as one can see" * 30, None])
def test_a_file_that_is_no_history_is_named(content: bytes | None, tmp_path: Path) -> None:
    """Another format, or a newer version."""
    path = tmp_path / "history.sqlite"
    if content is None:
        database = sqlite3.connect(path)
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
        database.close()
    else:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"the history .*history\.sqlite"), open_history(path):
        pytest.fail("it was opened")


def test_a_chart_begins_left_with_its_maximum_at_the_top() -> None:
    """Three values over eleven pixels in height; a single one stays at the left."""
    assert line([0, 2, 4], width=22, height=12) == "1.0,11.0 11.0,6.0 21.0,1.0"
    assert line([0], width=22, height=12) == "1.0,11.0"


def test_new_drifts_are_above_the_line_and_fixed_ones_below() -> None:
    """In proportion to the maximum of both."""
    found = [
        (bar.tone, bar.x, bar.y, bar.height) for bar in bars([(4, 0), (0, 0), (2, 1)], width=22, height=12)
    ]
    assert found == [
        ("worse", "1.9", "0.0", "6.0"),
        ("worse", "15.9", "3.0", "3.0"),
        ("better", "15.9", "6.0", "1.5"),
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_the_first_and_the_last_bar_are_inside_the_chart(count: int) -> None:
    """Each under its point of the line."""
    found = list(bars([(1, 0)] * count, width=320, height=30))
    assert float(found[0].x) >= 0
    assert float(found[-1].x) + float(found[-1].width) <= 320
    points = line([0] * count, width=320, height=48, beside=BESIDE).split()
    assert [float(point.partition(",")[0]) for point in points] == pytest.approx(
        [float(bar.x) + float(bar.width) / 2 for bar in found], abs=0.11
    )
