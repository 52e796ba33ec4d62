"""Verdicts on servers that nobody wrote: no false pass, no false accusation, and hardly a doubt."""

import pytest

from tests.generated.faults import FAULTS
from tests.generated.measure import Judged, judge_all, rates

SERVERS = 300
MOST_UNDECIDED = 0.02
"""Of the correct operations: caution is no excuse for not knowing."""


@pytest.fixture(scope="module", name="judged")
def _judged() -> list[Judged]:
    return judge_all(range(SERVERS))


def test_no_verdict_is_false(judged: list[Judged]) -> None:
    """What is wrong is never consistent, and what is right is never accused."""
    wrong = [(each.seed, each.operation) for each in judged if each.false_consistent or each.false_drift]
    assert wrong == []


def test_hardly_a_correct_operation_is_undecided(judged: list[Judged]) -> None:
    """In any language, format and envelope."""
    undecided, correct = rates(judged)["undecided, correct"]
    assert undecided <= MOST_UNDECIDED * correct


def test_the_generator_makes_every_fault(judged: list[Judged]) -> None:
    """Else the figures above would mean little."""
    assert {each.operation.fault for each in judged} == {None, *FAULTS}
