"""Standard streams that are closed or full: exit status 1 means drift and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import finished, start

pytestmark = pytest.mark.slow

ENGINE = "tests.cli.engine"
CHECK = ("check", "openapi.yaml", "https://localhost:8443")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")


def without(descriptors: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command with closed descriptors, as a shell does it."""
    command = [sys.executable, "-m", "specdrift", *arguments]
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {descriptors}', "sh", *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_stdout_a_result_cannot_be_written(tmp_path: Path) -> None:
    """An error as for any other output; a report in a file takes no descriptor of a standard stream."""
    found = without(">&-", "rules", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (
        2,
        "error: cannot write to standard output: Bad file descriptor\n",
    )
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n")
    assert without(">&- 2>&-", "lint", "api.yaml", "-o", "r.json", cwd=tmp_path).returncode != 1
    assert (tmp_path / "r.json").read_text().startswith("{")
    assert without(">&- 2>&-", "no-such-command", cwd=tmp_path).returncode == 2


def test_without_stderr_the_status_stands(tmp_path: Path) -> None:
    """Messages are discarded."""
    found = without("2>&-", "lint", "absent.yaml", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (2, "")


@pytest.mark.parametrize("arguments", [("report", "-"), ("lint", "-"), ("rules",)])
def test_without_stdin_only_reading_it_is_an_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """One line that names it."""
    found = without("<&-", *arguments, cwd=tmp_path)
    assert found.returncode == (0 if arguments == ("rules",) else 2), found.stderr
    assert "internal error" not in found.stderr
    assert "Traceback" not in found.stderr


@FULL
@pytest.mark.parametrize("kind", ["drift", "clean", "broken"])
def test_a_full_log_changes_no_status(tmp_path: Path, kind: str) -> None:
    """Messages that cannot be written are discarded, those of a crash too."""
    with Path("/dev/full").open("wb") as full:
        process = start(kind, *CHECK, "-v", module=ENGINE, stderr=full, cwd=tmp_path)
        assert finished(process).status == {"drift": 1, "clean": 0, "broken": 4}[kind]


@pytest.mark.parametrize(
    ("error", "status"), [("GeneratorExit()", 4), ("asyncio.CancelledError()", 4), ("SystemExit(1)", 4)]
)
def test_no_exception_ends_as_drift(tmp_path: Path, error: str, status: int) -> None:
    """Python ends with 1 for every exception that nothing catches."""
    lines = (
        "import asyncio, sys",
        "from specdrift.cli import main",
        "def broken(_):",
        f"    raise {error}",
        "main._invoke = broken",
        "sys.exit(main.run(['rules']))",
    )
    (tmp_path / "script.py").write_text("\n".join(lines))
    assert finished(start(module="script", cwd=tmp_path)).status == status


def test_a_broken_pipe_of_something_else_is_no_success(tmp_path: Path) -> None:
    """A check that could not talk to a process of its own has established nothing."""
    lines = (
        "import sys",
        "from specdrift.cli import main",
        "def broken(_):",
        "    raise BrokenPipeError",
        "main._invoke = broken",
        "sys.exit(main.run(['rules']))",
    )
    (tmp_path / "script.py").write_text("\n".join(lines))
    assert finished(start(module="script", cwd=tmp_path)).status == 4


@pytest.mark.parametrize("module", ["specdrift.ci", "specdrift.ci.hook", "specdrift.ci.comment"])
def test_an_interrupted_job_is_no_drift(tmp_path: Path, module: str) -> None:
    """click itself ends with 1."""
    lines = (
        "import runpy, sys, click",
        "def interrupted(*_):",
        "    raise KeyboardInterrupt",
        "click.Command.invoke = interrupted",
        f"sys.argv[1:] = ['x']{'[:0]' if module == 'specdrift.ci' else ''}",
        f"runpy.run_module('{module}', run_name='__main__')",
    )
    (tmp_path / "script.py").write_text("\n".join(lines))
    assert finished(start(module="script", cwd=tmp_path)).status == 130


def test_descriptors_of_the_test_are_open() -> None:
    """The control."""
    assert [os.fstat(number) for number in (0, 1, 2)]
