"""Accepted drifts do not fail a fleet, and are always shown."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from specdrift.cli.main import cli
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.history.database import Extent, open_history
from specdrift.fleet.history.overview import FleetOverview, as_html, as_json, as_text
from specdrift.fleet.history.summary import summary_of
from specdrift.model.result.drift import DriftStatus
from tests.reports.factory import story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result

DAY = "2026-01-02T03:04:05+00:00"


def with_baseline(*, accepts: bool) -> Result:
    """The sample with all of its drifts accepted, or with none."""
    status, code = (DriftStatus.SUPPRESSED, 0) if accepts else (DriftStatus.NEW, 1)
    drifts = tuple(replace(drift, status=status) for drift in story().drifts)
    return replace(story(), drifts=drifts, exit_status=code, undecided=())


COUNT = len(with_baseline(accepts=True).drifts)
PRINTS = len({drift.fingerprint for drift in story().drifts})


def test_a_consistent_service_shows_its_accepted_drifts() -> None:
    """In every format; "Consistent" alone would be wrong."""
    services = (summary_of("api", with_baseline(accepts=True)),)
    found = FleetOverview(run="r", fleet="f", started_at=DAY, finished_at=DAY, services=services)
    sentence = f"0 of 1 service drift; {COUNT} drifts accepted by baselines"
    page, text = as_html(found).decode(), as_text(found)
    assert f"<p>{sentence}.</p>" in page
    assert f"{COUNT} accepted by the baseline</div>" in page
    assert text.splitlines()[1].endswith(f"{COUNT} accepted")
    assert text.splitlines()[-1] == f"{sentence}."
    assert json.loads(as_json(found))["services"][0]["drifts"]["accepted"] == COUNT


def test_without_accepted_drifts_nothing_is_shown() -> None:
    """The word has a meaning."""
    services = (summary_of("api", with_baseline(accepts=False)),)
    found = FleetOverview(run="r", fleet="f", started_at=DAY, finished_at=DAY, services=services)
    assert "accepted by" not in found.sentence + as_html(found).decode()


def remembered(file: Path, *runs: Result) -> None:
    """One run of one service a day."""
    with open_history(file, fleet="all") as history:
        for day, result in enumerate(runs, start=1):
            run, at = f"{file.stem}{day}", f"2026-01-0{day}T00:00:00+00:00"
            history.begin(run, at=at)
            kept = service_report("api", replace(result, run_id=run), history.prior_state("api"))
            history.add(run, kept.summary, kept)
            history.end(run, at=at, exit_status=kept.summary.exit_status, extent=Extent.WHOLE)


def told(file: Path) -> Iterator[str]:
    """What the command prints."""
    outcome = CliRunner().invoke(cli, ["history", "--history", str(file)], catch_exceptions=False)
    yield from outcome.stdout.splitlines()


@pytest.mark.parametrize("accepts", [True, False])
def test_the_history_shows_currently_accepted_drifts(accepts: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    """The last run decides."""
    file = tmp_path / "history.sqlite"
    remembered(file, with_baseline(accepts=not accepts), with_baseline(accepts=accepts))
    newest, before, _, *drifts = told(file)
    assert (f"{COUNT} accepted, 0 undecided" in newest) is accepts
    assert (f"{COUNT} accepted, 0 undecided" in before) is not accepts
    assert len(drifts) == PRINTS
    assert {line.partition(", opened")[2].partition(", ")[2] for line in drifts} == {
        "open, accepted by the baseline" if accepts else "open"
    }


def test_a_history_of_the_previous_version_is_read(tmp_path: Path) -> None:
    """It has no baselines until the next run; runs and drifts are kept."""
    file = tmp_path / "history.sqlite"
    remembered(file, with_baseline(accepts=True))
    with closing(sqlite3.connect(file)) as database:
        database.execute("ALTER TABLE drift DROP COLUMN accepted")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    assert len([line for line in told(file) if line.endswith(", open")]) == PRINTS
    with open_history(file, fleet="all") as history:
        kept = service_report(
            "api", replace(with_baseline(accepts=True), run_id="b"), history.prior_state("api")
        )
        history.begin("b", at=DAY)
        history.add("b", kept.summary, kept)
        assert {drift.accepted for drift in history.drifts("api")} == {True}
        assert len(history.runs("api")) == 2
