"""Every task has one outcome, also where workers fail."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Failure, Task
from specdrift.fleet.scheduler.task_queue import TaskQueue

HERE = frozenset({"here"})


def task(name: str, target: str = "") -> Task:
    """A task that asks its own target."""
    return Task(
        service=name,
        inventory=Path("inventory.toml"),
        digest="",
        cwd=Path(),
        target=target or name,
        timeout=60,
    )


A = task("a")


def outcome(name: str) -> TaskOutcome:
    """A result."""
    return TaskOutcome(service=name, result=b"result")


def refused(name: str) -> TaskOutcome:
    """A worker without the key."""
    return TaskOutcome(service=name, failure=Failure.REFUSED, reason="no key")


def taken(queue: TaskQueue, place: str = "here") -> str:
    """The name of the next task, or nothing."""
    found = queue.take(place)
    return found.service if found else ""


def test_a_target_is_probed_by_one_worker_at_a_time() -> None:
    """A rate limit applies to the target: its second service waits for the first."""
    queue = TaskQueue([task("a", "x"), task("b", "x"), task("c")])
    assert [taken(queue), taken(queue), taken(queue)] == ["a", "c", ""]
    queue.finish(outcome("a"), place="here", places=HERE)
    assert taken(queue) == "b"


def test_shards_of_a_service_run_in_parallel() -> None:
    """They share its limits; another service of the target waits for all of them."""
    parts = [replace(A, part=(number, 2)) for number in (1, 2)]
    queue = TaskQueue([*parts, task("b", "a")])
    assert [taken(queue) for _ in range(3)] == ["a", "a", ""]
    for part in parts:
        assert taken(queue) == ""
        queue.finish(replace(outcome("a"), part=part.part), place="here", places=HERE)
    assert (taken(queue), queue.complete) == ("b", False)


def test_an_outcome_is_kept_once() -> None:
    """Two workers may finish the same task; the first outcome is kept."""
    queue = TaskQueue([task("a")])
    taken(queue)
    assert queue.finish(outcome("a"), place="here", places=HERE) == outcome("a")
    assert queue.finish(outcome("a"), place="here", places=HERE) is None
    assert queue.lost(A, "too late") is None
    assert queue.complete


def test_a_late_outcome_of_a_lost_worker_counts() -> None:
    """The worker was slow: its task is not assigned again."""
    queue = TaskQueue([task("a")])
    taken(queue)
    assert queue.lost(A, "silent") is None
    assert queue.finish(outcome("a"), place="here", places=HERE) == outcome("a")
    assert taken(queue) == ""
    assert queue.complete


def test_a_task_that_costs_too_many_workers_is_given_up() -> None:
    """Three by default, so that one document does not stop them all."""
    queue = TaskQueue([task("a")])
    for _ in range(2):
        taken(queue)
        assert queue.lost(A, "died") is None
    taken(queue)
    last = queue.lost(A, "died")
    assert (last and last.failure, last and last.reason, queue.complete) == (Failure.LOST, "died", True)


def test_a_restart_of_the_scheduler_does_not_count_against_tasks() -> None:
    """They are assigned again without a limit."""
    queue = TaskQueue([task("a")])
    for _ in range(10):
        assert taken(queue) == "a"
        assert queue.lost(A, "forgotten", blamed=False) is None


def test_a_task_that_one_worker_refuses_is_tried_on_another() -> None:
    """It may have the key."""
    queue = TaskQueue([task("a")])
    taken(queue, "east")
    assert queue.finish(refused("a"), place="east", places={"east", "west"}) is None
    assert (taken(queue, "east"), taken(queue, "west")) == ("", "a")
    assert queue.finish(outcome("a"), place="west", places={"east", "west"}) == outcome("a")


def test_a_task_that_every_worker_refuses_is_refused() -> None:
    """Also when the last remaining worker stops."""
    queue = TaskQueue([task("a"), task("b")])
    taken(queue, "east")
    assert queue.finish(refused("a"), place="east", places={"east"}) == refused("a")
    taken(queue, "east")
    assert queue.finish(refused("b"), place="east", places={"east", "west"}) is None
    assert queue.stranded({"east", "west"}) == []
    assert queue.stranded({"east"}) == [refused("b")]
    assert queue.complete


def test_without_workers_the_rest_is_given_up() -> None:
    """Each with the reason, so that no service is missing silently."""
    queue = TaskQueue([task("a"), task("b")])
    taken(queue)
    assert {one.service: one.reason for one in queue.give_up("stopped")} == {"a": "stopped", "b": "stopped"}
    assert queue.complete
