"""A fleet on the workers of a real Dask scheduler has the results of one machine."""

from __future__ import annotations

import os
import re
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from specdrift.cli.main import cli
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.scheduler.dask_pool import DaskPool
from tests.fleet.cluster import DaskCluster, dask_cluster
from tests.fleet.stand import Stand, judged, service, silent_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.slow]
pytest.importorskip("distributed")


def fleet(folder: Path, text: str, *options: str) -> tuple[dict[str, Any], Result]:
    """Run the command; what it judged, and what it said."""
    (folder / "inventory.toml").write_text(text)
    arguments = ["fleet", str(folder / "inventory.toml"), "-o", str(folder / "out"), "--no-history", *options]
    outcome = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    return judged(folder / "out"), outcome


@pytest.fixture(scope="module")
def truth(servers: Stand, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same services on one machine, in one folder beside the others: names of documents are the same."""
    found, _ = fleet(tmp_path_factory.mktemp("single"), servers.inventory(fleet="workers = 2"))
    return found


@pytest.fixture(scope="module")
def two(servers: Stand) -> Stand:
    """A stack with drift and one without: what happens to workers is the same for any number of services."""
    return Stand(pki=servers.pki, base_urls=dict(list(servers.base_urls.items())[:2]))


@pytest.fixture(scope="module")
def truth_of_two(two: Stand, truth: dict[str, Any]) -> dict[str, Any]:
    """Their part of the truth."""
    found = {**truth, "judged": {name: truth["judged"][name] for name in two.base_urls}}
    statuses = {result["exit_status"] for result in found["judged"].values()}
    assert max(statuses) == truth["exit_status"]
    return found


SLOW = '[services.network]\noverall-timeout = "4s"'
"""For the target that never answers: as long as the run has a middle."""


@contextmanager
def meanwhile(asked: threading.Event, action: Callable[[], object]) -> Iterator[None]:
    """Do something while a service is being asked."""
    done = threading.Event()

    def act() -> None:
        assert asked.wait(60)
        action()
        done.set()

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join()
    assert done.is_set()


def test_a_killed_dask_worker_changes_no_result(
    servers: Stand, truth: dict[str, Any], tmp_path: Path
) -> None:
    """Another worker repeats its service once: nothing is lost, doubled or changed."""
    with silent_server() as silent, dask_cluster(tmp_path / "dask") as cluster:
        victim = cluster.start_worker()
        text = servers.inventory(fleet=cluster.options(), first=service("silent", silent.url, more=SLOW))
        with meanwhile(silent.asked, lambda: replaced(cluster, victim)):
            found, outcome = fleet(tmp_path, text)
    assert "silent: its worker is gone; again" in outcome.stderr
    assert found["judged"].pop("silent")["exit_status"] == 3
    assert found == truth


def replaced(cluster: DaskCluster, worker: BaseProcess) -> None:
    """Kill a worker, and start another."""
    worker.kill()
    cluster.start_worker()


def test_a_worker_without_the_key_passes_the_task_on(
    two: Stand, truth_of_two: dict[str, Any], tmp_path: Path
) -> None:
    """Paths are sent, keys are not: ``~`` is the worker's own."""
    for home in ("with", "without"):
        (tmp_path / home).mkdir()
    (tmp_path / "with/alice.key").write_bytes(two.pki.alice.key.read_bytes())
    with dask_cluster(tmp_path / "dask") as cluster:
        cluster.start_worker(HOME=str(tmp_path / "without"))
        cluster.start_worker(HOME=str(tmp_path / "with"))
        text = two.inventory(fleet=cluster.options(), key="~/alice.key")
        found, outcome = fleet(tmp_path, text)
    assert ": not on tls://127.0.0.1:" in outcome.stderr
    assert found == truth_of_two


def test_a_key_that_no_worker_has_is_reported_for_each_service(servers: Stand, tmp_path: Path) -> None:
    """Status 2, as for one service, with the path."""
    with dask_cluster(tmp_path / "dask") as cluster:
        cluster.start_worker(HOME=str(tmp_path))
        text = servers.inventory(fleet=cluster.options(), key="~/alice.key")
        found, outcome = fleet(tmp_path, text, "--only", "nginx-on")
    assert found == {"judged": {}, "failed": {"nginx-on": 2}, "exit_status": 2}
    assert str(tmp_path / "alice.key") in outcome.stdout


def test_a_target_that_hangs_is_incomplete(two: Stand, truth_of_two: dict[str, Any], tmp_path: Path) -> None:
    """The others are unchanged, and its worker continues with the next."""
    with silent_server() as silent, dask_cluster(tmp_path / "dask") as cluster:
        cluster.start_worker()
        slow = service("silent", silent.url, more=SLOW)
        found, _ = fleet(tmp_path, two.inventory(fleet=cluster.options(), first=slow))
    assert found["judged"].pop("silent")["exit_status"] == 3
    assert found == truth_of_two


def test_a_restarted_scheduler_changes_no_result(
    two: Stand, truth_of_two: dict[str, Any], tmp_path: Path
) -> None:
    """Its workers stop with it; their tasks are assigned again."""
    with silent_server() as silent, dask_cluster(tmp_path / "dask") as cluster:
        cluster.start_worker()
        port = int(cluster.address.rpartition(":")[2])
        text = two.inventory(fleet=cluster.options(), first=service("silent", silent.url, more=SLOW))
        with meanwhile(silent.asked, lambda: restart(cluster, port)):
            found, outcome = fleet(tmp_path, text)
    # Which of them is seen first depends on when the worker stops.
    assert re.search("silent: (the scheduler forgot it|its worker is gone); again", outcome.stderr)
    assert found["judged"].pop("silent")["exit_status"] == 3
    assert found == truth_of_two


def restart(cluster: DaskCluster, port: int) -> None:
    """End the scheduler and its workers, and start both again in its place."""
    assert cluster.scheduler is not None
    for process in (cluster.scheduler, *cluster.workers):
        process.kill()
        process.join()
    cluster.start_scheduler(port=port)
    cluster.start_worker()


def test_a_stopped_worker_is_replaced(two: Stand, truth_of_two: dict[str, Any], tmp_path: Path) -> None:
    """A stopped process has not exited: Dask waits for it, the run does not."""
    with silent_server() as silent, dask_cluster(tmp_path / "dask") as cluster:
        straggler = cluster.start_worker()
        text = two.inventory(
            fleet=f'timeout = "20s"\ngrace = "1s"\n{cluster.options()}',
            first=service("silent", silent.url, more=SLOW),
        )
        with meanwhile(silent.asked, lambda: stopped(cluster, straggler)):
            found, outcome = fleet(tmp_path, text)
    assert "silent: it did not end within 20 s; again" in outcome.stderr
    assert found["judged"].pop("silent")["exit_status"] == 3
    assert found == truth_of_two


def stopped(cluster: DaskCluster, worker: BaseProcess) -> None:
    """Have a worker stand still, and start another."""
    assert worker.pid
    os.kill(worker.pid, signal.SIGSTOP)
    cluster.start_worker()


def test_a_client_without_the_certificate_is_rejected(servers: Stand, tmp_path: Path) -> None:
    """The scheduler's TLS requires one, since a client that can submit can run programs on workers."""
    other = tmp_path / "other"
    with dask_cluster(tmp_path / "dask") as cluster, dask_cluster(other):
        unknown_client = cluster.options().replace(str(cluster.folder / "tls"), str(other / "tls"))
        (tmp_path / "inventory.toml").write_text(servers.inventory(fleet=unknown_client))
        arguments = ["fleet", str(tmp_path / "inventory.toml"), "--no-history"]
        outcome = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert f"the scheduler {cluster.address} cannot be used" in str(outcome.exception)


def test_a_missing_scheduler_is_a_usage_error(servers: Stand, tmp_path: Path) -> None:
    """Before anything is sent."""
    (tmp_path / "inventory.toml").write_text(servers.inventory())
    arguments = [
        "fleet",
        str(tmp_path / "inventory.toml"),
        "--scheduler",
        "tcp://127.0.0.1:1",
        "--no-history",
    ]
    outcome = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert "the scheduler tcp://127.0.0.1:1 cannot be used" in str(outcome.exception)
    assert "is not encrypted" in outcome.stderr


def test_an_update_of_dask_hides_no_worker(tmp_path: Path) -> None:
    """A client updates its own copy of the scheduler's state, without workers, at any time."""
    with dask_cluster(tmp_path / "dask") as cluster:
        cluster.start_worker()
        tls = cluster.folder / "tls.pem"
        pool = DaskPool(
            FleetSettings(
                folder=tmp_path,
                name="f",
                scheduler=cluster.address,
                scheduler_ca_file=tls,
                scheduler_cert_file=tls,
                scheduler_key_file=cluster.folder / "tls.key",
            ),
            warn=print,
        )
        try:
            client = pool._client

            async def update() -> None:
                while client.status == "running":
                    await client._update_scheduler_info()

            assert client.loop is not None
            client.loop.add_callback(update)
            seen = [len(pool._known_workers()) for _ in range(200)]
        finally:
            pool.close()
    assert seen == [1] * 200
