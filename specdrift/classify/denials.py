"""How this server refuses, learned from the run. Pure.

A denial is an answer that callers who must be refused get on several operations, with the same values on each, and that
no valid certificate gets where it is admitted or the server fails. Its language, status and envelope do not matter.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.body.values import echo_of
from specdrift.classify.exchange import Exchange, Exchanges, http_of, refused_exchanges
from specdrift.classify.likeness import redirect_pattern, redirects
from specdrift.classify.resource import CHANCE, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import Strength, booleans_of, data_of, unpack, weight

LEAST_OPERATIONS = 2
"""Operations on which an answer must be given to be a denial."""
LEAST_CALLERS, LEAST_ANSWERS = 2, 4
"""Callers to whom it must be given where there is only one operation, or answers to a single one."""
OWN = 3 * Strength.STRONG
"""Weight of the values that one denial may have of its own: an incident number, a time."""
ABOUT_THE_NETWORK = 511
"""The one status from 500 on that refuses a caller (RFC 6585 §6)."""
Kind = tuple[int, str, tuple[str, ...], tuple[str, ...]]

NEVER_SET = echo_of(("0", "0.0"))
"""What programs write for a number that was never set."""


def is_failure(status: int) -> bool:
    """Return whether a status says that the server failed."""
    return status >= 500 and status != ABOUT_THE_NETWORK


class Answered(Struct, frozen=True):
    """An answer and its own values."""

    operation: OperationKey
    identity: str
    http: HttpFacts
    values: Values
    steady: Values
    """Those that each repetition of the request has, if it was repeated. The others are new each time."""
    like_admitted: bool = False
    """The body has the structure of the operation's answers to valid certificates."""


class Denial(Struct, frozen=True):
    """One form of refusal."""

    kind: Kind
    """Status, kind of body, structure and redirect target."""
    values: Values
    """Values that every such answer has."""
    operations: int
    """Number of operations that returned it."""
    noise: int = 0
    """Weight of the values that its answers have of their own, on all operations but one."""
    callers: int = 1
    """Number of callers that got it."""

    @property
    def of_the_server(self) -> bool:
        """Whether several operations returned it; otherwise one did, to several callers."""
        return self.operations >= LEAST_OPERATIONS

    @property
    def most_noise(self) -> int:
        """The greatest weight of own values that an answer may have. A denial that never varies has none."""
        return self.noise + OWN if self.noise else CHANCE

    def fits(self, http: HttpFacts, steady: Values) -> bool:
        """Return whether an answer has this form, and not more values of its own than the others.

        ``steady`` are without those of its request, which no caller can add to or take from a denial: what it must have
        is looked for in the whole answer. What repetitions of the request change is not counted.
        """
        if http.status != self.kind[0]:
            return False
        return kind_of(http) == self.kind and self._has_little_more(http, steady)

    def has_body_of(self, http: HttpFacts, values: Values) -> bool:
        """Return whether several operations returned such a body, with whatever status and redirect target."""
        same = kind_of(http)[1:3] == self.kind[1:3]
        return self.of_the_server and same and self._has_little_more(http, values)

    def _has_little_more(self, http: HttpFacts, values: Values) -> bool:
        own = values - self.values
        return self._is_in(http) and _little(own, self.values) and weight(own) <= self.most_noise

    def _is_in(self, http: HttpFacts) -> bool:
        """Return whether an answer has each value of it. The request may say the same: then it is no echo."""
        return self.values <= unpack(http.values)

    def is_exceeded_by(self, http: HttpFacts, values: Values) -> bool:
        """Return whether an answer has all that the denial has, and more: members, or data.

        An object of other members is a denial of its own, whatever words both have.
        """
        status, kind, structure, target = self.kind
        if not self.of_the_server or (status, target) != (http.status, redirect_pattern(http)):
            return False
        own, same_words = values - self.values - NEVER_SET, self._is_in(http)
        own -= booleans_of(own)  # what a boolean is evidence of is for its explanation to say
        more_members = kind == http.shape.kind == "json" and set(structure) < set(http.shape.members)
        if kind == http.shape.kind == "empty" or more_members:
            return bool(own if same_words else data_of(own))
        alike = kind == http.shape.kind and (kind != "json" or set(structure) <= set(http.shape.members))
        return same_words and alike and weight(data_of(own)) > self.most_noise


