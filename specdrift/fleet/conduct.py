"""Leads a run: hands out what waits, keeps what arrives, and tries again what got lost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from specdrift.fleet.board import Board
from specdrift.fleet.crew import Crew, Ended, Gone, Worker
from specdrift.fleet.task import Outcome, Progress, Task

Keep = Callable[[Outcome], None]
Tell = Callable[[str], None]
_TICK = 0.25


@dataclass(slots=True, kw_only=True)
class Conductor:
    """``keep`` is given exactly one outcome for each task, ``tell`` lines for people. Seconds are ``patience``, without
    any worker, and ``grace``: so much beyond its timeout a task is taken to hang, and its worker is ended.
    """

    board: Board
    crew: Crew
    keep: Keep
    tell: Tell
    patience: float = 60.0
    grace: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _running: dict[Worker, tuple[Task, float]] = field(default_factory=dict)
    _seen: float = 0.0

    def run(self) -> None:
        """Until every task has its outcome. An interruption ends it, and the workers, at once."""
        self._seen = self.clock()
        try:
            while not self.board.complete:
                self._hand_out()
                for news in self.crew.wait(_TICK):
                    self._hear(news)
                self._end_overdue()
                self._mind_the_crew()
        finally:
            self.crew.close()

    def _hand_out(self) -> None:
        for worker in self.crew.free():
            task = self.board.take(worker.place)
            if task is not None:
                self._running[worker] = (task, self.clock() + task.timeout + self.grace)
                self.crew.start(worker, task)

    def _hear(self, news: Ended | Gone | Progress) -> None:
        match news:
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

    def _lose(self, task: Task, reason: str, *, blamed: bool = True) -> None:
        self._keep(self.board.lost(task, reason, blamed=blamed), otherwise=f"{task.name}: {reason}; again")

    def _keep(self, outcome: Outcome | None, *, otherwise: str) -> None:
        if outcome is not None:
            self.keep(outcome)
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
            for outcome in self.board.stranded(places):
                self.keep(outcome)
        elif self.clock() - self._seen > self.patience:
            for outcome in self.board.give_up("there was no worker left"):
                self.keep(outcome)
