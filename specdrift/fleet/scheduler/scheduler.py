"""Runs the tasks of a fleet: assigns them to workers, stores outcomes and retries lost tasks."""

import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct, field

from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import WRITING, Progress, Task
from specdrift.fleet.scheduler.task_queue import TaskQueue
from specdrift.fleet.scheduler.worker_pool import TaskEnded, Worker, WorkerLost, WorkerPool

Store = Callable[[TaskOutcome], None]
Report = Callable[[str], None]
_TICK = 0.25
MAX_UNSTORED = 32
"""Maximum number of outcomes in memory that wait to be stored; no task is assigned beyond it."""


class Scheduler(Struct, kw_only=True):
    """Runs the tasks of a queue on the workers of a pool."""

    queue: TaskQueue
    pool: WorkerPool
    store: Store
    """Called once with the outcome of each task."""
    report: Report
    """Called with lines for people."""
    prepare_task: Callable[[Task], Task] = lambda task: task
    """Adds the service's history to a task before it is assigned."""
    patience: float = 60.0
    """Seconds without any worker before the run is given up."""
    grace: float = 30.0
    """Seconds after a task's timeout before its worker is ended."""
    clock: Callable[[], float] = time.monotonic
    _unstored: deque[TaskOutcome] = field(default_factory=deque)
    _running: dict[Worker, tuple[Task, float]] = field(default_factory=dict)
    _last_worker_at: float = 0.0

    def run(self) -> None:
        """Run until every task has its outcome. On an interruption end the workers, and store the outcomes so far."""
        self._last_worker_at = self.clock()
        try:
            while not self.queue.complete or self._unstored:
                self._hand_out()
                # Store one outcome per round, so that idle workers do not wait.
                if self._unstored:
                    self.store(self._unstored.popleft())
                for event in self.pool.wait(0 if self._unstored else _TICK):
                    self._handle(event)
                self._end_overdue()
                self._poll_workers()
        finally:
            self.pool.close()
            while self._unstored:
                self.store(self._unstored.popleft())

    def _hand_out(self) -> None:
        if len(self._unstored) > MAX_UNSTORED:
            return
        for worker in self.pool.free():
            task = self.queue.take(worker.place)
            if task is not None:
                self._running[worker] = (task, self.clock() + task.timeout + self.grace)
                self.pool.start(worker, self.prepare_task(task))

    def _handle(self, event: TaskEnded | WorkerLost | Progress) -> None:
        match event:
            case Progress(phase=phase) if phase == WRITING:
                self._extend_deadline(event.task)
            case Progress():
                self.report(f"{event.task}: {event.phase} {event.done} of {event.total}")
            case TaskEnded(worker=worker, outcome=outcome):
                self._running.pop(worker, None)
                kept = self.queue.finish(outcome, place=worker.place, places=self.pool.places())
                refused = f"{outcome.name}: not on {worker.place}: {outcome.reason}"
                self._store_or_report(kept, otherwise=refused if outcome.failure else "")
            case WorkerLost(worker=worker, reason=reason, blamed=blamed) if worker in self._running:
                task, _ = self._running.pop(worker)
                self._retry_or_fail(task, reason, blamed=blamed)
            case WorkerLost():
                return

    def _extend_deadline(self, name: str) -> None:
        """Extend the deadline of a task that only writes its result, which takes time if it is large."""
        for worker, (task, _) in self._running.items():
            if task.name == name:
                self._running[worker] = (task, self.clock() + task.timeout + self.grace)

    def _retry_or_fail(self, task: Task, reason: str, *, blamed: bool = True) -> None:
        self._store_or_report(
            self.queue.lost(task, reason, blamed=blamed), otherwise=f"{task.name}: {reason}; again"
        )

    def _store_or_report(self, outcome: TaskOutcome | None, *, otherwise: str) -> None:
        if outcome is not None:
            self._unstored.append(outcome)
        elif otherwise:
            self.report(otherwise)

    def _end_overdue(self) -> None:
        now = self.clock()
        for worker, (task, end) in list(self._running.items()):
            if now > end:
                del self._running[worker]
                self.pool.drop(worker)
                self._retry_or_fail(task, f"it did not end within {task.timeout:g} s")

    def _poll_workers(self) -> None:
        """Give up tasks that every place refuses, and all tasks after ``patience`` seconds without workers."""
        places = self.pool.places()
        if places:
            self._last_worker_at = self.clock()
            self._unstored.extend(self.queue.stranded(places))
        elif self.clock() - self._last_worker_at > self.patience:
            self._unstored.extend(self.queue.give_up("there was no worker left"))
