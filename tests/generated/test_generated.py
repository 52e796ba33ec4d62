"""Verdicts on generated servers: no false pass, no false accusation, and few undecided."""

import pytest

from tests.generated import redirects
from tests.generated.faults import FAULTS, HABITUAL, Truth
from tests.generated.measure import Judged, judge_all, rates
from tests.generated.spellings import SPELLED

pytestmark = pytest.mark.slow

SERVERS = 300
FOUND_LATER = (82025, 91904, 469)
"""Seeds on which a verdict was false once: a cookie with data, which the redirected client sends back; a boolean alone
on a line; a layout that is most of a page.
"""
MOST_UNDECIDED = 0.02
"""Largest share of correct operations that may be undecided."""
MOST_SPELLED = 0.6
"""Share of the spellings that these servers use at least: each server has one at most."""


@pytest.fixture(scope="module", name="judged")
def _judged() -> list[Judged]:
    return judge_all((*range(SERVERS), *FOUND_LATER))


def test_no_verdict_is_false(judged: list[Judged]) -> None:
    """No faulty operation is consistent, and no correct operation is drift."""
    false = [(each.seed, each.operation) for each in judged if each.false_consistent or each.false_drift]
    assert false == []


def test_few_correct_operations_are_undecided(judged: list[Judged]) -> None:
    """In every language, format and envelope."""
    undecided, correct = rates(judged)["undecided, correct"]
    assert undecided <= MOST_UNDECIDED * correct


def test_the_generator_produces_every_fault(judged: list[Judged]) -> None:
    """Without this the rates above mean little."""
    found = {None if each.operation.truth is Truth.ENFORCED else each.operation.fault for each in judged}
    assert found - {*SPELLED} == {None, *FAULTS, *redirects.FAULTS, *HABITUAL}
    assert len(found & {*SPELLED}) > MOST_SPELLED * len(SPELLED)
