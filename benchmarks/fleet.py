"""200 services of several stacks on four Dask workers, one of them killed on the way, beside one process here.

Every service is a real server on loopback. Both runs must say the same of each of them.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from specdrift.cli.main import cli
from tests.fleet.cluster import DaskCluster, dask_cluster
from tests.fleet.stand import Stand, judged
from tests.servers.cases import case_named
from tests.servers.pki import TestPki, make_pki

SERVICES, WORKERS = 200, 4
STACKS = (
    "nginx-on",
    "nginx-optional",
    "nginx-optional-unguarded",
    "go-request-verified",
    "haproxy-optional-forgotten",
    "node-authorized-forgotten",
    "python-cert-optional",
    "nginx-on-all-required",
)
STARTING = 4
"""Servers that are started at the same time."""


def run(services: int = SERVICES) -> bool:
    """Print how long both took; whether they said the same."""
    with tempfile.TemporaryDirectory(prefix="specdrift-fleet-") as scratch:
        folder = Path(scratch)
        pki = make_pki(folder / "pki")
        with _servers(pki, folder, services) as urls:
            stand = Stand(pki=pki, base_urls=urls)
            alone, alone_s = _fleet(folder / "alone", stand.inventory(fleet="workers = 1"))
            print(f"{len(urls)} services, 1 process: {alone_s:.0f} s")
            spread, spread_s = _on_dask(folder / "spread", stand)
    same = alone == spread
    print(f"{len(urls)} services, {WORKERS} Dask workers, one killed: {spread_s:.0f} s")
    print(f"the same result: {'yes' if same else 'NO'}")
    return same and len(alone["judged"]) == len(urls)


@contextmanager
def _servers(pki: TestPki, folder: Path, count: int) -> Iterator[dict[str, str]]:
    """Base URLs by service: the stacks that are here, over and over."""
    cases = [case for case in map(case_named, STACKS) if not case.available()]
    began = time.perf_counter()
    with ExitStack() as stack, ThreadPoolExecutor(STARTING) as pool:

        def start(number: int) -> tuple[str, str]:
            case = cases[number % len(cases)]
            name = f"{case.name}-{number}"
            return name, stack.enter_context(case.start(pki, folder / "servers" / name)).base_url

        urls = dict(pool.map(start, range(count)))
        print(f"{count} servers of {len(cases)} kinds, started in {time.perf_counter() - began:.0f} s")
        yield urls


def _on_dask(folder: Path, stand: Stand) -> tuple[dict[str, Any], float]:
    with dask_cluster(folder / "dask") as cluster:
        for _ in range(WORKERS):
            cluster.start_worker()
        killer = threading.Timer(10.0, _kill_one, [cluster])
        killer.start()
        found = _fleet(folder, stand.inventory(fleet=cluster.options()))
        killer.join()
    return found


def _kill_one(cluster: DaskCluster) -> None:
    cluster.workers[0].kill()
    print("  a worker was killed")
    cluster.start_worker()


def _fleet(folder: Path, inventory: str) -> tuple[dict[str, Any], float]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inventory.toml").write_text(inventory)
    arguments = ["fleet", str(folder / "inventory.toml"), "-o", str(folder / "out"), "--no-history", "-q"]
    began = time.perf_counter()
    CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    return judged(folder / "out"), time.perf_counter() - began
