"""Who works at what: each task is handed out until one outcome of it is kept, and only one is. Pure."""

from collections import Counter, deque
from collections.abc import Collection, Iterable

from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.task import Failure, Task


class TaskQueue:
    """Hands out tasks. ``attempts`` is how many workers one of them may cost.

    A *place* is where a worker runs: what is refused there for want of a key is tried at another.
    """

    def __init__(self, tasks: Iterable[Task], *, attempts: int = 3) -> None:
        self._waiting = deque(tasks)
        self._running: dict[str, Task] = {}
        self._open = {task.name: task for task in self._waiting}
        self._attempts = attempts
        self._lost: Counter[str] = Counter()
        self._refused: dict[str, dict[str, Outcome]] = {}

    @property
    def complete(self) -> bool:
        """Whether every task has its outcome."""
        return not self._open

    def take(self, place: str) -> Task | None:
        """The next task for a worker at ``place``: not refused there, and no other service asks its target now."""
        busy = {task.target: task.service for task in self._running.values()}
        for index, task in enumerate(self._waiting):
            if busy.get(task.target, task.service) != task.service:
                continue
            if place not in self._refused.get(task.name, ()):
                del self._waiting[index]
                self._running[task.name] = task
                return task
        return None

    def finish(self, outcome: Outcome, *, place: str, places: Collection[str]) -> Outcome | None:
        """A worker at ``place`` came to an end, of all ``places``. The outcome to keep, or ``None``: tried again
        elsewhere, or somebody else was faster.
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
        self._again(name)
        return None

    def lost(self, task: Task, reason: str, *, blamed: bool = True) -> Outcome | None:
        """The worker of ``task`` is gone. The outcome to keep when too many are; else it is tried again.

        Not ``blamed``: others went with it, so that the task is not what it died of.
        """
        if task.name not in self._open:
            return None
        self._lost[task.name] += blamed
        if self._lost[task.name] >= self._attempts:
            return self._keep(_lost(task, reason))
        self._again(task.name)
        return None

    def stranded(self, places: Collection[str]) -> list[Outcome]:
        """Outcomes to keep of waiting tasks that every place there is has refused."""
        stuck = [
            next(reversed(refused.values()))
            for name, refused in self._refused.items()
            if name in self._open and name not in self._running and set(places) <= refused.keys()
        ]
        return [self._keep(outcome) for outcome in stuck]

    def give_up(self, reason: str) -> list[Outcome]:
        """Outcomes for all that is still open: there is nobody left to do it."""
        rest = sorted(self._open.values(), key=lambda task: task.name)
        return [self._keep(_lost(task, reason)) for task in rest]

    def _again(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            self._waiting.append(task)

    def _keep(self, outcome: Outcome) -> Outcome:
        name = outcome.name
        del self._open[name]
        self._running.pop(name, None)
        if any(task.name == name for task in self._waiting):
            self._waiting = deque(task for task in self._waiting if task.name != name)
        return outcome


def _lost(task: Task, reason: str) -> Outcome:
    return Outcome(service=task.service, part=task.part, failure=Failure.LOST, reason=reason)
