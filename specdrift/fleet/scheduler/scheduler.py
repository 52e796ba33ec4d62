"""Leads a run: hands out what waits, keeps what arrives, and tries again what got lost."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.task import WRITING, Progress, Task
from specdrift.fleet.scheduler.task_queue import TaskQueue
from specdrift.fleet.scheduler.worker_pool import Ended, Gone, Worker, WorkerPool

Keep = Callable[[Outcome], None]
Tell = Callable[[str], None]
_TICK = 0.25
MOST_ARRIVED = 32
"""With more outcomes that wait to be kept, no more work is handed out: they are in memory."""


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """``keep`` is given exactly one outcome for each task, ``tell`` lines for people; ``brief`` gives a task what is to
    be known of it when it is handed out. Seconds are ``patience``, without
    any worker, and ``grace``: so much beyond its timeout a task is taken to hang, and its worker is ended.
    """

    board: TaskQueue
    crew: WorkerPool
    keep: Keep
    tell: Tell
    brief: Callable[[Task], Task] = lambda task: task
    patience: float = 60.0
    grace: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _arrived: deque[Outcome] = field(default_factory=deque)
    _running: dict[Worker, tuple[Task, float]] = field(default_factory=dict)
    _seen: float = 0.0

    def run(self) -> None:
        """Until every task has its outcome. An interruption ends it, and the workers, at once; what has arrived by then
        is kept.
        """
        self._seen = self.clock()
        try:
            while not self.board.complete or self._arrived:
                self._hand_out()
                # One at a time, so that nobody who could work waits for the others to be kept.
                if self._arrived:
                    self.keep(self._arrived.popleft())
                for news in self.crew.wait(0 if self._arrived else _TICK):
                    self._hear(news)
                self._end_overdue()
                self._mind_the_crew()
        finally:
            self.crew.close()
            while self._arrived:
                self.keep(self._arrived.popleft())

    def _hand_out(self) -> None:
        if len(self._arrived) > MOST_ARRIVED:
            return
        for worker in self.crew.free():
            task = self.board.take(worker.place)
            if task is not None:
                self._running[worker] = (task, self.clock() + task.timeout + self.grace)
                self.crew.start(worker, self.brief(task))

    def _hear(self, news: Ended | Gone | Progress) -> None:
        match news:
            case Progress(phase=phase) if phase == WRITING:
                self._give_time(news.task)
            case Progress():
                self.tell(f"{news.task}: {news.phase} {news.done} of {news.total}")
            case Ended(worker=worker, outcome=outcome):
                self._running.pop(worker, None)
                kept = self.board.finish(outcome, place=worker.place, places=self.crew.places())
                refused = f"{outcome.name}: not on {worker.place}: {outcome.reason}"
                self._keep(kept, otherwise=refused if outcome.failure else "")
            case Gone(worker=worker, reason=reason, blamed=blamed) if worker in self._running:
                task, _ = self._running.pop(worker)
                self._lose(task, reason, blamed=blamed)
            case Gone():
                return

    def _give_time(self, name: str) -> None:
        """No target can hold it up any more, and a large result takes its time to write."""
        for worker, (task, _) in self._running.items():
            if task.name == name:
                self._running[worker] = (task, self.clock() + task.timeout + self.grace)

    def _lose(self, task: Task, reason: str, *, blamed: bool = True) -> None:
        self._keep(self.board.lost(task, reason, blamed=blamed), otherwise=f"{task.name}: {reason}; again")

    def _keep(self, outcome: Outcome | None, *, otherwise: str) -> None:
        if outcome is not None:
            self._arrived.append(outcome)
        elif otherwise:
            self.tell(otherwise)

    def _end_overdue(self) -> None:
        now = self.clock()
        for worker, (task, end) in list(self._running.items()):
            if now > end:
                del self._running[worker]
                self.crew.drop(worker)
                self._lose(task, f"it did not end within {task.timeout:g} s")

    def _mind_the_crew(self) -> None:
        """What no place can do is given up; with nobody left for too long, everything is."""
        places = self.crew.places()
        if places:
            self._seen = self.clock()
            self._arrived.extend(self.board.stranded(places))
        elif self.clock() - self._seen > self.patience:
            self._arrived.extend(self.board.give_up("there was no worker left"))
