"""No output overwrites an input of the run or another output; one that fails affects no other."""

from pathlib import Path

import pytest

from specdrift import reports
from tests.cli.conftest import Run, installed
from tests.cli.engine import Engine
from tests.reports import factory

TARGET = ("openapi.yaml", "https://localhost:8443")
CONFIG = """\
spec = "openapi.yaml"
baseline = "baseline.json"
previous = "last.json"
[server]
ca-file = "ca.pem"
[[identities]]
name = "alice"
cert-file = "alice.pem"
key-file = "alice.key"
[undocumented]
feeds = ["access.log"]
[reports]
html = "report.html"
"""
INPUTS = {
    "openapi.yaml": "spec (SPEC)",
    "ca.pem": "server.ca-file (specdrift.toml:5)",
    "alice.pem": "identities.alice.cert-file (specdrift.toml:8)",
    "alice.key": "identities.alice.key-file (specdrift.toml:9)",
    "baseline.json": "baseline (specdrift.toml:2)",
    "last.json": "previous (specdrift.toml:3)",
    "access.log": "undocumented.feeds (specdrift.toml:11)",
    "specdrift.toml": "the configuration",
}


@pytest.mark.parametrize("name", INPUTS)
def test_an_output_never_replaces_an_input(command: Run, engine: Engine, tmp_path: Path, name: str) -> None:
    """Said before anything is sent, with what the file is to the run; not a byte of it has changed."""
    for file in INPUTS:
        (tmp_path / file).write_text("mine")
    (tmp_path / "specdrift.toml").write_text(CONFIG)
    before = (tmp_path / name).read_bytes()
    for option in (("-o", name, "--format", "html"), ("--report", f"sarif=./{name}"), ("--record", name)):
        outcome = command("check", *TARGET, *option)
        assert (outcome.status, outcome.out) == (2, "")
        assert f"{name}: the run reads it as {INPUTS[name]}; choose another path" in outcome.err
    assert (tmp_path / name).read_bytes() == before
    assert engine.seen == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--report", "json=same.out", "--report", "html=same.out"),
            "cannot write the html report (--report) to same.out: the json report (--report) goes there too",
        ),
        (
            ("--record", "x", "--report", "json=x"),
            "cannot write the json report (--report) to x: record (--record) goes there too",
        ),
        (
            ("--report", "json=x", "-o", "deep/../x"),
            "cannot write the text report (-o) to deep/../x: the json",
        ),
        (("--resume", "x", "--record", "x"), "resume (--resume) to"),
        (
            ("--baseline", "b", "--update-baseline", "-o", "b"),
            "cannot write the text report (-o) to b: baseline",
        ),
    ],
)
def test_two_outputs_never_share_a_path(
    command: Run, engine: Engine, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    """The second would leave nothing of the first."""
    (tmp_path / "deep").mkdir()
    outcome = command("check", *TARGET, *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err
    assert engine.seen == []


def test_a_file_is_known_by_any_of_its_names(command: Run, engine: Engine, tmp_path: Path) -> None:
    """By a symbolic link and by a hard one."""
    (tmp_path / "openapi.yaml").write_text("mine")
    (tmp_path / "soft.txt").symlink_to("openapi.yaml")
    (tmp_path / "hard.txt").hardlink_to(tmp_path / "openapi.yaml")
    assert [command("check", *TARGET, "-o", name).status for name in ("soft.txt", "hard.txt")] == [2, 2]
    assert engine.seen == []


def test_a_result_takes_the_place_of_the_last_one(command: Run, engine: Engine, tmp_path: Path) -> None:
    """A job that keeps one file: it is read first. Another report there would be the end of it."""
    (tmp_path / "last.json").write_bytes(reports.render(factory.story(), "json"))
    rolling = ("--previous", "last.json", "--report")
    assert command("check", *TARGET, *rolling, "html=last.json").status == 2
    assert command("check", *TARGET, *rolling, "json=last.json").status == 1
    assert len(engine.seen) == 1


def test_an_output_that_overwrites_nothing_is_allowed(command: Run, engine: Engine, tmp_path: Path) -> None:
    """The same report by the configuration and by -o, two to a device, and a baseline that is written again."""
    (tmp_path / "specdrift.toml").write_text('[reports]\njson = "out/r.json"\n')
    assert command("check", *TARGET, "-o", "out/r.json").status == 1
    assert command("check", *TARGET, "--report", "html=/dev/null", "--report", "json=/dev/null").status == 1
    assert command("check", *TARGET, "--baseline", "b.json", "--update-baseline", "-o", "r.txt").status == 1
    assert len(engine.seen) == 3


COMMANDS = {
    "lint openapi.yaml -o openapi.yaml": "spec (SPEC)",
    "lint openapi.yaml --against old.yaml -o old.yaml": "OLD_SPEC",
    "report result.json -o result.json": "RESULT",
    "report result.json --previous last.json -o last.json": "--previous",
    "report --rejudge run.json -o run.json": "--rejudge",
    "compare last.json result.json -o result.json": "NEW",
    "merge result.json last.json -o last.json": "RESULT",
    "routes . --result result.json -o result.json": "--result",
    "routes . --spec openapi.yaml -o openapi.yaml": "--spec",
}


@pytest.mark.parametrize("line", COMMANDS)
def test_no_command_overwrites_its_inputs(command: Run, tmp_path: Path, line: str) -> None:
    """For every command with `-o`."""
    for name in ("openapi.yaml", "old.yaml", "run.json"):
        (tmp_path / name).write_text("mine")
    for name in ("result.json", "last.json"):
        (tmp_path / name).write_bytes(reports.render(factory.story(), "json"))
    file = tmp_path / line.rpartition(" ")[2]
    before = file.read_bytes()
    outcome = command(*line.split())
    assert outcome.status == 2
    assert f"the run reads it as {COMMANDS[line]}" in outcome.err
    assert file.read_bytes() == before


@pytest.mark.parametrize("full", ["--report=json=/dev/full", "--report=html=gone/x.html"])
def test_a_failed_report_affects_no_other_output(
    command: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, full: str
) -> None:
    """The other reports, the table, the baseline and the checkpoint are written; then the failure is reported."""

    class Vanishing(Engine):
        def prepare(self, settings: object, **more: object) -> object:  # type: ignore[override]
            """The run begins: a folder goes away."""
            (tmp_path / "gone").rmdir()
            return super().prepare(settings, **more)  # type: ignore[arg-type]

    (tmp_path / "gone").mkdir()
    (tmp_path / "checkpoint").touch()
    installed(Vanishing(), monkeypatch)
    outcome = command(
        *("check", *TARGET, full, "--report", "markdown=r.md", "--resume", "checkpoint"),
        *("--baseline", "b.json", "--update-baseline"),
    )
    assert outcome.status == 2
    assert f"error: cannot write {full.rpartition('=')[2]}: " in outcome.err
    assert "mtls-not-enforced" in outcome.out
    assert all((tmp_path / name).exists() for name in ("r.md", "b.json", "checkpoint"))
