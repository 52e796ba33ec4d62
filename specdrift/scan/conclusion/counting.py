"""Counts the responses that a result is based on. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable

from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Basis


def answers(operations: Iterable[OperationResult], sent: Collection[str]) -> Counter[Basis]:
    """Count outcomes by their basis. ``sent`` has the ids of sent probes; others do not count."""
    outcomes = (outcome for result in operations for outcome in result.outcomes)
    return Counter(
        outcome.basis
        for outcome in outcomes
        if outcome.basis is Basis.LISTENER or any(probe in sent for probe in outcome.probes)
    )
