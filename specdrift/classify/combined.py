"""Joins the classifications of one identity on one operation into one. Pure, and independent of their order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, starmap

from msgspec import Struct

from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.probe import Connection, TlsRange
from specdrift.model.result.verdict import Basis, Classification, Confidence, Obstacle, Outcome

STRONGEST_FIRST = (
    Outcome.ADMITTED,
    Outcome.INCONCLUSIVE,
    Outcome.UNREACHABLE,
    Outcome.REFUSED_BY_APPLICATION,
    Outcome.REFUSED_IN_TLS,
)
RANK = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}


class CombinedClassification(Struct, frozen=True, kw_only=True):
    """The joined classification of several exchanges."""

    classification: Classification
    probes: tuple[str, ...]
    """Ids of the probes with this outcome, the best first."""
    outcomes: frozenset[Outcome] = frozenset()
    """Outcomes of all attempts."""
    others: tuple[Classification, ...] = ()
    """The best classification of each other outcome."""
    basis: Basis = Basis.PROBED
    """Whether the operation itself was probed."""
    leaking: tuple[str, ...] = ()
    """Ids of the probes whose answers refuse the caller and carry values of the resource."""

    @property
    def outcome(self) -> Outcome:
        """The outcome of the classification."""
        return self.classification.outcome

    @property
    def unanimous(self) -> bool:
        """Whether every attempt had the same outcome."""
        return len(self.outcomes) <= 1


NOT_PROBED = CombinedClassification(
    classification=Classification(outcome=Outcome.INCONCLUSIVE, reason="not probed"), probes=()
)


def combine(
    classifications: Iterable[tuple[Exchange, Classification]], basis: Basis = Basis.PROBED
) -> CombinedClassification:
    """Join the classifications of all attempts over all kinds of connection.

    One admission decides. Inconclusive attempts are ignored if a repetition on the same kind of connection is
    conclusive; otherwise inconclusive wins over refused, so that an operation is never taken for secure.
    """
    given = list(classifications)
    if len(given) == 1 and given[0][1].obstacle is not Obstacle.DATA:
        return _alone(*given[0], basis)
    groups = _by_connection(given).values() if len(given) > 1 else [given]
    kept = [pair for group in groups for pair in _conclusive(group)]
    if not kept:
        return NOT_PROBED
    outcomes = frozenset(classification.outcome for _, classification in kept)
    best = {
        outcome: _sorted([pair for pair in kept if pair[1].outcome is outcome])
        for outcome in STRONGEST_FIRST
        if outcome in outcomes
    }
    chosen, *others = best.values()
    return CombinedClassification(
        classification=chosen[0][1],
        probes=tuple(chain.from_iterable(starmap(_behind, chosen))),
        outcomes=_of_its_request(kept) or outcomes,
        others=tuple(pairs[0][1] for pairs in others),
        basis=basis,
        leaking=tuple(entry.probe.id for entry, classification in kept if classification.leaks),
    )


def _alone(entry: Exchange, classification: Classification, basis: Basis) -> CombinedClassification:
    """Return what joins nothing: nearly every caller has one exchange on an operation."""
    return CombinedClassification(
        classification=classification,
        probes=(entry.probe.id, *classification.followed),
        outcomes=_ONLY[classification.outcome],
        basis=basis,
        leaking=(entry.probe.id,) if classification.leaks else (),
    )


_NEVER_REPLACED = (Obstacle.DATA, Obstacle.HEAD)
_ONLY = {outcome: frozenset({outcome}) for outcome in Outcome}


def _of_its_request(kept: list[tuple[Exchange, Classification]]) -> frozenset[Outcome]:
    """Return the outcomes, without the refusals of other requests: those may be refused for what they ask. A request
    that is admitted another time is none of these.
    """
    admitted = {entry.probe.tag for entry, found in kept if found.outcome is Outcome.ADMITTED}
    return frozenset(
        classification.outcome
        for entry, classification in kept
        if entry.probe.tag is None or not classification.outcome.refused or entry.probe.tag in admitted
    )


def _sorted(pairs: list[tuple[Exchange, Classification]]) -> list[tuple[Exchange, Classification]]:
    return pairs if len(pairs) == 1 else sorted(pairs, key=_best_first)


def _behind(entry: Exchange, classification: Classification) -> Iterator[str]:
    """Yield the id of the probe, and of those that followed its redirects."""
    yield entry.probe.id
    yield from classification.followed


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """Return the lowest of several confidences; ``high`` for none."""
    return min(confidences, key=RANK.__getitem__, default=Confidence.HIGH)


def _best_first(pair: tuple[Exchange, Classification]) -> tuple[int, bool, bool, str, str]:
    """Sort key: the most certain first, then those about the certificate, then those of an ordinary connection, which
    is easiest to reproduce. The rest makes the order deterministic.
    """
    entry, classification = pair
    narrowed = entry.probe.connection.tls is not TlsRange.ANY
    return (
        -RANK[classification.confidence],
        not classification.certificate,
        narrowed,
        classification.reason,
        entry.probe.id,
    )


def _by_connection(
    classifications: Iterable[tuple[Exchange, Classification]],
) -> dict[Connection, list[tuple[Exchange, Classification]]]:
    groups: dict[Connection, list[tuple[Exchange, Classification]]] = defaultdict(list)
    for entry, classification in classifications:
        groups[entry.probe.connection.kind].append((entry, classification))
    return groups


def _conclusive(group: list[tuple[Exchange, Classification]]) -> list[tuple[Exchange, Classification]]:
    """Return the conclusive ones, if there are any, and those that no repetition takes back: they may carry data, or a
    head was not refused.
    """
    conclusive = [p for p in group if p[1].outcome is Outcome.ADMITTED or p[1].outcome.refused]
    kept = [p for p in group if p[1].obstacle in _NEVER_REPLACED]
    return [*conclusive, *kept] or group
