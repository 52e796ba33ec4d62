"""A real Dask cluster as processes on loopback, encrypted with certificates of the moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


@dataclass(slots=True)
class DaskCluster:
    """``folder`` takes certificates, logs and what Dask spills; ``protocol`` is tls, or tcp to see what is sent."""

    folder: Path
    protocol: str = "tls"
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

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

    def start_worker(self, **environ: str) -> subprocess.Popen[bytes]:
        """One more, with one thread and without a nanny: what is killed stays dead."""
        arguments = ("--scheduler-file", str(self.folder / "scheduler.json"), "--nthreads", "1", "--no-nanny")
        worker = self._run("worker", *arguments, "--local-directory", str(self.folder), **environ)
        self.workers.append(worker)
        log = self.folder / f"worker-{worker.pid}.log"
        _until(lambda: b"Registered to" in log.read_bytes())
        return worker

    def _run(self, kind: str, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
        files = {"ca-file": "tls.pem", "cert": "tls.pem", "key": "tls.key"} if self.protocol == "tls" else {}
        tls = [word for name, file in files.items() for word in (f"--tls-{name}", str(self.folder / file))]
        address = ["--host", "127.0.0.1", "--protocol", self.protocol, "--no-dashboard"]
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *address, *tls, *arguments]
        partial = self.folder / f"{kind}.log"
        with partial.open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=ROOT, env={**os.environ, **_quiet(), **environ}
            )
        partial.rename(self.folder / f"{kind}-{process.pid}.log")
        return process

    def close(self) -> None:
        """End what was started."""
        started = [*self.workers, *([self.scheduler] if self.scheduler else [])]
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def _quiet() -> Mapping[str, str]:
    return {"DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(message)s"}


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
