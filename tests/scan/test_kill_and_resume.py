"""The real command is killed at random moments, and resumes to the same result."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.cases import case_named
from tests.servers.forked import command
from tests.servers.same_stack import without_most_certificates

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

CHAINS, KILLS = 4, 5
"""Runs, and how often each is killed: twenty moments."""
CONCURRENCY = 8
SENDS = 2
"""Requests of one probe, at most: its own and one ahead of it."""
REQUEST = re.compile(r'"?([A-Za-z]+ \S+ HTTP/1\.1)"?')


def result_of(arguments: list[str], file: Path) -> dict[str, Any]:
    """What a run says that comes to its end."""
    process = command(["check", *arguments, "-q", "-o", str(file)])
    process.join(120)
    assert process.exitcode in (0, 1)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def killed(arguments: list[str], checkpoint: Path, lines: int) -> bool:
    """Starts a run and ends it with SIGKILL once the checkpoint has so many lines, or a moment later; whether it was
    still running by then.
    """
    process = command(["check", *arguments, "-q", "-o", os.devnull, "--format", "json"])
    until = time.monotonic() + 60
    while process.exitcode is None and time.monotonic() < until:
        if checkpoint.exists() and checkpoint.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.001)
    process.kill()
    process.join(10)
    return process.exitcode == -signal.SIGKILL


def told(result: dict[str, Any]) -> list[tuple[object, ...]]:
    """Every exchange and what it brought, whatever the run is called."""
    return sorted(
        (
            probe["id"].replace(result["run_id"], "RUN"),
            probe["outcome"],
            probe["ending"],
            (probe["response"] or {}).get("status", 0),
        )
        for probe in result["probes"]
    )


def judged(result: dict[str, Any]) -> list[tuple[object, ...]]:
    """What is said of each operation, and the drifts."""
    operations = [(o["method"], o["path"], o["verdict"], o["enforcement"]) for o in result["operations"]]
    cells = [
        (o["method"], o["path"], cell["identity"], cell["outcome"])
        for o in result["operations"]
        for cell in o["outcomes"]
    ]
    return [*operations, *cells, *sorted((d["fingerprint"], d["rule"]) for d in result["drifts"])]


def requests(log: Path, *, run_ids: set[str]) -> Counter[str]:
    """The requests that a server noted."""
    text = log.read_text(encoding="utf-8", errors="replace")
    for name in run_ids:
        text = text.replace(name, "RUN")
    return Counter(REQUEST.findall(text))


@pytest.mark.parametrize(
    ("name", "log"), [("python-cert-optional-checks-once", "server.log"), ("nginx-optional", "access.log")]
)
def test_a_repeatedly_killed_run_has_the_result_of_an_uninterrupted_one(
    name: str, log: str, pki: TestPki, tmp_path: Path
) -> None:
    """No exchange lost, doubled or changed; only probes in flight are sent again. Some 30 s: it is checked 13 times."""
    case, chosen = case_named(name), random.Random(name)
    if missing := case.available():
        pytest.skip(missing)
    options = ["--skip-checks=undocumented", *case.options(pki), *without_most_certificates(tmp_path)]
    with case.start(pki, tmp_path / "server") as server:
        arguments = [str(case.document), server.base_url, *options]
        file, whole = tmp_path / "server" / log, result_of(arguments, tmp_path / "whole.json")
        once = requests(file, run_ids={whole["run_id"]})
        assert sum(once.values()) >= whole["counts"]["requests"] / 2
        for number in range(CHAINS // 2):
            os.truncate(file, 0)
            checkpoint = tmp_path / f"{number}.ckpt"
            resumable = [*arguments, "--resume", str(checkpoint)]
            moments = sorted(chosen.sample(range(1, len(whole["probes"])), KILLS))
            for _ in range(3 * KILLS):
                if not moments:
                    break
                if killed(resumable, checkpoint, moments[0]):
                    moments.pop(0)
                else:  # faster than we could look: it is asked anew, from the beginning
                    os.truncate(file, 0)
            assert not moments
            known = checkpoint.read_bytes().count(b"\n")
            result = result_of(resumable, tmp_path / "resumed.json")
            assert known > 2
            assert told(result) == told(whole)
            assert judged(result) == judged(whole)
            again = requests(file, run_ids={result["run_id"]})
            assert set(again) == set(once)
            assert sum((again - once).values()) <= KILLS * CONCURRENCY * SENDS
            assert not checkpoint.exists()
