"""Every format from one saved result, by name and by the ending of a file."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from specdrift import reports
from specdrift.compressed import unpacked
from specdrift.errors import UsageError
from specdrift.reports import FORMATS
from tests.cli.conftest import Run
from tests.cli.engine import Engine
from tests.reports import factory

ENDINGS = {
    "report.html": "html",
    "result.json": "json",
    "specdrift.sarif": "sarif",
    "junit.xml": "junit",
    "summary.md": "markdown",
    "annotations.github.txt": "github",
    "gl.codequality.json": "gitlab",
    "gl.dast.json": "gitlab-dast",
    "report.txt": "text",
    "report": "text",
}
COMPRESSED = {f"{name}.gz": form for name, form in ENDINGS.items()}
FIRST = {
    "html": "<!doctype html>",
    "json": '{\n "schema_version"',
    "sarif": '{"version":"2.1.0"',
    "junit": "<?xml version='1.0'",
    "markdown": "<!-- specdrift -->",
    "github": "Drift: 3 of 7",
    "gitlab": "[\n {",
    "gitlab-dast": '{\n "version": "15.',
    "openmetrics": "# HELP specdrift_",
    "text": "✗ DRIFT",
}


def test_an_unknown_ending_is_an_error(command: Run, saved: str, tmp_path: Path) -> None:
    """A text in ``report.pdf`` would be found by the reader of the PDF; ``--format`` still names any file."""
    outcome = command("report", saved, "-o", "report.pdf")
    assert outcome.status == 2
    assert ".html, .json" in outcome.err
    assert not (tmp_path / "report.pdf").exists()
    assert command("report", saved, "-o", "report.log", "--format", "text").status == 0


@pytest.fixture
def saved(tmp_path: Path) -> str:
    """A saved result, in the folder `out` of the repository."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").write_bytes(reports.render(factory.story(), "json"))
    return "out/result.json"


@pytest.mark.parametrize("name", FORMATS)
def test_a_saved_result_is_rendered_in_every_format(command: Run, saved: str, name: str) -> None:
    """On stdout, without a network, with status 0 whatever it says."""
    outcome = command("report", saved, "--format", name)
    assert outcome.status == 0
    assert outcome.err == ""
    assert name in FIRST, f"add the first characters of a {name} report to FIRST"
    assert outcome.out.lower().startswith(FIRST[name].lower())


@pytest.mark.parametrize("file", ENDINGS)
def test_the_ending_of_a_file_chooses_its_format(command: Run, saved: str, tmp_path: Path, file: str) -> None:
    """The longest ending that fits: a code quality report is JSON too."""
    assert command("report", saved, "-o", file).status == 0
    written = (tmp_path / file).read_text()
    assert written.lower().startswith(FIRST[ENDINGS[file]].lower())


def test_files_are_named_from_the_top_of_the_repository(
    command: Run, saved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever specdrift runs: a CI system knows nothing of that folder."""
    (tmp_path / "api").mkdir()
    monkeypatch.chdir(tmp_path / "api")
    outcome = command("report", f"../{saved}", "--format", "gitlab")
    assert {issue["location"]["path"] for issue in json.loads(outcome.out)} == {"api/openapi.yaml"}
    assert "file=api/openapi.yaml," in command("report", f"../{saved}", "--format", "github").out


def test_a_linted_document_is_reported_in_every_format(command: Run, tmp_path: Path) -> None:
    """Also one that cannot be judged at all."""
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n")
    for name in FORMATS:
        outcome = command("lint", "openapi.yaml", "--format", name)
        assert outcome.status == 3
        assert "no-operations" in outcome.out


def test_a_check_writes_all_of_them_at_once(command: Run, engine: Engine, tmp_path: Path) -> None:
    """`--report` is given as often as there are formats; each is what `report` would write."""
    assert engine.kind == "drift"
    targets = [f"--report={name}=out/{name}" for name in FORMATS]
    outcome = command("check", "openapi.yaml", "https://localhost:8443", "-q", *targets)
    assert outcome.status == 1
    for name in set(FORMATS) - {"text"}:
        written = (tmp_path / "out" / name).read_text()
        assert written == reports.render(engine.result, name).decode()


@pytest.mark.slow
@pytest.mark.parametrize("file", COMPRESSED)
def test_a_report_whose_name_ends_in_gz_is_compressed(
    command: Run, saved: str, tmp_path: Path, file: str
) -> None:
    """The ending before it chooses the format, and the same report gives the same bytes."""
    assert command("report", saved, "-o", file).status == 0
    once = (tmp_path / file).read_bytes()
    assert gzip.decompress(once).decode().lower().startswith(FIRST[COMPRESSED[file]].lower())
    assert command("report", saved, "-o", file).status == 0
    assert (tmp_path / file).read_bytes() == once


def test_a_compressed_result_is_read_by_its_content(command: Run, saved: str, tmp_path: Path) -> None:
    """Whatever its name is."""
    whole = (tmp_path / saved).read_bytes()
    (tmp_path / "odd.name").write_bytes(gzip.compress(whole))
    assert command("report", "odd.name", "--format", "json").out == whole.decode()
    assert command("compare", saved, "odd.name", "--allow-incomplete").status == 0


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:40] + b"x" * 40 + data[80:]])
def test_a_damaged_compressed_result_is_named(
    command: Run, saved: str, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """It is no internal error."""
    (tmp_path / "cut.json.gz").write_bytes(damage(gzip.compress((tmp_path / saved).read_bytes())))
    outcome = command("report", "cut.json.gz")
    assert outcome.status == 2
    assert "cut.json.gz: the compressed file is damaged" in outcome.err


def test_a_small_file_does_not_fill_the_memory() -> None:
    """It is read up to a limit."""
    bomb = gzip.compress(bytes(10_000_000))
    with pytest.raises(UsageError, match="more than 1,000 bytes"):
        unpacked(bomb, most=1_000)
