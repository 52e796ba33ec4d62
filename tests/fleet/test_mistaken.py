"""A fleet's overview is not accepted as a result, and a wrong file is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from specdrift import reports
from specdrift.cli.main import cli
from specdrift.errors import UsageError
from specdrift.fleet.history.overview import FleetOverview, as_json
from tests.reports.factory import consistent

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-01-02T03:04:05+00:00"
WHAT = (
    "fleet.json: this is a fleet's overview, not the result of a run: give the result of one of its services"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: an overview, a result and a recording."""
    found = FleetOverview(run="r", fleet="f", started_at=DAY, finished_at=DAY, services=())
    (tmp_path / "fleet.json").write_bytes(as_json(found))
    (tmp_path / "full.json").write_bytes(reports.render(consistent(), "json"))
    (tmp_path / "kept.rec").write_text('{"specdrift_recording": 1, "judging": {}, "result": {}}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("report", "fleet.json"), WHAT),
        (("compare", "full.json", "fleet.json"), WHAT),
        (("report", "full.json", "--previous", "fleet.json"), WHAT),
        (
            ("report", "kept.rec"),
            "kept.rec: this is a recording, not the result of a run: `specdrift report --rejudge FILE`",
        ),
        (("merge", "fleet.json", "nosuch.json"), "cannot read nosuch.json: No such file or directory"),
        (("merge", "nosuch.json", "fleet.json"), "cannot read nosuch.json: No such file or directory"),
        (("merge", "full.json", "nosuch.json"), "cannot read nosuch.json: No such file or directory"),
        (
            ("merge", "full.json", "fleet.json"),
            "fleet.json is the overview of a fleet and full.json is a result: give the fleet.json files",
        ),
    ],
)
def test_a_wrong_file_is_named_with_its_kind(arguments: tuple[str, ...], problem: str) -> None:
    """Not as a damaged result."""
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(cli, list(arguments), catch_exceptions=False, standalone_mode=False)
    assert str(caught.value).startswith(problem)


@pytest.mark.usefixtures("folder")
def test_a_result_on_standard_input_is_still_merged() -> None:
    """It is read once."""
    whole = reports.render(consistent(), "json")
    with pytest.raises(UsageError, match="shard"):
        CliRunner().invoke(cli, ["merge", "-"], input=whole, catch_exceptions=False, standalone_mode=False)
