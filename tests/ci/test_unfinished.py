"""A job that ends before it has results says so to later steps: they would take missing outputs for a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.repository import Ended, Repository

pytestmark = pytest.mark.slow

UNUSABLE = {"verdict": "unusable", "exit-status": "2", "findings": "", "report-path": ""}


def run(repository: Repository, tmp_path: Path, *arguments: str, **variables: str) -> tuple[Ended, str, str]:
    """Run the job as GitHub does; return how it ended, its outputs and its summary."""
    files = {"GITHUB_OUTPUT": tmp_path / "outputs", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    for file in files.values():
        file.write_text("earlier=1\n", encoding="utf-8")
    named = {name: str(file) for name, file in files.items()}
    ended = repository.job(*arguments, GITHUB_ACTIONS="true", **named, **variables)
    texts = [file.read_text(encoding="utf-8").removeprefix("earlier=1\n") for file in files.values()]
    return ended, texts[0], texts[1]


@pytest.mark.parametrize(
    ("arguments", "variables", "why"),
    [
        (["--against", "0" * 40], {}, "0" * 40),
        (["--mode", "cheque"], {}, "cheque"),
        ([], {"SPECDRIFT_FAIL_ON": "eror"}, "eror"),
        ([], {"SPECDRIFT_ALLOW_GATE_CHANGES": "yes please"}, "yes please"),
        (["--name", "a b"], {}, "name"),
    ],
    ids=["revision", "mode", "fail-on", "gate", "name"],
)
def test_bad_input_is_unusable_in_outputs_and_summary(
    offline: Repository, tmp_path: Path, arguments: list[str], variables: dict[str, str], why: str
) -> None:
    """With the message; and the folder has the same, without what a checkout holds in its place."""
    offline.output.mkdir()
    (offline.output / "summary.md").write_text("planted", encoding="utf-8")
    (offline.output / "lint.sarif").write_text("planted", encoding="utf-8")
    ended, outputs, summary = run(offline, tmp_path, *arguments, **variables)
    assert ended.status == ExitStatus.USAGE
    assert dict(line.split("=", 1) for line in outputs.splitlines()) == UNUSABLE
    assert why in ended.log
    assert why.replace("-", "") in summary.replace("\\", "").replace("-", "")
    assert (offline.outputs(), offline.summary()) == (UNUSABLE, summary)
    assert not (offline.output / "lint.sarif").exists()


def test_an_output_that_is_a_file_is_left_alone(offline: Repository, tmp_path: Path) -> None:
    """GitHub's own files are written."""
    ended, outputs, summary = run(offline, tmp_path, "--output", "api/openapi.yaml")
    assert (ended.status, "verdict=unusable\n" in outputs) == (ExitStatus.USAGE, True)
    assert "is a file" in summary
    assert (offline.folder / "api/openapi.yaml").is_file()


def test_nothing_is_written_beyond_a_link_out_of_the_checkout(offline: Repository, tmp_path: Path) -> None:
    """The change may hold the link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    offline.output.symlink_to(outside)
    ended, outputs, summary = run(offline, tmp_path)
    assert (ended.status, "exit-status=2\n" in outputs) == (ExitStatus.USAGE, True)
    assert "symbolic link" in summary
    assert not list(outside.iterdir())


def test_a_job_with_results_writes_its_outputs_once(offline: Repository, tmp_path: Path) -> None:
    """Of two verdicts, later steps would see the last; help is no job."""
    ended, outputs, summary = run(offline, tmp_path, "--mode", "lint")
    assert (ended.status, outputs.count("verdict=")) == (ExitStatus.OK, 1)
    assert summary.count("specdrift: pass") == 1
    assert run(offline, tmp_path, "--help")[1:] == ("", "")
