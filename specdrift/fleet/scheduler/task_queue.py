"""Assigns tasks to places and retries them until each has exactly one outcome. Pure."""

from collections import Counter, deque
from collections.abc import Collection, Iterable

from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Failure, Task


class TaskQueue:
    """A queue of tasks. ``attempts`` is the maximum number of workers that a task may lose.

    A *place* is a machine or container with workers: a task that is refused there, for example without its key, is
    retried at another place.
    """

    def __init__(self, tasks: Iterable[Task], *, attempts: int = 3) -> None:
        self._waiting = deque(tasks)
        self._running: dict[str, Task] = {}
        self._open = {task.name: task for task in self._waiting}
        self._attempts = attempts
        self._lost: Counter[str] = Counter()
        self._refused: dict[str, dict[str, TaskOutcome]] = {}

    @property
    def complete(self) -> bool:
        """Whether every task has its outcome."""
        return not self._open

    def take(self, place: str) -> Task | None:
        """Return the next task for ``place``: not refused there, and no other service is probing its target."""
        busy = {task.target: task.service for task in self._running.values()}
        for index, task in enumerate(self._waiting):
            if busy.get(task.target, task.service) != task.service:
                continue
            if place not in self._refused.get(task.name, ()):
                del self._waiting[index]
                self._running[task.name] = task
                return task
        return None

    def finish(self, outcome: TaskOutcome, *, place: str, places: Collection[str]) -> TaskOutcome | None:
        """Return the outcome to store, or None if the task is retried elsewhere or already has an outcome.

        ``place`` is the worker's, ``places`` are all.
        """
        name = outcome.name
        if name not in self._open:
            return None
        if outcome.failure is not Failure.REFUSED:
            return self._keep(outcome)
        refused = self._refused.setdefault(name, {})
        refused[place] = outcome
        if set(places) <= refused.keys() or len(refused) >= self._attempts:
            return self._keep(outcome)
        self._requeue(name)
        return None

    def lost(self, task: Task, reason: str, *, blamed: bool = True) -> TaskOutcome | None:
        """Retry the task of a lost worker; return its outcome after too many lost workers.

        If not ``blamed`` the loss does not count, because the task did not cause it.
        """
        if task.name not in self._open:
            return None
        self._lost[task.name] += blamed
        if self._lost[task.name] >= self._attempts:
            return self._keep(_lost(task, reason))
        self._requeue(task.name)
        return None

    def stranded(self, places: Collection[str]) -> list[TaskOutcome]:
        """Return the outcomes of waiting tasks that every place has refused."""
        stuck = [
            next(reversed(refused.values()))
            for name, refused in self._refused.items()
            if name in self._open and name not in self._running and set(places) <= refused.keys()
        ]
        return [self._keep(outcome) for outcome in stuck]

    def give_up(self, reason: str) -> list[TaskOutcome]:
        """Return a failure for every open task."""
        rest = sorted(self._open.values(), key=lambda task: task.name)
        return [self._keep(_lost(task, reason)) for task in rest]

    def _requeue(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            self._waiting.append(task)

    def _keep(self, outcome: TaskOutcome) -> TaskOutcome:
        name = outcome.name
        del self._open[name]
        self._running.pop(name, None)
        if any(task.name == name for task in self._waiting):
            self._waiting = deque(task for task in self._waiting if task.name != name)
        return outcome


def _lost(task: Task, reason: str) -> TaskOutcome:
    return TaskOutcome(service=task.service, part=task.part, failure=Failure.LOST, reason=reason)
