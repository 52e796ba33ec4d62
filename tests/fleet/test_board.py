"""Every task has one outcome, whatever becomes of the workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from specdrift.fleet.scheduler.outcome import Outcome
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


def outcome(name: str) -> Outcome:
    """A result."""
    return Outcome(service=name, result=b"result")


def refused(name: str) -> Outcome:
    """A worker without the key."""
    return Outcome(service=name, failure=Failure.REFUSED, reason="no key")


def taken(board: TaskQueue, place: str = "here") -> str:
    """The name of the next task, or nothing."""
    found = board.take(place)
    return found.service if found else ""


def test_a_target_is_asked_by_one_worker_at_a_time() -> None:
    """A rate limit is the target's: the second service of it waits for the first."""
    board = TaskQueue([task("a", "x"), task("b", "x"), task("c")])
    assert [taken(board), taken(board), taken(board)] == ["a", "c", ""]
    board.finish(outcome("a"), place="here", places=HERE)
    assert taken(board) == "b"


def test_parts_of_a_service_are_worked_at_together() -> None:
    """They share its limits; another service of the target waits for all of them."""
    parts = [replace(A, part=(number, 2)) for number in (1, 2)]
    board = TaskQueue([*parts, task("b", "a")])
    assert [taken(board) for _ in range(3)] == ["a", "a", ""]
    for part in parts:
        assert taken(board) == ""
        board.finish(replace(outcome("a"), part=part.part), place="here", places=HERE)
    assert (taken(board), board.complete) == ("b", False)


def test_an_outcome_is_kept_once() -> None:
    """Two workers may come to an end with the same task; the first is kept."""
    board = TaskQueue([task("a")])
    taken(board)
    assert board.finish(outcome("a"), place="here", places=HERE) == outcome("a")
    assert board.finish(outcome("a"), place="here", places=HERE) is None
    assert board.lost(A, "too late") is None
    assert board.complete


def test_a_late_outcome_of_a_lost_worker_counts() -> None:
    """It was only slow: its task is not handed out any more."""
    board = TaskQueue([task("a")])
    taken(board)
    assert board.lost(A, "silent") is None
    assert board.finish(outcome("a"), place="here", places=HERE) == outcome("a")
    assert taken(board) == ""
    assert board.complete


def test_a_task_that_costs_too_many_workers_is_given_up() -> None:
    """Three by default, so that one poisonous document does not end them all."""
    board = TaskQueue([task("a")])
    for _ in range(2):
        taken(board)
        assert board.lost(A, "died") is None
    taken(board)
    last = board.lost(A, "died")
    assert (last and last.failure, last and last.reason, board.complete) == (Failure.LOST, "died", True)


def test_a_scheduler_that_restarts_is_nobodys_fault() -> None:
    """Its tasks are handed out again as often as it takes."""
    board = TaskQueue([task("a")])
    for _ in range(10):
        assert taken(board) == "a"
        assert board.lost(A, "forgotten", blamed=False) is None


def test_what_is_refused_at_one_place_is_tried_at_another() -> None:
    """A key may be mounted there."""
    board = TaskQueue([task("a")])
    taken(board, "east")
    assert board.finish(refused("a"), place="east", places={"east", "west"}) is None
    assert (taken(board, "east"), taken(board, "west")) == ("", "a")
    assert board.finish(outcome("a"), place="west", places={"east", "west"}) == outcome("a")


def test_what_every_place_refuses_is_kept_as_refused() -> None:
    """Also when the last place that had not refused it goes away."""
    board = TaskQueue([task("a"), task("b")])
    taken(board, "east")
    assert board.finish(refused("a"), place="east", places={"east"}) == refused("a")
    taken(board, "east")
    assert board.finish(refused("b"), place="east", places={"east", "west"}) is None
    assert board.stranded({"east", "west"}) == []
    assert board.stranded({"east"}) == [refused("b")]
    assert board.complete


def test_without_workers_the_rest_is_given_up() -> None:
    """Each with the reason, so that nothing is silently missing."""
    board = TaskQueue([task("a"), task("b")])
    taken(board)
    assert {one.service: one.reason for one in board.give_up("nobody")} == {"a": "nobody", "b": "nobody"}
    assert board.complete
