"""What a run needs of its workers, on this machine or beyond it."""

from dataclasses import dataclass
from typing import Protocol

from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.task import Progress, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Does one task at a time. ``place`` is what it shares with others: the machine or container, and its keys."""

    name: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    worker: Worker
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A worker died at its task; ``blamed`` as for ``Board.lost``."""

    worker: Worker
    reason: str
    blamed: bool = True


News = Ended | Gone | Progress


class WorkerPool(Protocol):
    """Workers, however they are reached. Dead ones are replaced where that can be done."""

    def free(self) -> list[Worker]:
        """Those who have nothing to do."""
        ...

    def places(self) -> frozenset[str]:
        """Where workers are, busy ones included."""
        ...

    def start(self, worker: Worker, task: Task) -> None:
        """Hand over a task."""
        ...

    def wait(self, seconds: float) -> list[News]:
        """What has happened, as soon as something has; nothing after ``seconds``."""
        ...

    def drop(self, worker: Worker) -> None:
        """End a worker that hangs, and expect nothing of it any more."""
        ...

    def close(self) -> None:
        """Nothing more is wanted."""
        ...
