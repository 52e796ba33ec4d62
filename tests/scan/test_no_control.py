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


def result(number: int) -> OperationResult:
    """Return an operation whose application refuses both certificates."""
    outcomes = (
        IdentityOutcome(
            identity=identity.name,
            outcome=Outcome.REFUSED_BY_APPLICATION,
            basis=Basis.PROBED,
            probes=(f"{number}/{identity.name}",),
            reason="HTTP 403",
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


def test_each_outcome_is_compared_with_few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once each was compared with all others: 1,000 operations took 7 seconds, and 4,000 two minutes."""
    conclusions = Conclusions(operations=tuple(map(result, range(OPERATIONS))))
    probes = [
        probe for each in conclusions.operations for outcome in each.outcomes for probe in outcome.probes
    ]
    sent = SimpleNamespace(observation=SimpleNamespace(attempts=1))
    judge_input: Any = SimpleNamespace(context=SimpleNamespace(accepted=(ALICE, BOB)))
    log: Any = SimpleNamespace(by_id=dict.fromkeys(probes, sent))
    compared, equal = 0, IdentityOutcome.__eq__

    def counted(one: IdentityOutcome, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    monkeypatch.setattr(IdentityOutcome, "__eq__", counted)
    problem = assemble.no_control(judge_input, conclusions, log)
    assert problem is not None
    assert '"alice" on GET /items/0, in the application: HTTP 403' in problem.text
    assert compared < 10 * OPERATIONS