class KnownDenials(Struct, frozen=True):
    """The denials of a server, the most certain first."""

    every: tuple[Denial, ...]
    _fitting: dict[tuple[Kind, bytes, Values], Denial | None] = field(default_factory=dict)
    """By all that ``Denial.fits`` reads of an answer."""

    def fitting(self, http: HttpFacts, steady: Values) -> Denial | None:
        """Return the first one that an answer fits."""
        key = kind_of(http), http.values, steady
        if key not in self._fitting:
            self._fitting[key] = next((each for each in self.every if each.fits(http, steady)), None)
        return self._fitting[key]


def learn(refused: Iterable[Answered], valid: Iterable[Answered]) -> tuple[Denial, ...]:
    """Return the denials among answers to callers who must be refused.

    ``refused`` excludes answers that carry the resource. ``valid`` are the answers that admitted valid certificates,
    and the failures that they got: what fails for them too refuses no caller.
    """
    answers = sorted(refused, key=lambda each: (each.operation, each.identity))
    by_caller = _clustered(answers, lambda each: each.identity)
    by_operation = _clustered(answers, lambda each: each.operation)
    known: dict[Kind, list[Answered]] = defaultdict(list)
    for answer in valid:
        known[kind_of(answer.http)].append(answer)
    denials = {
        Denial(kind, values, len(cluster.operations), cluster.noise, len(cluster.identities))
        for kind, cluster in (*by_caller, *by_operation)
        if cluster.is_repeated and not cluster.may_be_data
        for values in _telling(cluster, known[kind])
    }
    return tuple(sorted(denials, key=_certain_first))


def _telling(cluster: "_Cluster", valid: Iterable[Answered]) -> Iterator[Values]:
    """Yield the values that tell these answers from those to valid certificates, if there are such values.

    Where requests happen to say the same (``/levels/0`` is refused with ``0``), all that the answers have in common.
    """
    answers = tuple(valid)
    if not any(cluster.common <= each.values for each in answers):
        yield cluster.common
    elif not any(cluster.whole <= unpack(each.http.values) for each in answers):
        yield cluster.whole


def _certain_first(denial: Denial) -> tuple[int, list[int], int, int, Kind]:
    """Sort key: those of most operations, and of equal ones that which varies most, then that of most callers."""
    return -denial.operations, sorted(denial.values), -denial.noise, -denial.callers, denial.kind


def _clustered(
    answers: Iterable[Answered], by: Callable[[Answered], Hashable]
) -> Iterator[tuple[Kind, "_Cluster"]]:
    """Yield clusters of answers with nearly the same values, each with its kind."""
    groups: dict[tuple[Hashable, Kind, bool, bool], list[_Cluster]] = defaultdict(list)
    for answer in answers:
        # Without a body, an answer with something in its fields is not one with nothing.
        has_fields = answer.http.shape.kind == "empty" and bool(answer.values)
        clusters = groups[by(answer), kind_of(answer.http), answer.like_admitted, has_fields]
        if not any(cluster.add(answer) for cluster in clusters):
            clusters.append(_Cluster(answer))
    return ((kind, cluster) for (_, kind, *_), clusters in groups.items() for cluster in clusters)


