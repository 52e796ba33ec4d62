"""A target gets no more requests than its limits allow, with any number of workers, and none after a cancellation."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct, field

from tests.fleet.cluster import dask_cluster
from tests.fleet.stand import Stand, judged, service
from tests.fleet.test_command import workers_of
from tests.servers.cases import case_named
from tests.servers.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.servers, pytest.mark.slow]
pytest.importorskip("distributed")

LIMIT = 20
PACED = f'[services.network]\nrate-limit = "{LIMIT}/s"'


class Meter(Struct):
    """When how many requests had reached a server, as its own log has it."""

    log: Path
    seen: list[tuple[float, int]] = field(default_factory=list)

    def look(self) -> int:
        """Note how many there are now."""
        count = self.log.read_bytes().count(b"\n")
        if not self.seen or count > self.seen[-1][1]:
            self.seen.append((time.monotonic(), count))
        return count

    def until(self, count: int) -> None:
        """Wait for so many requests."""
        end = time.monotonic() + 60
        while self.look() < count:
            assert time.monotonic() < end, "the server is not asked"
            time.sleep(0.02)

    @property
    def rate(self) -> float:
        """Requests a second between the first and the last."""
        (begun, before), (ended, after) = self.seen[0], self.seen[-1]
        return (after - before) / (ended - begun)


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Look all the time."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            meter.look()

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    over.set()
    thread.join()


@contextmanager
def server(folder: Path) -> Iterator[tuple[Stand, str, Meter]]:
    """An nginx that notes what it is asked."""
    case = case_named("nginx-optional-unguarded")
    if missing := case.available():
        pytest.skip(missing)
    pki = make_pki(folder / "pki")
    with case.start(pki, folder / "nginx") as running:
        stand = Stand(pki=pki, base_urls={})
        yield stand, running.base_url, Meter(folder / "nginx" / "access.log")


def started(folder: Path, text: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    (folder / "inventory.toml").write_text(text)
    command = [sys.executable, "-m", "specdrift", "fleet", "inventory.toml", "-o", "out", "--no-history"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_limit_is_that_of_the_target_and_not_of_a_worker(tmp_path: Path) -> None:
    """Two services of one listener and three workers that could ask it at once; and parts share it among them.

    A busy machine only makes it slower. Progress is reported meanwhile.
    """
    with server(tmp_path) as (stand, url, meter), dask_cluster(tmp_path / "dask") as cluster:
        for _ in range(3):
            cluster.start_worker()
        more = service("one", url, more=PACED) + service("parted", url, more=f"parts = 3\n{PACED}")
        process = started(tmp_path, stand.inventory(fleet=cluster.options(), first=more))
        with metered(meter):
            _, errors = process.communicate(timeout=180)
    assert meter.rate < 1.2 * LIMIT
    assert "parted, part 1 of 3: main " in errors
    assert "parted, part 2 of 3: main " in errors
    found = judged(tmp_path / "out")["judged"]
    assert found["parted"] == found["one"]
    assert [drift for drift in found["one"]["drifts"] if drift]


def test_a_target_gets_no_requests_after_the_parent_stopped(tmp_path: Path) -> None:
    """Ctrl-C also stops work on other machines, where the thread must detect it."""
    with server(tmp_path) as (stand, url, meter), dask_cluster(tmp_path / "dask") as cluster:
        cluster.start_worker()
        process = started(
            tmp_path, stand.inventory(fleet=cluster.options(), first=service("one", url, more=PACED))
        )
        meter.until(10)
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        asked = meter.look()
        time.sleep(3)
        assert meter.look() <= asked + LIMIT
        time.sleep(2)
        assert meter.look() == meter.seen[-1][1] <= asked + LIMIT
    assert process.returncode == 130


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers by /proc")
def test_a_service_with_a_checkpoint_resumes_on_another_worker(tmp_path: Path) -> None:
    """Only probes in flight are sent again; then the checkpoint is deleted."""
    with server(tmp_path) as (stand, url, meter):
        more = service("one", url, more=f'resume = "{{service}}.ckpt"\n{PACED}')
        process = started(tmp_path, stand.inventory(fleet="workers = 1", first=more))
        meter.until(60)
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
        asked = meter.look()
    assert "one: its worker ended with status -9; again" in errors
    found = judged(tmp_path / "out")["judged"]["one"]
    assert found["exit_status"] == 1
    whole = json.loads((tmp_path / "out/services/one.json").read_text())["counts"]["requests"]
    assert asked < whole + 30
    assert not (tmp_path / "one.ckpt").exists()
