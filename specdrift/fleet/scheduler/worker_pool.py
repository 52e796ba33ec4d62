"""The interface of worker pools, local or remote."""

from typing import Protocol

from msgspec import Struct

from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Progress, Task


class Worker(Struct, frozen=True, kw_only=True):
    """Runs one task at a time."""

    name: str
    place: str
    """Machine or container; its workers share files and keys."""


class TaskEnded(Struct, frozen=True, kw_only=True):
    worker: Worker
    outcome: TaskOutcome


class WorkerLost(Struct, frozen=True, kw_only=True):
    """A worker died while running its task; ``blamed`` as in `TaskQueue.lost`."""

    worker: Worker
    reason: str
    blamed: bool = True


PoolEvent = TaskEnded | WorkerLost | Progress


class WorkerPool(Protocol):
    """A pool of workers. It replaces dead workers if it can."""

    def free(self) -> list[Worker]:
        """Return the idle workers."""
        ...

    def places(self) -> frozenset[str]:
        """Return the places of all workers."""
        ...

    def start(self, worker: Worker, task: Task) -> None:
        """Send a task to a worker."""
        ...

    def wait(self, seconds: float) -> list[PoolEvent]:
        """Wait for events, at most ``seconds``."""
        ...

    def drop(self, worker: Worker) -> None:
        """End a hanging worker and ignore its task."""
        ...

    def close(self) -> None:
        """Cancel all tasks and release the workers."""
        ...
