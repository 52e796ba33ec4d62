"""Ctrl-C before there is a result: an older report of that name must not pass for the result of this run."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from specdrift.app import check
from specdrift.cli.main import run
from specdrift.cli.options import group
from specdrift.cli.terminal.unwritten import unwritten
from tests.cli.conftest import finished, start

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = 1_000_000_000


def test_an_interrupted_start_names_what_it_did_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Missing files, and files of an earlier run; standard output is none."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(check, "run_check", interrupted)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\n")
    (tmp_path / "old.json").write_text("{}")
    os.utime("old.json", (LONG_AGO, LONG_AGO))
    reports = ["--report", "json=old.json", "--report", "html=new.html", "--resume", "c.ckpt"]
    assert run(["check", "openapi.yaml", "https://localhost:9", *reports, "-q"]) == 130
    told = capfd.readouterr().err.splitlines()
    assert told == [
        "old.json was not written: it is of an earlier run",
        "new.html was not written",
        "c.ckpt was not written",
        "specdrift: interrupted",
    ]


def test_an_interruption_before_the_command_wrote_no_file(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its module was being imported."""

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(group, "import_module", interrupted)
    assert run(["check", "openapi.yaml"]) == 130
    assert capfd.readouterr().err == "specdrift: interrupted; no file was written\n"


@pytest.mark.parametrize("module", ["click", "specdrift/cli/main"])
def test_an_interruption_of_the_first_imports_is_quiet(tmp_path: Path, module: str) -> None:
    """Exit 130 without a traceback, before there is anything that reports errors."""
    name = module.replace("/", ".")
    lines = (
        "import os, runpy, signal, sys",
        "class Interrupted:",
        "    def find_spec(self, name, *_):",
        f"        if name == {name!r}:",
        "            os.kill(os.getpid(), signal.SIGINT)",
        "sys.meta_path.insert(0, Interrupted())",
        "runpy.run_module('specdrift', run_name='__main__')",
    )
    (tmp_path / "script.py").write_text("\n".join(lines))
    outcome = finished(start(module="script", cwd=tmp_path))
    assert (outcome.status, outcome.out, outcome.err) == (130, "", "")


def test_a_file_of_this_run_is_not_named(tmp_path: Path) -> None:
    """It was written before Ctrl-C; a device is neither."""
    file = tmp_path / "r.json"
    file.write_text("{}")
    assert list(unwritten([file, tmp_path.__class__("/dev/null")], file.stat().st_mtime - 1)) == []
