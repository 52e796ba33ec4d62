"""How many answers a result rests on. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable

from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Basis


def answers(operations: Iterable[OperationResult], sent: Collection[str]) -> Counter[Basis]:
    """Answers to callers, by where they come from. ``sent`` are the ids of probes that really left: what a budget or
    Ctrl-C kept back is no answer.
    """
    outcomes = (outcome for result in operations for outcome in result.outcomes)
    return Counter(
        outcome.basis
        for outcome in outcomes
        if outcome.basis is Basis.LISTENER or any(probe in sent for probe in outcome.probes)
    )
