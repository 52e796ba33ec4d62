"""Time limits and signals hold whatever runs: a run ends with its result, also where the event loop is blocked."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import finished, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.cli.conftest import Outcome

pytestmark = pytest.mark.slow

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
    "security": [{"mtls": []}],
    "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}},
}
PROLOGUE = """
import asyncio, sys
from specdrift.app.running import time_limit
from specdrift.cli.main import run
from specdrift.scan.execution import engine
from specdrift.scan.preparation import prepare
time_limit.CONCLUDE_S = time_limit.CONCLUDE_AGAIN_S = time_limit.GRACE_S = 3.0
def busy():
    print("busy", file=sys.stderr, flush=True)
    while True:
        pass
"""
SENDING = """
async def addresses_of(_):
    busy()
engine.addresses_of = addresses_of
"""
JUDGING = """
finish, calls = engine.finish, []
def slow(*arguments):
    calls.append(1)
    return finish(*arguments) if len(calls) > 1 else busy()
async def addresses_of(_):
    await asyncio.sleep(60)
engine.addresses_of, engine.finish = addresses_of, slow
"""
PREPARING = """
prepare.load_callers = lambda *_, **__: busy()
"""
DEAF = """
time_limit.CONCLUDE_S = time_limit.CONCLUDE_AGAIN_S = time_limit.GRACE_S = 0.5
async def addresses_of(_):
    while True:
        try:
            busy()
        except BaseException:
            pass
engine.addresses_of = addresses_of
"""


NOTES = """
from msgspec.structs import replace
from specdrift import scan
scan.prepare = lambda *a, **k: replace(prepare.prepare(*a, **k), notes=("x" * 1000,) * 1000)
"""


@pytest.fixture(autouse=True)
def hangups_count() -> Iterator[None]:
    """Under ``nohup`` the process would inherit that SIGHUP is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


CHECK = ("check", "api.json", "https://localhost:1", "--report", "json=r.json")


def write_script(tmp_path: Path, change: str, *options: str, command: Sequence[str] = CHECK) -> None:
    """Write a program that runs a command, such as a check whose engine is changed."""
    (tmp_path / "api.json").write_text(json.dumps(DOCUMENT))
    arguments = [*command, *options]
    (tmp_path / "script.py").write_text(f"{PROLOGUE}{change}\nsys.exit(run({arguments!r}))")


def run_with(
    tmp_path: Path,
    change: str,
    *options: str,
    number: int | None = None,
    command: Sequence[str] = CHECK,
) -> Outcome:
    """Run such a command; send it a signal once it is busy."""
    write_script(tmp_path, change, "-q", *options, command=command)
    process = start(module="script", cwd=tmp_path)
    if number is not None:
        assert process.stderr is not None
        for line in process.stderr:
            if b"busy" in line:
                break
        process.send_signal(number)
    began = time.monotonic()
    outcome = finished(process)
    assert time.monotonic() - began < 30
    return outcome


def result_of(tmp_path: Path) -> dict[str, object]:
    """Return what the written result says about its end."""
    result = json.loads((tmp_path / "r.json").read_text())
    return {name: result[name] for name in ("interrupted", "stop_reason", "exit_status")} | {
        "verdicts": [one["verdict"] for one in result["operations"]]
    }


@pytest.mark.parametrize("change", [SENDING, JUDGING], ids=["sending", "judging"])
def test_the_overall_timeout_holds_where_the_processor_is_busy(tmp_path: Path, change: str) -> None:
    """Exit 3, with a result in which nothing is decided."""
    outcome = run_with(tmp_path, change, "--overall-timeout", "1s")
    assert outcome.status == 3
    assert result_of(tmp_path) == {
        "interrupted": False,
        "stop_reason": "overall-timeout",
        "exit_status": 3,
        "verdicts": ["undecided"],
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_holds_where_the_processor_is_busy(tmp_path: Path, number: signal.Signals) -> None:
    """Exit 130, with a result in which nothing is decided."""
    outcome = run_with(tmp_path, SENDING, number=number)
    assert outcome.status == 130
    found = result_of(tmp_path)
    assert (found["interrupted"], found["verdicts"]) == (True, ["undecided"])


def test_nothing_is_recorded_that_was_not_judged(tmp_path: Path) -> None:
    """The recording would be one without exchanges."""
    outcome = run_with(tmp_path, JUDGING, "--overall-timeout", "1s", "--record", "run.json")
    assert outcome.status == 2
    assert "run.json: the time to judge" in outcome.err
    assert not (tmp_path / "run.json").exists()


def test_a_run_without_a_result_ends_in_time_too(tmp_path: Path) -> None:
    """Reading a document or a key has no result yet: each report says so, and replaces the one of an earlier run."""
    for name in ("r.json", "r.xml"):
        (tmp_path / name).write_text("of an earlier run")
    outcome = run_with(tmp_path, PREPARING, "--overall-timeout", "1s", "--report", "junit=r.xml")
    assert outcome.status == 3
    assert outcome.out.startswith("? NOT JUDGED  the time for the whole run is used up")
    assert result_of(tmp_path) == {
        "interrupted": False,
        "stop_reason": "overall-timeout",
        "exit_status": 3,
        "verdicts": [],
    }
    assert 'type="not-judged"' in (tmp_path / "r.xml").read_text()


def test_a_signal_before_there_is_a_result_ends_the_run(tmp_path: Path) -> None:
    """Its user sees it end; the reports of an earlier run stay, and are named."""
    outcome = run_with(tmp_path, PREPARING, number=signal.SIGTERM)
    assert outcome.status == 130


COMMANDS = {
    "lint": ("specdrift.offline.linting", "lint", ["lint", "api.json"]),
    "plan": ("specdrift.app.plan", "plan_check", ["plan", "api.json", "https://localhost:1"]),
    "routes": ("specdrift.app.routes", "read_routes", ["routes", "."]),
}


@pytest.mark.parametrize("number", [None, signal.SIGTERM])
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_without_a_partial_result_end_in_time_too(
    tmp_path: Path, name: str, number: signal.Signals | None
) -> None:
    """``lint``, ``plan`` and ``routes`` read files of others: no file may hold up a job."""
    module, function, command = COMMANDS[name]
    change = f"import {module} as module\nmodule.{function} = lambda *_, **__: busy()\n"
    limit = "1s" if number is None else "60s"
    outcome = run_with(tmp_path, change, "--overall-timeout", limit, number=number, command=command)
    assert outcome.status == (3 if number is None else 130)
    if number is None:
        assert "error: the time for the whole command is used up" in outcome.err


@pytest.mark.parametrize("number", [None, signal.SIGTERM])
def test_a_process_that_cannot_be_interrupted_is_ended(tmp_path: Path, number: int | None) -> None:
    """Never with the status of a drift, and with the place where it hangs."""
    outcome = run_with(tmp_path, DEAF, *([] if number else ["--overall-timeout", "1s"]), number=number)
    assert outcome.status == (130 if number else 3)
    assert "the run did not stop in busy" in outcome.err


@pytest.mark.skipif(sys.platform != "linux", reason="pipes of other sizes")
def test_a_log_that_is_not_read_stops_no_run(tmp_path: Path) -> None:
    """A write to a full pipe blocks the event loop."""
    write_script(tmp_path, NOTES, "--overall-timeout", "1s")
    process = start(module="script", cwd=tmp_path)
    assert process.wait(timeout=30) == 3
    process.communicate()
    assert result_of(tmp_path)["exit_status"] == 3
