"""The workers of a Dask scheduler. Needs the extra ``fleet``.

Dask transports tasks and outcomes and monitors workers. `TaskQueue` assigns and retries tasks, so that a fleet gives
the same result on one machine and on many.
"""

import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from specdrift import __version__
from specdrift.errors import UsageError, extra_command
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Progress, Task
from specdrift.fleet.scheduler.worker_pool import PoolEvent, TaskEnded, Worker, WorkerLost

if TYPE_CHECKING:
    from distributed import Client, Future

Warn = Callable[[str], None]
TOPIC = "specdrift-fleet"
_REFRESH_S = 0.5
"""Seconds between two queries of the workers."""
_CONNECT = 5.0


def versions() -> str:
    """Return the version of specdrift on a worker."""
    return __version__


def perform_on_worker(task: Task, topic: str, key: str) -> TaskOutcome:
    """Perform a task on a worker. ``key`` is its id in Dask; progress is sent to ``topic``.

    Dask cannot end threads. The task itself stops sending once it was cancelled or the worker lost its scheduler.
    """
    from distributed import get_worker

    from specdrift.fleet.work import perform

    worker = get_worker()

    def report(progress: Progress) -> None:
        message = (progress.task, progress.phase, progress.done, progress.total)
        worker.log_event(topic, message)

    def wanted() -> bool:
        state = worker.state.tasks.get(key)
        return worker.status.name == "running" and state is not None and state.state != "cancelled"

    return perform(task, report, is_wanted=wanted)


class DaskPool:
    """The workers of a Dask scheduler; each runs one task per thread."""

    def __init__(self, fleet: FleetSettings, *, warn: Warn) -> None:
        self._fleet, self._warn = fleet, warn
        self._client = _connected(fleet, warn)
        self._jobs: dict[Worker, Future[Any]] = {}
        self._events: list[PoolEvent] = []
        self._threads: Mapping[str, int] = {}
        self._checked: set[str] = set()
        self._excluded: set[str] = set()
        self._dropped: set[str] = set()
        self._refreshed_at = 0.0
        self._subscribe()
        self._refresh_workers()

    def _subscribe(self) -> None:
        self._client.subscribe_topic(TOPIC, self._on_event)

    def _on_event(self, event: tuple[float, tuple[str, str, int, int]]) -> None:
        task, phase, done, total = event[1]
        self._events.append(Progress(task=task, phase=phase, done=done, total=total))

    def free(self) -> list[Worker]:
        """Return a worker for each idle thread."""
        self._refresh_workers()
        every = (
            Worker(name=f"{address}#{number}", place=address)
            for address, threads in self._threads.items()
            for number in range(threads)
        )
        return [worker for worker in every if worker not in self._jobs]

    def places(self) -> frozenset[str]:
        """Return the workers' addresses: each has its own keys."""
        return frozenset(self._threads)

    def start(self, worker: Worker, task: Task) -> None:
        """Submit the task to this worker only: the queue has chosen it."""
        key = f"specdrift-{uuid4().hex}"
        future = self._client.submit(
            perform_on_worker,
            task,
            TOPIC,
            key,
            key=key,
            workers=[worker.place],
            allow_other_workers=False,
            retries=0,
        )
        self._jobs[worker] = future

    def wait(self, seconds: float) -> list[PoolEvent]:
        """Wait for ended tasks, lost workers and progress."""
        end = time.monotonic() + seconds
        while not self._events and not any(future.done() for future in self._jobs.values()):
            if time.monotonic() >= end:
                break
            time.sleep(0.02)
        self._refresh_workers()
        news, self._events = self._events, []
        news += [self._result_of(worker) for worker, future in list(self._jobs.items()) if future.done()]
        gone = [worker for worker in self._jobs if worker.place not in self._threads]
        return news + [
            self._lost(worker, "its worker is gone", blamed=worker.place not in self._dropped)
            for worker in gone
        ]

    def _result_of(self, worker: Worker) -> PoolEvent:
        future = self._jobs[worker]
        if future.status == "cancelled":
            return self._lost(worker, "the scheduler forgot it", blamed=False)
        if future.status == "error":
            error = future.exception()
            return self._lost(worker, f"{type(error).__name__} on its worker")
        del self._jobs[worker]
        return TaskEnded(worker=worker, outcome=future.result())

    def _lost(self, worker: Worker, reason: str, *, blamed: bool = True) -> WorkerLost:
        future = self._jobs.pop(worker)
        if self._client.status == "running":
            future.cancel()
        return WorkerLost(worker=worker, reason=reason, blamed=blamed)

    def _refresh_workers(self) -> None:
        """Query the workers, at most every ``_REFRESH_S`` seconds. Reconnect to a lost scheduler."""
        now = time.monotonic()
        if now - self._refreshed_at < _REFRESH_S:
            return
        self._refreshed_at = now
        if self._client.status in ("closed", "closing"):
            self._threads = {}
            self._reconnect()
            return
        if self._client.status != "running":
            self._threads = {}
            return
        known = self._known_workers()
        self._threads = {
            address: one["nthreads"] for address, one in known.items() if address not in self._excluded
        }
        self._check_versions(set(self._threads) - self._checked)

    def _known_workers(self) -> Mapping[str, Any]:
        """Return the scheduler's workers by address; none where it does not answer.

        ``Client.scheduler_info`` would do, but a periodic update of Dask's may empty what it returns.
        """
        try:
            workers: Mapping[str, Any] = self._client.sync(_identity, self._client)["workers"]
        except OSError:
            return {}
        return workers

    def _reconnect(self) -> None:
        try:
            self._client = _connected(self._fleet, lambda _: None)
        except UsageError:
            return
        self._subscribe()

    def _check_versions(self, fresh: set[str]) -> None:
        """Exclude workers with another version, which may judge differently."""
        if not fresh:
            return
        found = self._client.run(versions, workers=sorted(fresh), on_error="return")
        for address, version in found.items():
            self._checked.add(address)
            if version != __version__:
                self._excluded.add(address)
                found_version = version if isinstance(version, str) else "no usable version"
                self._warn(f"{address} has {found_version} of specdrift, not {__version__}: it gets no tasks")
        self._threads = {name: count for name, count in self._threads.items() if name not in self._excluded}

    def drop(self, worker: Worker) -> None:
        """Let the worker's nanny restart it; without a nanny it is excluded."""
        self._jobs.pop(worker).cancel()
        self._dropped.add(worker.place)
        try:
            self._client.restart_workers([worker.place], timeout=_CONNECT, raise_for_error=False)
        except (ValueError, OSError, TimeoutError):
            self._excluded.add(worker.place)

    def close(self) -> None:
        """Cancel running tasks; the workers keep running."""
        if self._client.status == "running":
            for future in self._jobs.values():
                future.cancel()
        self._client.close(timeout=_CONNECT)


