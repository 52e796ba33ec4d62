"""Workers on this machine: processes that are given one task after the other through a pipe."""

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.task import Task
from specdrift.fleet.scheduler.worker_pool import Ended, Gone, News, Worker

PLACE = "this machine"
_GRACE = 2.0
"""Seconds for a worker to end by itself."""


def serve(pipe: "Connection[object, object]") -> None:
    """A worker's life. Ctrl-C is its leader's business."""
    from specdrift.fleet.work import perform

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        if isinstance(task, Task):
            pipe.send(perform(task, pipe.send))


@dataclass(slots=True)
class _Process:
    process: BaseProcess
    pipe: "Connection[object, object]"
    worker: Worker
    busy: bool = False


class LocalPool:
    """``count`` processes, started anew when one dies."""

    def __init__(self, count: int) -> None:
        # Not fork: threads and locks of this process have no business in a worker.
        self._context = multiprocessing.get_context("spawn")
        self._count = count
        self._born = 0
        self._processes: dict[Worker, _Process] = {}

    def free(self) -> list[Worker]:
        """Those who have nothing to do; dead ones have been replaced."""
        while len(self._processes) < self._count:
            self._hire()
        return [worker for worker, one in self._processes.items() if not one.busy]

    def _hire(self) -> None:
        self._born += 1
        worker = Worker(name=f"worker {self._born}", place=PLACE)
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs,), name=worker.name, daemon=True)
        process.start()
        theirs.close()
        self._processes[worker] = _Process(process, ours, worker)

    def places(self) -> frozenset[str]:
        """All of them share this machine."""
        return frozenset({PLACE})

    @property
    def pids(self) -> Sequence[int]:
        """The processes of those who are at work."""
        return [one.process.pid for one in self._processes.values() if one.busy and one.process.pid]

    def start(self, worker: Worker, task: Task) -> None:
        """Hand over a task. That a worker has died since is seen by ``wait``."""
        one = self._processes[worker]
        one.busy = True
        try:
            one.pipe.send(task)
        except OSError:
            one.process.kill()

    def wait(self, seconds: float) -> list[News]:
        """What the pipes have to say; a closed one is a dead worker."""
        by_pipe = {one.pipe: one for one in self._processes.values()}
        ready = wait(list(by_pipe), timeout=seconds)
        return [news for pipe in ready if (news := self._hear(by_pipe[pipe])) is not None]  # type: ignore[index]

    def _hear(self, one: _Process) -> News | None:
        try:
            said = one.pipe.recv()
        except (EOFError, OSError):
            return self._bury(one)
        if isinstance(said, Outcome):
            one.busy = False
            return Ended(worker=one.worker, outcome=said)
        return said  # type: ignore[return-value]

    def _bury(self, one: _Process) -> Gone | None:
        self.drop(one.worker)
        how = f"its worker ended with status {one.process.exitcode}"
        return Gone(worker=one.worker, reason=how) if one.busy else None

    def drop(self, worker: Worker) -> None:
        """End a worker at once; ``free`` starts another."""
        one = self._processes.pop(worker)
        one.pipe.close()
        one.process.kill()
        one.process.join()

    def close(self) -> None:
        """Those who are idle end by themselves; nobody waits for the others."""
        for one in self._processes.values():
            one.pipe.close()
            if one.busy:
                one.process.kill()
        for one in self._processes.values():
            one.process.join(_GRACE)
            one.process.kill()
            one.process.join()
        self._processes.clear()
