"""A run comes to its end, also when workers do not."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.scheduler import MOST_ARRIVED, Scheduler
from specdrift.fleet.scheduler.task import WRITING, Failure, Progress, Task
from specdrift.fleet.scheduler.task_queue import TaskQueue
from specdrift.fleet.scheduler.worker_pool import Ended, Gone, News, Worker
from tests.fleet.test_board import outcome, task


@dataclass
class Clock:
    """Moves on by a second with each wait."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Played:
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

    def wait(self, seconds: float) -> list[News]:
        """A second goes by."""
        self.clock.now += max(seconds, 1.0)
        news: list[News] = []
        for worker, one in list(self.busy.items()):
            if one.service in self.hang:
                news.append(Progress(task=one.name, phase="main", done=1, total=2))
            elif one.service in self.die:
                del self.busy[worker]
                news.append(Gone(worker=worker, reason="died"))
            else:
                del self.busy[worker]
                news.append(Ended(worker=worker, outcome=outcome(one.service)))
        return news

    def drop(self, worker: Worker) -> None:
        """It is free again."""
        self.dropped.append(self.busy.pop(worker).service)

    def close(self) -> None:
        """Seen by the test."""
        self.closed = True


def conducted(crew: Played, *names: str) -> tuple[dict[str, Failure | None], list[str]]:
    """Failures by service (``None``: a result), and what was said."""
    kept: list[Outcome] = []
    said: list[str] = []
    board = TaskQueue([task(name) for name in names], attempts=2)
    Scheduler(
        board=board, crew=crew, keep=kept.append, tell=said.append, patience=5, grace=1, clock=crew.clock
    ).run()
    assert len({one.service for one in kept}) == len(kept)
    return {one.service: one.failure for one in kept}, said


def test_a_worker_that_hangs_is_ended_and_its_service_tried_again() -> None:
    """Twice here; then it is incomplete, and the others are not held up."""
    crew = Played(Clock(), count=2, hang={"b"})
    found, said = conducted(crew, "a", "b", "c")
    assert found == {"a": None, "b": Failure.LOST, "c": None}
    assert crew.dropped == ["b", "b"]
    assert "b: it did not end within 60 s; again" in said
    assert "b: main 1 of 2" in said
    assert crew.closed


@dataclass
class Writing(Played):
    """Workers that are done with the target, and write for longer than a target may take."""

    left: int = 100

    def wait(self, seconds: float) -> list[News]:
        """Say so once; then write on, and end."""
        self.left -= 1
        if self.left:
            self.clock.now += 1
            said = Progress(task="a", phase=WRITING, done=0, total=0)
            return [said] if self.left == 50 else []
        return super().wait(seconds)


def test_a_worker_that_only_writes_is_given_time() -> None:
    """A hundred seconds here, of which no target may take more than sixty."""
    crew = Writing(Clock())
    found, said = conducted(crew, "a")
    assert found == {"a": None}
    assert not crew.dropped
    assert not said


def test_a_service_that_kills_workers_is_given_up() -> None:
    """And said so each time."""
    found, said = conducted(Played(Clock(), die={"b"}), "a", "b")
    assert found == {"a": None, "b": Failure.LOST}
    assert said == ["b: died; again"]


def test_what_has_arrived_is_kept_after_an_interruption() -> None:
    """It is known; and nothing arrives twice."""
    crew, kept = Played(Clock(), count=3), list[str]()

    def keep(one: Outcome) -> None:
        kept.append(one.service)
        if len(kept) == 1:
            raise KeyboardInterrupt

    board = TaskQueue([task(name) for name in "abcdef"])
    with pytest.raises(KeyboardInterrupt):
        Scheduler(board=board, crew=crew, keep=keep, tell=lambda _: None, clock=crew.clock).run()
    assert kept == ["a", "b", "c"]
    assert crew.closed


def test_nobody_works_ahead_of_what_can_be_kept() -> None:
    """However slow that is: what waits is in memory."""
    crew = Played(Clock(), count=64)
    waiting: list[int] = []
    conductor = Scheduler(
        board=TaskQueue([task(f"t{number}") for number in range(400)]),
        crew=crew,
        keep=lambda _: waiting.append(len(conductor._arrived)),
        tell=lambda _: None,
        clock=crew.clock,
    )
    conductor.run()
    assert len(waiting) == 400
    assert max(waiting) <= MOST_ARRIVED + 64


def test_a_run_without_workers_ends() -> None:
    """After its patience, with every service named."""
    crew = Played(Clock(), count=0)
    found, _ = conducted(crew, "a", "b")
    assert found == {"a": Failure.LOST, "b": Failure.LOST}
    assert crew.clock.now < 10
