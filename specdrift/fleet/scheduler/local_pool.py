"""Workers on this machine: processes that receive tasks through pipes."""

import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from msgspec import Struct

from specdrift.fleet.processes import process_context, take_environment
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Task
from specdrift.fleet.scheduler.worker_pool import PoolEvent, TaskEnded, Worker, WorkerLost
from specdrift.safe_path import safe_import_path

PLACE = "this machine"
_GRACE = 2.0
"""Seconds for a worker to end by itself."""


def serve(pipe: "Connection[object, object]", environment: dict[str, str]) -> None:
    """Worker main loop, with the environment variables of the parent, which handles SIGINT."""
    from specdrift.fleet.work import perform

    take_environment(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        if isinstance(task, Task):
            pipe.send(perform(task, pipe.send))


class _Process(Struct):
    process: BaseProcess
    pipe: "Connection[object, object]"
    worker: Worker
    busy: bool = False


class LocalPool:
    """A pool of ``count`` processes; dead ones are replaced."""

    def __init__(self, count: int) -> None:
        self._context = process_context()
        self._count = count
        self._started_count = 0
        self._processes: dict[Worker, _Process] = {}

    def free(self) -> list[Worker]:
        """Return the idle workers, after replacing dead ones."""
        while len(self._processes) < self._count:
            self._start_worker()
        return [worker for worker, one in self._processes.items() if not one.busy]

    def _start_worker(self) -> None:
        self._started_count += 1
        worker = Worker(name=f"worker {self._started_count}", place=PLACE)
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(theirs, dict(os.environ)), name=worker.name, daemon=True
        )
        with safe_import_path():
            process.start()
        theirs.close()
        self._processes[worker] = _Process(process, ours, worker)

    def places(self) -> frozenset[str]:
        """Return this machine only."""
        return frozenset({PLACE})

    @property
    def pids(self) -> Sequence[int]:
        """The process ids of busy workers."""
        return [one.process.pid for one in self._processes.values() if one.busy and one.process.pid]

    def start(self, worker: Worker, task: Task) -> None:
        """Send a task to a worker; `wait` reports a dead one."""
        one = self._processes[worker]
        one.busy = True
        try:
            one.pipe.send(task)
        except OSError:
            one.process.kill()

    def wait(self, seconds: float) -> list[PoolEvent]:
        """Read the pipes; a closed pipe is a dead worker."""
        by_pipe = {one.pipe: one for one in self._processes.values()}
        ready = wait(list(by_pipe), timeout=seconds)
        return [news for pipe in ready if (news := self._receive(by_pipe[pipe])) is not None]  # type: ignore[index]

    def _receive(self, one: _Process) -> PoolEvent | None:
        try:
            message = one.pipe.recv()
        except (EOFError, OSError):
            return self._reap(one)
        if isinstance(message, TaskOutcome):
            one.busy = False
            return TaskEnded(worker=one.worker, outcome=message)
        return message  # type: ignore[return-value]

    def _reap(self, one: _Process) -> WorkerLost | None:
        self.drop(one.worker)
        how = f"its worker ended with status {one.process.exitcode}"
        return WorkerLost(worker=one.worker, reason=how) if one.busy else None

    def drop(self, worker: Worker) -> None:
        """Kill a worker; `free` starts another."""
        one = self._processes.pop(worker)
        one.pipe.close()
        one.process.kill()
        one.process.join()

    def close(self) -> None:
        """End idle workers through their pipes, and kill busy ones."""
        for one in self._processes.values():
            one.pipe.close()
            if one.busy:
                one.process.kill()
        for one in self._processes.values():
            one.process.join(_GRACE)
            one.process.kill()
            one.process.join()
        self._processes.clear()