class _Cluster:
    """Answers of one kind with nearly the same values."""

    def __init__(self, answer: Answered) -> None:
        self.common = answer.steady
        self.whole = unpack(answer.http.values)
        self.answers = [answer]

    @property
    def operations(self) -> frozenset[OperationKey]:
        """The operations that returned it."""
        return frozenset(answer.operation for answer in self.answers)

    @property
    def identities(self) -> frozenset[str]:
        """The callers to whom it was returned."""
        return frozenset(answer.identity for answer in self.answers)

    @property
    def noise(self) -> int:
        """The second greatest weight of own values, by operation, or by caller on one operation."""
        several = len(self.operations) > 1
        greatest: dict[Hashable, int] = defaultdict(int)
        for answer in self.answers:
            key = answer.operation if several else answer.identity
            greatest[key] = max(greatest[key], weight(answer.values - self.common))
        return sorted(greatest.values(), reverse=True)[1] if len(greatest) > 1 else 0

    @property
    def is_repeated(self) -> bool:
        """Whether several operations returned it, or one several times."""
        several = len(self.operations) >= LEAST_OPERATIONS or len(self.identities) >= LEAST_CALLERS
        return several or len(self.answers) >= LEAST_ANSWERS

    @property
    def may_be_data(self) -> bool:
        """Whether its answers look like the operation's own, and differ as these do."""
        return self.answers[0].like_admitted and self.noise > CHANCE

    def add(self, answer: Answered) -> bool:
        """Add an answer if it belongs here; return whether it does."""
        if answer.steady != self.common:
            common = self.common & answer.steady
            if not (_little(answer.steady - common, common) and _little(self.common - common, common)):
                return False
            self.common = common
        self.whole &= unpack(answer.http.values)
        self.answers.append(answer)
        return True


class RefusedExchanges(Struct, dict=True):
    """The exchanges of callers who must be refused."""

    log: Exchanges

    @cached_property
    def repetitions(self) -> Mapping[Exchange, Hashable]:
        """All of them, found once, and what repetitions of each have in common."""
        return {entry: _repetition_of(entry) for entry in refused_exchanges(self.log)}

    @cached_property
    def answers(self) -> Mapping[OperationKey, Sequence[HttpFacts]]:
        """The answers of each operation itself, not where its redirects lead."""
        found: dict[OperationKey, list[HttpFacts]] = defaultdict(list)
        for entry in self.repetitions:
            if entry.probe.operation and not entry.probe.follows:
                found[entry.probe.operation].append(http_of(entry))
        return found

    def repetition_of(self, entry: Exchange) -> Hashable:
        """Return what repetitions of a request have in common."""
        known = self.repetitions.get(entry)
        return _repetition_of(entry) if known is None else known

    def steady_values(self, values_of: Callable[[Exchange], Values]) -> Mapping[Hashable, Values]:
        """Return the values that stay in repeated answers."""
        found: dict[Hashable, Values] = {}
        for entry, key in self.repetitions.items():
            values = values_of(entry)
            known = found.setdefault(key, values)
            if known is not values:
                found[key] = known & values
        return found


def _repetition_of(entry: Exchange) -> Hashable:
    """Return what repetitions of a refused request have in common."""
    request = entry.probe.request
    path = request.target.partition("?")[0] if request else ""
    return entry.probe.operation, entry.probe.identity, path, kind_of(http_of(entry))


def kind_of(http: HttpFacts) -> Kind:
    """Return status, kind of body, structure and redirect target of an answer. Words are values.

    Only the top-level members of a JSON object count: a refusal may have a member with the operation's name.
    """
    shape = http.shape
    match shape.kind:
        case "text" | "html":
            structure: tuple[str, ...] = ()
        case "json":
            structure = shape.members
        case _:
            structure = (shape.skeleton,)
    return http.status, shape.kind, structure, redirect_pattern(http)


def is_redirect(answer: Answered) -> bool:
    """Return whether an answer is a redirect."""
    return redirects(answer.http)


def redirects_with_a_denial(denials: Iterable[Denial], http: HttpFacts, values: Values) -> bool:
    """Return whether a redirect has the body of a denial of the server."""
    return redirects(http) and any(each.has_body_of(http, values) for each in denials)


def without_target(answer: Answered) -> Answered:
    """Return a redirect without its target, which may be the operation's own path: the body alone may be a denial."""
    fields = tuple(field for field in answer.http.headers if field[0] != "location")
    return replace(answer, http=replace(answer.http, headers=fields))


def _little(own: Values, common: Values) -> bool:
    return weight(own) <= max(OWN, weight(common))
