"""Runs command lines, in this process and in others."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import specdrift
from specdrift.cli.main import run
from tests.cli.engine import Engine

ROOT = Path(__file__).resolve().parents[2]


class Outcome(NamedTuple):
    """What a command line left behind."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command line in an empty folder that is a repository, without variables of ours."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SPECDRIFT_")]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Outcome:
        capfd.readouterr()
        status = run(arguments)
        out, err = capfd.readouterr()
        return Outcome(status, out, err)

    return call


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that sends nothing; a test may set its kind and result."""
    return installed(Engine(), monkeypatch)


def installed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine, in the place of the real one until the test ends."""
    monkeypatch.setitem(sys.modules, "specdrift.scan", engine)
    monkeypatch.setattr(specdrift, "scan", engine, raising=False)
    monkeypatch.setattr("specdrift.offline.linting.lint", engine.lint)
    return engine


def start(*arguments: str, module: str = "specdrift", **options: object) -> "subprocess.Popen[bytes]":
    """A real process, in the current folder; pipes on both streams unless ``options`` say otherwise."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SPECDRIFT_") and name not in ("NO_COLOR", "FORCE_COLOR", "CI")
    }
    environ |= {"PYTHONPATH": str(ROOT)}
    settings: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environ}
    settings |= options
    return subprocess.Popen([sys.executable, "-m", module, *arguments], **settings)  # type: ignore[call-overload,no-any-return]


def finished(process: "subprocess.Popen[bytes]") -> Outcome:
    """What the process left behind, once it has ended by itself."""
    with process:
        try:
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    return Outcome(process.returncode, (out or b"").decode(), (err or b"").decode())
