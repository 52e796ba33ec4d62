"""Joins readings of one identity on one operation into one. Pure, and independent of their order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.probe import Connection, TlsRange
from specdrift.model.result.verdict import Basis, Classification, Confidence, Outcome

STRONGEST_FIRST = (
    Outcome.ADMITTED,
    Outcome.INCONCLUSIVE,
    Outcome.UNREACHABLE,
    Outcome.REFUSED_BY_APPLICATION,
    Outcome.REFUSED_IN_TLS,
)
RANK = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedClassification:
    """``reading`` stands for all; ``probes`` are the ids behind it, the best first; ``outcomes`` are all that the
    attempts had, ``dissent`` the best reading of each other one; ``evidence`` says whether the operation itself was
    asked.
    """

    classification: Classification
    probes: tuple[str, ...]
    outcomes: frozenset[Outcome] = frozenset()
    others: tuple[Classification, ...] = ()
    basis: Basis = Basis.PROBED
    leaking: tuple[str, ...] = ()
    """Ids of the probes whose answers refuse the caller and carry values of the resource."""

    @property
    def outcome(self) -> Outcome:
        """The outcome of the reading."""
        return self.classification.outcome

    @property
    def unanimous(self) -> bool:
        """Whether every attempt had the same outcome."""
        return len(self.outcomes) <= 1


NOT_PROBED = CombinedClassification(
    classification=Classification(outcome=Outcome.INCONCLUSIVE, reason="not asked"), probes=()
)


def combine(
    classifications: Iterable[tuple[Exchange, Classification]], basis: Basis = Basis.PROBED
) -> CombinedClassification:
    """One reading for all attempts over all kinds of connection.

    Let in once is let in: a door that opens sometimes is open. Attempts that told nothing are forgotten where a
    repetition on the same kind of connection told something; else "could not tell" wins over "refused",
    so that it never looks like "secure".
    """
    kept = [pair for group in _by_connection(classifications).values() for pair in _conclusive(group)]
    if not kept:
        return NOT_PROBED
    outcomes = frozenset(classification.outcome for _, classification in kept)
    best = {
        outcome: sorted((pair for pair in kept if pair[1].outcome is outcome), key=_best_first)
        for outcome in sorted(outcomes, key=STRONGEST_FIRST.index)
    }
    chosen, *others = best.values()
    return CombinedClassification(
        classification=chosen[0][1],
        probes=tuple(seen.probe.id for seen, _ in chosen),
        outcomes=outcomes,
        others=tuple(pairs[0][1] for pairs in others),
        basis=basis,
        leaking=tuple(entry.probe.id for entry, classification in kept if classification.leaks),
    )


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """The least of several confidences; ``high`` for none."""
    return min(confidences, key=RANK.__getitem__, default=Confidence.HIGH)


def _best_first(pair: tuple[Exchange, Classification]) -> tuple[int, bool, bool, str, str]:
    """The most certain, then what names the certificate, then as an ordinary client connects, which is the easiest
    to see again; all the rest only so that chance decides nothing.
    """
    seen, classification = pair
    narrowed = seen.probe.connection.tls is not TlsRange.ANY
    return (
        -RANK[classification.confidence],
        not classification.certificate,
        narrowed,
        classification.reason,
        seen.probe.id,
    )


def _by_connection(
    classifications: Iterable[tuple[Exchange, Classification]],
) -> dict[Connection, list[tuple[Exchange, Classification]]]:
    groups: dict[Connection, list[tuple[Exchange, Classification]]] = defaultdict(list)
    for seen, classification in classifications:
        groups[seen.probe.connection.kind].append((seen, classification))
    return groups


def _conclusive(group: list[tuple[Exchange, Classification]]) -> list[tuple[Exchange, Classification]]:
    telling = [p for p in group if p[1].outcome is Outcome.ADMITTED or p[1].outcome.refused]
    return telling or group
