"""The time limit of a library call holds whatever runs, and the caller's event loop goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_time_limits import DEAF, DOCUMENT, JUDGING, PREPARING, PROLOGUE, SENDING

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CALL = """
import json, time
from specdrift import SpecdriftError, acheck

async def main():
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)
    ticking = asyncio.create_task(tick())
    began = time.monotonic()
    try:
        async with asyncio.timeout(CALLER):
            result = await acheck("api.json", "https://localhost:1", **OPTIONS)
        found = [str(result.stop_reason), result.exit_status, [str(one.verdict) for one in result.operations]]
    except (TimeoutError, SpecdriftError) as error:
        found = [type(error).__name__, str(error)]
    print(json.dumps({"found": found, "ticks": ticks, "seconds": time.monotonic() - began}))

asyncio.run(main())
"""
MOST_SECONDS = 15.0
"""With three interruptions of a second each, on a busy machine."""


def called(tmp_path: Path, change: str, *, caller: float | None = None, **options: str) -> list[object]:
    """Call ``acheck`` in a program whose engine is changed; return how it ended."""
    (tmp_path / "api.json").write_text(json.dumps(DOCUMENT))
    call = CALL.replace("CALLER", repr(caller)).replace("OPTIONS", repr(options))
    (tmp_path / "script.py").write_text(f"{PROLOGUE}{change}{call}")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    ended = json.loads(done.stdout)
    assert ended["ticks"] > 5, "the caller's loop was blocked"
    assert ended["seconds"] < MOST_SECONDS
    assert time.monotonic() - began < 60
    found: list[object] = ended["found"]
    return found


@pytest.mark.parametrize("change", [SENDING, JUDGING], ids=["sending", "judging"])
def test_the_overall_timeout_holds_where_the_processor_is_busy(tmp_path: Path, change: str) -> None:
    """With a result in which nothing is decided."""
    found = called(tmp_path, change, overall_timeout="1s")
    assert found == ["overall-timeout", 3, ["undecided"]]


def test_a_check_without_a_result_ends_in_time_too(tmp_path: Path) -> None:
    """Reading a document or a key has no result yet."""
    name, message = called(tmp_path, PREPARING, overall_timeout="1s")
    assert (name, "the run has no result yet" in str(message)) == ("OutOfTimeError", True)


def test_a_check_that_cannot_be_interrupted_is_left_behind(tmp_path: Path) -> None:
    """Its thread goes on; the caller and his process do not wait for it."""
    name, message = called(tmp_path, DEAF, overall_timeout="1s")
    assert (name, "its thread is left behind" in str(message)) == ("OutOfTimeError", True)


@pytest.mark.parametrize("change", [PREPARING, SENDING, DEAF], ids=["preparing", "sending", "deaf"])
def test_a_busy_check_can_be_cancelled(tmp_path: Path, change: str) -> None:
    """The time limit of the caller holds too."""
    assert called(tmp_path, change, caller=0.5)[0] == "TimeoutError"
