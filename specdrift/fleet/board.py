"""Who works at what: each service is handed out until one outcome of it is kept, and only one is. Pure."""

from collections import Counter, deque
from collections.abc import Collection, Iterable

from specdrift.fleet.task import Failure, Outcome, Task


class Board:
    """Hands out tasks. ``attempts`` is how many workers one of them may cost.

    A *place* is where a worker runs: what is refused there for want of a key is tried at another.
    """

    def __init__(self, tasks: Iterable[Task], *, attempts: int = 3) -> None:
        self._waiting = deque(tasks)
        self._running: dict[str, Task] = {}
        self._open = {task.service for task in self._waiting}
        self._attempts = attempts
        self._lost: Counter[str] = Counter()
        self._refused: dict[str, dict[str, Outcome]] = {}

    @property
    def complete(self) -> bool:
        """Whether every task has its outcome."""
        return not self._open

    @property
    def open(self) -> frozenset[str]:
        """The services without an outcome."""
        return frozenset(self._open)

    def take(self, place: str) -> Task | None:
        """The next task for a worker at ``place``: not refused there, and nobody asks its target now."""
        busy = {task.target for task in self._running.values()}
        for index, task in enumerate(self._waiting):
            if task.target not in busy and place not in self._refused.get(task.service, ()):
                del self._waiting[index]
                self._running[task.service] = task
                return task
        return None

    def finish(self, outcome: Outcome, *, place: str, places: Collection[str]) -> Outcome | None:
        """A worker at ``place`` came to an end, of all ``places``. The outcome to keep, or ``None``: tried again
        elsewhere, or somebody else was faster.
        """
        if outcome.service not in self._open:
            return None
        if outcome.failure is not Failure.REFUSED:
            return self._keep(outcome)
        refused = self._refused.setdefault(outcome.service, {})
        refused[place] = outcome
        if set(places) <= refused.keys() or len(refused) >= self._attempts:
            return self._keep(outcome)
        self._again(outcome.service)
        return None

    def lost(self, service: str, reason: str, *, blamed: bool = True) -> Outcome | None:
        """The worker of ``service`` is gone. The outcome to keep when too many are; else it is tried again.

        Not ``blamed``: others went with it, so that the service is not what it died of.
        """
        if service not in self._open:
            return None
        self._lost[service] += blamed
        if self._lost[service] >= self._attempts:
            return self._keep(Outcome(service=service, failure=Failure.LOST, reason=reason))
        self._again(service)
        return None

    def stranded(self, places: Collection[str]) -> list[Outcome]:
        """Outcomes to keep of waiting tasks that every place there is has refused."""
        stuck = [
            next(reversed(refused.values()))
            for service, refused in self._refused.items()
            if service in self._open and service not in self._running and set(places) <= refused.keys()
        ]
        return [self._keep(outcome) for outcome in stuck]

    def give_up(self, reason: str) -> list[Outcome]:
        """Outcomes for all that is still open: there is nobody left to do it."""
        rest = sorted(self._open)
        return [self._keep(Outcome(service=name, failure=Failure.LOST, reason=reason)) for name in rest]

    def _again(self, service: str) -> None:
        task = self._running.pop(service, None)
        if task is not None:
            self._waiting.append(task)

    def _keep(self, outcome: Outcome) -> Outcome:
        service = outcome.service
        self._open.discard(service)
        self._running.pop(service, None)
        if any(task.service == service for task in self._waiting):
            self._waiting = deque(task for task in self._waiting if task.service != service)
        return outcome
