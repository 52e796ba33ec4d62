"""A run ends, also where workers hang or die."""

from __future__ import annotations

import pytest
from msgspec import Struct, field

from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.scheduler import MAX_UNSTORED, Scheduler
from specdrift.fleet.scheduler.task import WRITING, Failure, Progress, Task
from specdrift.fleet.scheduler.task_queue import TaskQueue
from specdrift.fleet.scheduler.worker_pool import PoolEvent, TaskEnded, Worker, WorkerLost
from tests.fleet.test_task_queue import outcome, task


class Clock(Struct):
    """Moves on by a second with each wait."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Played(Struct):
    """Workers that do what the table says of a task: end, hang, or die."""

    clock: Clock
    count: int = 1
    hang: set[str] = field(default_factory=set)
    die: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)
    busy: dict[Worker, Task] = field(default_factory=dict)
    closed: bool = False

    def free(self) -> list[Worker]:
        """All that have nothing to do."""
        every = [Worker(name=f"w{number}", place=f"p{number}") for number in range(self.count)]
        return [worker for worker in every if worker not in self.busy]

    def places(self) -> frozenset[str]:
        """One for each."""
        return frozenset(f"p{number}" for number in range(self.count))

    def start(self, worker: Worker, task: Task) -> None:
        """Remember it."""
        self.busy[worker] = task

    def wait(self, seconds: float) -> list[PoolEvent]:
        """A second goes by."""
        self.clock.now += max(seconds, 1.0)
        news: list[PoolEvent] = []
        for worker, one in list(self.busy.items()):
            if one.service in self.hang:
                news.append(Progress(task=one.name, phase="main", done=1, total=2))
            elif one.service in self.die:
                del self.busy[worker]
                news.append(WorkerLost(worker=worker, reason="died"))
            else:
                del self.busy[worker]
                news.append(TaskEnded(worker=worker, outcome=outcome(one.service)))
        return news

    def drop(self, worker: Worker) -> None:
        """It is free again."""
        self.dropped.append(self.busy.pop(worker).service)

    def close(self) -> None:
        """Seen by the test."""
        self.closed = True


def conducted(pool: Played, *names: str) -> tuple[dict[str, Failure | None], list[str]]:
    """Failures by service (``None``: a result), and what was said."""
    kept: list[TaskOutcome] = []
    said: list[str] = []
    queue = TaskQueue([task(name) for name in names], attempts=2)
    Scheduler(
        queue=queue, pool=pool, store=kept.append, report=said.append, patience=5, grace=1, clock=pool.clock
    ).run()
    assert len({one.service for one in kept}) == len(kept)
    return {one.service: one.failure for one in kept}, said


def test_a_hanging_worker_is_stopped_and_its_service_repeated() -> None:
    """Twice here; then it is incomplete, and the others are not delayed."""
    pool = Played(Clock(), count=2, hang={"b"})
    found, said = conducted(pool, "a", "b", "c")
    assert found == {"a": None, "b": Failure.LOST, "c": None}
    assert pool.dropped == ["b", "b"]
    assert "b: it did not end within 60 s; again" in said
    assert "b: main 1 of 2" in said
    assert pool.closed


class Writing(Played):
    """Workers that are done with the target, and write for longer than a target may take."""

    left: int = 100

    def wait(self, seconds: float) -> list[PoolEvent]:
        """Say so once; then write on, and end."""
        self.left -= 1
        if self.left:
            self.clock.now += 1
            said = Progress(task="a", phase=WRITING, done=0, total=0)
            return [said] if self.left == 50 else []
        return super().wait(seconds)


def test_a_worker_that_writes_its_result_is_not_stopped() -> None:
    """A hundred seconds; each target is limited to sixty."""
    pool = Writing(Clock())
    found, said = conducted(pool, "a")
    assert found == {"a": None}
    assert not pool.dropped
    assert not said


def test_a_service_that_kills_workers_is_given_up() -> None:
    """It is reported each time."""
    found, said = conducted(Played(Clock(), die={"b"}), "a", "b")
    assert found == {"a": None, "b": Failure.LOST}
    assert said == ["b: died; again"]


def test_received_results_are_kept_after_an_interruption() -> None:
    """And none is received twice."""
    pool, kept = Played(Clock(), count=3), list[str]()

    def store(one: TaskOutcome) -> None:
        kept.append(one.service)
        if len(kept) == 1:
            raise KeyboardInterrupt

    queue = TaskQueue([task(name) for name in "abcdef"])
    with pytest.raises(KeyboardInterrupt):
        Scheduler(queue=queue, pool=pool, store=store, report=lambda _: None, clock=pool.clock).run()
    assert kept == ["a", "b", "c"]
    assert pool.closed


def test_the_number_of_waiting_results_is_limited() -> None:
    """They are in memory."""
    pool = Played(Clock(), count=64)
    waiting: list[int] = []
    scheduler = Scheduler(
        queue=TaskQueue([task(f"t{number}") for number in range(400)]),
        pool=pool,
        store=lambda _: waiting.append(len(scheduler._unstored)),
        report=lambda _: None,
        clock=pool.clock,
    )
    scheduler.run()
    assert len(waiting) == 400
    assert max(waiting) <= MAX_UNSTORED + 64


def test_a_run_without_workers_ends() -> None:
    """After its timeout, with every service named."""
    pool = Played(Clock(), count=0)
    found, _ = conducted(pool, "a", "b")
    assert found == {"a": Failure.LOST, "b": Failure.LOST}
    assert pool.clock.now < 10
