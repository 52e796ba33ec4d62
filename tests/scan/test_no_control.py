"""A run in which no operation admits a valid certificate ends with one problem, however many operations there are."""

from types import SimpleNamespace
from typing import Any

import pytest

from specdrift.checks.core.base import Conclusions
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import (
    Basis,
    Confidence,
    Enforcement,
    IdentityOutcome,
    Layer,
    Outcome,
    Verdict,
)
from specdrift.scan.conclusion import assemble
from tests.checks.plan_builders import ALICE, BOB, planned

OPERATIONS = 200


def result(number: int, reason: str = "HTTP 403") -> OperationResult:
    """Return an operation whose application refuses both certificates."""
    outcomes = (
        IdentityOutcome(
            identity=identity.name,
            outcome=Outcome.REFUSED_BY_APPLICATION,
            basis=Basis.PROBED,
            probes=(f"{number}/{identity.name}",),
            reason=reason,
        )
        for identity in (ALICE, BOB)
    )
    return OperationResult(
        operation=planned(f"/items/{number}").operation,
        enforcement=Enforcement.INDETERMINATE,
        layer=Layer.APPLICATION,
        verdict=Verdict.UNDECIDED,
        confidence=Confidence.LOW,
        outcomes=tuple(outcomes),
    )


def given(conclusions: Conclusions) -> tuple[Any, Any]:
    """Return the input and the exchanges of a run in which every probe was sent."""
    outcomes = (outcome for each in conclusions.operations for outcome in each.outcomes)
    sent = SimpleNamespace(observation=SimpleNamespace(attempts=1))
    log = SimpleNamespace(by_id=dict.fromkeys((probe for one in outcomes for probe in one.probes), sent))
    return SimpleNamespace(context=SimpleNamespace(accepted=(ALICE, BOB))), log


def test_the_commonest_reason_is_named_with_its_count() -> None:
    """One missing path comes first in the document; that the server is down is what the reader must know."""
    conclusions = Conclusions(
        operations=(result(0, "HTTP 404"), *(result(number, "server error 503") for number in range(1, 29)))
    )
    judge_input, log = given(conclusions)
    problem = assemble.no_control(judge_input, conclusions, log)
    assert problem is not None
    assert problem.text == (
        'No valid certificate was admitted. "alice" on GET /items/1 and 27 other operations, in the application: '
        "server error 503. Rejections are inconclusive until one is admitted."
    )
    one = Conclusions(operations=(result(0, "HTTP 404"),))
    judge_input, log = given(one)
    alone = assemble.no_control(judge_input, one, log)
    assert alone is not None
    assert '"alice" on GET /items/0, in the application: HTTP 404.' in alone.text


def test_each_outcome_is_compared_with_few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once each was compared with all others: 1,000 operations took 7 seconds, and 4,000 two minutes."""
    conclusions = Conclusions(operations=tuple(map(result, range(OPERATIONS))))
    judge_input, log = given(conclusions)
    compared, equal = 0, IdentityOutcome.__eq__

    def counted(one: IdentityOutcome, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    monkeypatch.setattr(IdentityOutcome, "__eq__", counted)
    problem = assemble.no_control(judge_input, conclusions, log)
    assert problem is not None
    assert '"alice" on GET /items/0 and 199 other operations, in the application: HTTP 403' in problem.text
    assert compared < 10 * OPERATIONS
