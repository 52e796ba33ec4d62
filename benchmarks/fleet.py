"""200 services of several stacks on four Dask workers, one of them killed on the way, beside one process here.

Every service is a real server on loopback, every tenth is divided into two parts. Both runs must say the same of each.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from benchmarks.stand import Bench
from specdrift.pki.battery import PROFILES
from specdrift.settings import Settings
from tests.fleet.cluster import DaskCluster, dask_cluster
from tests.fleet.stand import Stand, judged, service
from tests.servers.cases import case_named
from tests.servers.pki import TestPki, make_pki

SERVICES, WORKERS = 200, 4
STACKS = (
    "nginx-on",
    "nginx-optional",
    "nginx-optional-unguarded",
    "go-request-verified",
    "haproxy-optional-unguarded",
    "node-authorized-unguarded",
    "python-cert-optional",
    "apache-optional-unguarded",
    "nginx-on-all-required",
)
STARTING = 4
"""Servers that are started at the same time."""
SKIPPED = {profile.family for profile in PROFILES.values()} - {"self-signed"}
QUICK = "\n".join(["[defaults.battery]", *(f'{name} = "skip"' for name in sorted(SKIPPED))])
"""One generated certificate is enough to compare runs."""


def run(services: int = SERVICES) -> bool:
    """Print how long both took; whether they said the same."""
    with tempfile.TemporaryDirectory(prefix="specdrift-fleet-") as scratch:
        folder = Path(scratch)
        pki = make_pki(folder / "pki")
        with _servers(pki, folder, services) as urls:
            alone = _Fleet(folder / "alone", _inventory(pki, urls, fleet="workers = 1"))
            alone.run()
            print(f"{services} services, 1 process: {alone.seconds:.0f} s")
            spread = _on_dask(folder / "spread", pki, urls)
    same = alone.said == spread.said
    again = [line for line in spread.lines if line.endswith("; again")]
    print(f"{services} services, {WORKERS} Dask workers, one killed: {spread.seconds:.0f} s")
    print("\n".join(f"  {line}" for line in again))
    drifting = sum(bool(one["drifts"]) for one in spread.said["judged"].values())
    print(
        f"the same result: {'yes' if same else 'NO'} ({len(spread.said['judged'])} judged, {drifting} of them drift)"
    )
    return same and bool(again) and len(spread.said["judged"]) == services


def _inventory(pki: TestPki, urls: dict[str, str], *, fleet: str) -> str:
    tables = [
        service(name, url, more="parts = 2" if number % 10 == 0 else "")
        for number, (name, url) in enumerate(urls.items())
    ]
    return Stand(pki=pki, base_urls={}).inventory(fleet=fleet, first="\n".join((QUICK, *tables)))


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


class _Fleet(Struct):
    """The command as a process of its own; ``lines`` is what it wrote to stderr, ``said`` what two runs must have in
    common.
    """

    folder: Path
    inventory: str
    lines: list[str] = field(default_factory=list)
    seconds: float = 0.0
    said: dict[str, Any] = field(default_factory=dict)

    def run(self, hear: Callable[[str], None] = lambda _: None) -> None:
        """Until it ends; ``hear`` is given each line at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "inventory.toml").write_text(self.inventory)
        command = [sys.executable, "-m", "specdrift", "fleet", "inventory.toml", "-o", "out", "--no-history"]
        began = time.perf_counter()
        with subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            for line in process.stderr or ():
                self.lines.append(line.rstrip())
                hear(self.lines[-1])
        self.seconds = time.perf_counter() - began
        self.said = judged(self.folder / "out")


def _on_dask(folder: Path, pki: TestPki, urls: dict[str, str]) -> _Fleet:
    with dask_cluster(folder / "dask") as cluster:
        for _ in range(WORKERS):
            cluster.start_worker()
        found = _Fleet(folder, _inventory(pki, urls, fleet=cluster.options()))
        found.run(_Killer(cluster, after=len(urls) // 4))
    return found


class _Killer(Struct):
    """Kills workers, one after the other, until one was at work; each is replaced."""

    cluster: DaskCluster
    after: int
    done: int = 0
    over: bool = False

    def __call__(self, line: str) -> None:
        self.over = self.over or line.endswith("; again")
        self.done += line.startswith("[")
        if not self.over and line.startswith("[") and self.done % self.after == 0:
            self.cluster.workers[self.done // self.after - 1].kill()
            print(f"  a worker was killed after {self.done} services")
            self.cluster.start_worker()


def timed(benches: Sequence[Bench], *, operations: int, workers: int, limit: float) -> float:
    """Seconds from the begin of the first service to the end of the last, on workers of this machine; every bench is
    a service of its own.
    """
    network = f'[services.network]\nrate-limit = "{limit:g}/s"\n' if limit else ""
    tables = [
        _as_table(f"service-{n}", bench.settings(operations), network) for n, bench in enumerate(benches)
    ]
    with tempfile.TemporaryDirectory(prefix="specdrift-fleet-") as scratch:
        fleet = _Fleet(Path(scratch), f"[fleet]\nworkers = {workers}\n" + "\n".join(tables))
        fleet.run()
        rows = json.loads((fleet.folder / "out" / "fleet.json").read_text())["services"]
    begun = [datetime.fromisoformat(row["started_at"]).timestamp() for row in rows]
    last: float = max(at + row["seconds"] for at, row in zip(begun, rows, strict=True))
    return last - min(begun)


def _as_table(name: str, settings: Settings, network: str) -> str:
    identities = "".join(
        f'[[services.identities]]\nname = "{one.name}"\ncert-file = "{one.cert_file}"\nkey-file = "{one.key_file}"\n'
        for one in settings.identities
    )
    server = f'[services.server]\nca-file = "{settings.server.ca_file}"\n'
    about = f'name = "{name}"\nspec = "{settings.spec}"\nbase-url = "{settings.base_url}"\n'
    return f"[[services]]\n{about}{server}{identities}{network}"