async def _identity(client: "Client") -> Any:  # noqa: ANN401 - Dask's own mapping
    if client.scheduler is None:
        raise ConnectionError("not connected")
    return await client.scheduler.identity(n_workers=-1)


def refuse_unencrypted(fleet: FleetSettings) -> None:
    """Raise UsageError for a scheduler without TLS beyond loopback, unless the owner accepts it.

    Dask unpickles each message, which runs what the sender wants.
    """
    address = fleet.scheduler
    if not (_is_encrypted(address) or _is_loopback(address) or fleet.scheduler_insecure):
        raise UsageError(
            f"the scheduler {address} is not encrypted, so that everybody on the way to it could run programs here and "
            "on its workers: use tls://, or accept that with --insecure-scheduler or [fleet] scheduler-insecure"
        )


def _is_encrypted(address: str) -> bool:
    return address.startswith(("tls://", "wss://"))


def _is_loopback(address: str) -> bool:
    try:
        host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _connected(fleet: FleetSettings, warn: Warn) -> "Client":
    refuse_unencrypted(fleet)
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(f"a scheduler needs Dask: {extra_command('fleet')}") from None
    if not _is_encrypted(fleet.scheduler):
        warn(
            f"{fleet.scheduler} is not encrypted: everybody who can connect to it can run programs here and on its "
            "workers; use tls://"
        )
    try:
        return Client(fleet.scheduler, security=_security(fleet), timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise UsageError(f"the scheduler {fleet.scheduler} cannot be used: {error}") from error


def _security(fleet: FleetSettings) -> Any:  # noqa: ANN401 - Dask's own type, or None: then Dask's configuration applies
    files = {
        "tls_ca_file": fleet.scheduler_ca_file,
        "tls_client_cert": fleet.scheduler_cert_file,
        "tls_client_key": fleet.scheduler_key_file,
    }
    if not any(files.values()):
        return None
    from distributed.security import Security

    return Security(require_encryption=True, **{name: str(file) for name, file in files.items() if file})
