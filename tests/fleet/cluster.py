"""A real Dask cluster as processes on loopback, encrypted with certificates of the moment."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field

from specdrift.fleet.processes import PRELOADED
from tests.servers.forked import program_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

START_SECONDS = 60.0
PROGRAM = "tests.fleet.dask_program"
"""A new interpreter would spend more time on the imports of Dask than a worker on its services."""
PRELOADED.append(PROGRAM)


class DaskCluster(Struct):
    """``folder`` takes certificates, logs and what Dask spills; ``protocol`` is tls, or tcp to see what is sent."""

    folder: Path
    protocol: str = "tls"
    scheduler: BaseProcess | None = None
    workers: list[BaseProcess] = field(default_factory=list)

    @property
    def address(self) -> str:
        """tls://127.0.0.1:PORT."""
        address: str = json.loads((self.folder / "scheduler.json").read_text())["address"]
        return address

    def options(self) -> str:
        """Return the keys of ``[fleet]`` that connect to the scheduler."""
        return "\n".join(
            f'{key} = "{value}"'
            for key, value in {
                "scheduler": self.address,
                "scheduler-ca-file": self.folder / "tls.pem",
                "scheduler-cert-file": self.folder / "tls.pem",
                "scheduler-key-file": self.folder / "tls.key",
            }.items()
        )

    def start_scheduler(self, *, port: int = 0) -> None:
        """Listen; on the port of before when one is given."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        # A machine that is busy with tests must not make the scheduler forget its workers.
        self.scheduler = self._run("scheduler", "--scheduler-file", str(file), "--port", str(port))
        _until(file.exists)

    def start_worker(self, **environ: str) -> BaseProcess:
        """One more, with one thread and without a nanny: what is killed stays dead."""
        arguments = ("--scheduler-file", str(self.folder / "scheduler.json"), "--nthreads", "1", "--no-nanny")
        log = self._log_of("worker", len(self.workers))
        worker = self._run("worker", *arguments, "--local-directory", str(self.folder), **environ)
        self.workers.append(worker)
        _until(lambda: b"Registered to" in log.read_bytes())
        return worker

    def _run(self, kind: str, *arguments: str, **environ: str) -> BaseProcess:
        files = {"ca-file": "tls.pem", "cert": "tls.pem", "key": "tls.key"} if self.protocol == "tls" else {}
        tls = [word for name, file in files.items() for word in (f"--tls-{name}", str(self.folder / file))]
        address = ["--host", "127.0.0.1", "--protocol", self.protocol, "--no-dashboard"]
        log = self._log_of(kind, len(self.workers))
        return program_process(PROGRAM, [kind, *address, *tls, *arguments], log=log, environ=environ)

    def _log_of(self, kind: str, number: int) -> Path:
        return self.folder / f"{kind}-{number}.log"

    def close(self) -> None:
        """End what was started."""
        started = [*self.workers, *([self.scheduler] if self.scheduler else [])]
        for process in started:
            process.kill()
        for process in started:
            process.join()


def _until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < end, "Dask did not start"
        time.sleep(0.05)


@contextmanager
def dask_cluster(folder: Path, *, protocol: str = "tls") -> Iterator[DaskCluster]:
    """A scheduler, still without workers."""
    from distributed.security import Security

    folder.mkdir(parents=True, exist_ok=True)
    security = Security.temporary()
    (folder / "tls.pem").write_text(security.tls_client_cert)
    (folder / "tls.key").write_text(security.tls_client_key)
    cluster = DaskCluster(folder, protocol)
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
        cluster.close()
