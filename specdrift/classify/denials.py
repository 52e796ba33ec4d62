"""How this server refuses, learned from the run. Pure.

A denial is an answer that callers who must be refused get on several operations, with the same values on each, and that
no valid certificate gets. Its language, status and envelope do not matter.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from specdrift.classify.likeness import redirect_pattern
from specdrift.classify.resource import Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, weight

LEAST_OPERATIONS = 2
"""Operations on which an answer must be given to be a denial."""
LEAST_CALLERS = 2
"""Callers to whom it must be given where there is only one operation."""
OWN = 2 * Strength.STRONG
"""Weight of the values that one denial may have of its own: an incident number, a time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and its own values."""

    operation: OperationKey
    identity: str
    http: HttpFacts
    values: Values


@dataclass(frozen=True, slots=True)
class Denial:
    """One form of refusal."""

    kind: Hashable
    """Status, structure and redirect target."""
    values: Values
    """Values that every such answer has."""
    operations: int
    """Number of operations that returned it."""

    @property
    def of_the_server(self) -> bool:
        """Whether several operations returned it; otherwise one did, to several callers."""
        return self.operations >= LEAST_OPERATIONS

    def fits(self, http: HttpFacts, values: Values) -> bool:
        """Return whether an answer has this form and few other values."""
        return (
            kind_of(http) == self.kind
            and self.values <= values
            and _little(values - self.values, self.values)
        )


def learn(refused: Iterable[Answered], valid: Iterable[Answered]) -> tuple[Denial, ...]:
    """Return the denials among answers to callers who must be refused.

    ``refused`` excludes answers that carry the resource. ``valid`` are all answers to valid certificates.
    """
    answers = sorted(refused, key=lambda each: (each.operation, each.identity))
    by_caller = _clustered(answers, lambda each: each.identity)
    by_operation = _clustered(answers, lambda each: each.operation)
    known: dict[Hashable, list[Values]] = defaultdict(list)
    for answer in valid:
        known[kind_of(answer.http)].append(answer.values)
    denials = {
        Denial(kind, cluster.common, len(cluster.operations))
        for kind, cluster in (*by_caller, *by_operation)
        if len(cluster.operations) >= LEAST_OPERATIONS or len(cluster.identities) >= LEAST_CALLERS
    }
    given = (each for each in denials if not any(each.values <= values for values in known[each.kind]))
    return tuple(sorted(given, key=lambda each: (-each.operations, sorted(each.values))))


def _clustered(
    answers: Iterable[Answered], by: Callable[[Answered], Hashable]
) -> Iterator[tuple[Hashable, "_Cluster"]]:
    """Yield clusters of answers with nearly the same values, each with its kind."""
    groups: dict[tuple[Hashable, Hashable], list[_Cluster]] = defaultdict(list)
    for answer in answers:
        clusters = groups[by(answer), kind_of(answer.http)]
        if not any(cluster.add(answer) for cluster in clusters):
            clusters.append(_Cluster(answer))
    return ((kind, cluster) for (_, kind), clusters in groups.items() for cluster in clusters)


class _Cluster:
    """Answers of one kind with nearly the same values."""

    def __init__(self, answer: Answered) -> None:
        self.common = answer.values
        self.operations = {answer.operation}
        self.identities = {answer.identity}

    def add(self, answer: Answered) -> bool:
        """Add an answer if it belongs here; return whether it does."""
        common = self.common & answer.values
        if not (_little(answer.values - common, common) and _little(self.common - common, common)):
            return False
        self.common = common
        self.operations.add(answer.operation)
        self.identities.add(answer.identity)
        return True


def kind_of(http: HttpFacts) -> Hashable:
    """Return status, structure and redirect target of an answer. The words of a text are values, not structure.

    Only the top-level members of a JSON object count: a refusal may have a member with the operation's name.
    """
    shape = http.shape
    structure = {"text": "", "html": "", "json": shape.members}.get(shape.kind, shape.skeleton)
    return http.status, shape.kind, structure, redirect_pattern(http)


def _little(own: Values, common: Values) -> bool:
    return weight(own) <= max(OWN, weight(common))
