"""Workers beyond this machine: those of a Dask scheduler. Needs the extra ``fleet``.

Dask carries tasks and outcomes and knows which workers live. Who does what, and what is tried again, is decided by
the board, so that a fleet comes out the same on one machine and on many.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from specdrift import __version__
from specdrift.errors import UsageError
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.task import Progress, Task
from specdrift.fleet.scheduler.worker_pool import Ended, Gone, News, Worker

if TYPE_CHECKING:
    from distributed import Client, Future

Warn = Callable[[str], None]
TOPIC = "specdrift-fleet"
_LOOK = 0.5
"""Seconds between two looks at who is there."""
_CONNECT = 5.0


def versions() -> str:
    """The version of specdrift on a worker."""
    return __version__


def perform_there(task: Task, topic: str, key: str) -> Outcome:
    """Runs on a worker: the task, known to Dask by ``key``, with progress sent to the scheduler's ``topic``.

    Dask cannot end a thread. So that a target is left in peace once the leader is gone, or others are asking it
    instead, the task itself looks whether anybody waits for it.
    """
    from distributed import get_worker

    from specdrift.fleet.work import perform

    worker = get_worker()

    def tell(progress: Progress) -> None:
        said = (progress.task, progress.phase, progress.done, progress.total)
        worker.log_event(topic, said)

    def wanted() -> bool:
        state = worker.state.tasks.get(key)
        return worker.status.name == "running" and state is not None and state.state != "cancelled"

    return perform(task, tell, wanted=wanted)


class DaskPool:
    """The workers of a scheduler, as many tasks on each as it has threads."""

    def __init__(self, fleet: FleetSettings, *, warn: Warn) -> None:
        self._fleet, self._warn = fleet, warn
        self._client = _connected(fleet, warn)
        self._jobs: dict[Worker, Future[Any]] = {}
        self._heard: list[News] = []
        self._threads: Mapping[str, int] = {}
        self._checked: set[str] = set()
        self._banned: set[str] = set()
        self._dropped: set[str] = set()
        self._looked = 0.0
        self._listen()
        self._look()

    def _listen(self) -> None:
        self._client.subscribe_topic(TOPIC, self._on_event)

    def _on_event(self, event: tuple[float, tuple[str, str, int, int]]) -> None:
        task, phase, done, total = event[1]
        self._heard.append(Progress(task=task, phase=phase, done=done, total=total))

    def free(self) -> list[Worker]:
        """A worker for each thread without a task."""
        self._look()
        every = (
            Worker(name=f"{address}#{number}", place=address)
            for address, threads in self._threads.items()
            for number in range(threads)
        )
        return [worker for worker in every if worker not in self._jobs]

    def places(self) -> frozenset[str]:
        """The addresses of the workers: each has its own keys."""
        return frozenset(self._threads)

    def start(self, worker: Worker, task: Task) -> None:
        """Submit to that worker and to no other: the board knows why it is that one."""
        key = f"specdrift-{uuid4().hex}"
        future = self._client.submit(
            perform_there,
            task,
            TOPIC,
            key,
            key=key,
            workers=[worker.place],
            allow_other_workers=False,
            retries=0,
        )
        self._jobs[worker] = future

    def wait(self, seconds: float) -> list[News]:
        """What has ended, who is gone, and how far the others are."""
        end = time.monotonic() + seconds
        while not self._heard and not any(future.done() for future in self._jobs.values()):
            if time.monotonic() >= end:
                break
            time.sleep(0.02)
        self._look()
        news, self._heard = self._heard, []
        news += [self._ending(worker) for worker, future in list(self._jobs.items()) if future.done()]
        gone = [worker for worker in self._jobs if worker.place not in self._threads]
        return news + [
            self._lost(worker, "its worker is gone", blamed=worker.place not in self._dropped)
            for worker in gone
        ]

    def _ending(self, worker: Worker) -> News:
        future = self._jobs[worker]
        if future.status == "cancelled":
            return self._lost(worker, "the scheduler forgot it", blamed=False)
        if future.status == "error":
            error = future.exception()
            return self._lost(worker, f"{type(error).__name__} on its worker")
        del self._jobs[worker]
        return Ended(worker=worker, outcome=future.result())

    def _lost(self, worker: Worker, reason: str, *, blamed: bool = True) -> Gone:
        future = self._jobs.pop(worker)
        if self._client.status == "running":
            future.cancel()
        return Gone(worker=worker, reason=reason, blamed=blamed)

    def _look(self) -> None:
        """Who is there; now and then only. A scheduler that is gone is looked for again."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        if self._client.status in ("closed", "closing"):
            self._threads = {}
            self._reconnect()
            return
        if self._client.status != "running":
            self._threads = {}
            return
        known = self._client.scheduler_info(n_workers=-1)["workers"]
        self._threads = {
            address: one["nthreads"] for address, one in known.items() if address not in self._banned
        }
        self._check_versions(set(self._threads) - self._checked)

    def _reconnect(self) -> None:
        try:
            self._client = _connected(self._fleet, lambda _: None)
        except UsageError:
            return
        self._listen()

    def _check_versions(self, fresh: set[str]) -> None:
        """Workers with another version would judge otherwise: they are given nothing."""
        if not fresh:
            return
        found = self._client.run(versions, workers=sorted(fresh), on_error="return")
        for address, version in found.items():
            self._checked.add(address)
            if version != __version__:
                self._banned.add(address)
                said = version if isinstance(version, str) else "no usable version"
                self._warn(f"{address} has {said} of specdrift, not {__version__}: it is given nothing")
        self._threads = {name: count for name, count in self._threads.items() if name not in self._banned}

    def drop(self, worker: Worker) -> None:
        """Have the worker's nanny start it anew; without a nanny it is given nothing any more."""
        self._jobs.pop(worker).cancel()
        self._dropped.add(worker.place)
        try:
            self._client.restart_workers([worker.place], timeout=_CONNECT, raise_for_error=False)
        except (ValueError, OSError, TimeoutError):
            self._banned.add(worker.place)

    def close(self) -> None:
        """Take back what runs; the workers are others' and stay."""
        if self._client.status == "running":
            for future in self._jobs.values():
                future.cancel()
        self._client.close(timeout=_CONNECT)


def _connected(fleet: FleetSettings, warn: Warn) -> "Client":
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("a scheduler needs Dask: pip install 'specdrift[fleet]'") from None
    if not fleet.scheduler.startswith("tls://"):
        warn(
            f"{fleet.scheduler} is not encrypted: whoever reaches it can run programs on its workers; use tls://"
        )
    try:
        return Client(fleet.scheduler, security=_security(fleet), timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise UsageError(f"the scheduler {fleet.scheduler} cannot be used: {error}") from error


def _security(fleet: FleetSettings) -> Any:  # noqa: ANN401 - Dask's own type, or nothing: its configuration counts then
    files = {
        "tls_ca_file": fleet.scheduler_ca_file,
        "tls_client_cert": fleet.scheduler_cert_file,
        "tls_client_key": fleet.scheduler_key_file,
    }
    if not any(files.values()):
        return None
    from distributed.security import Security

    return Security(require_encryption=True, **{name: str(file) for name, file in files.items() if file})
