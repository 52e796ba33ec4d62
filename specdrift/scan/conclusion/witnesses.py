"""Answers with an operation's data that no finding explains: one is enough to leave the operation undecided. Pure."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_refused, promised
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.credentials import CredentialChange
from specdrift.checks.core.evidence import shown_of
from specdrift.checks.core.measure import answered, content_of
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import fits
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import RETRIED, Control, Endpoint
from specdrift.model.promise import Promise
from specdrift.model.result.drift import Drift
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import OperationResult, UndecidedOperation
from specdrift.model.result.verdict import Obstacle, Outcome, Verdict
from specdrift.model.shortened import shortened
from specdrift.scan.conclusion.dropped import why_dropped

CLIENT_ERRORS = range(400, 500)
REPAIR = "correct what is reported there, and repeat the run"
Refusal = tuple[str, Endpoint, int, str]
REPEAT = (
    "send that request by hand, several times and after other requests: it must never return the data. "
    "A run of this operation alone (--include-path) repeats more"
)


def unexplained(
    results: Iterable[OperationResult],
    exchanges: Collection[Exchange],
    classifier: Classifier,
    context: PlanContext,
) -> Mapping[OperationKey, Exchange]:
    """Return the first answer with data to a caller that must be refused, for each consistent operation."""
    guarded = {planned.key: planned for planned in context.guarded}
    consistent = {result.operation.key for result in results if result.verdict is Verdict.CONSISTENT}
    documented = Documented(context)
    anywhere = _refusals_anywhere(exchanges)
    found: dict[OperationKey, Exchange] = {}
    for exchange in exchanges:
        probe = exchange.probe
        key, identity = probe.operation, context.identities.get(probe.identity, ANONYMOUS)
        if key is None or key in found or key not in consistent or key not in guarded:
            continue
        if probe.connection.prior_session or exchange.observation.http is None:
            continue
        refused = identity.name == ANONYMOUS.name or must_be_refused(identity, guarded[key])
        if (
            refused
            and _has_data(exchange, classifier)
            and not (_refusal_of(exchange) in anywhere and not classifier.carried(exchange).leaks)
            and not documented.allows(exchange, identity, guarded[key])
        ):
            found[key] = exchange
    return found


def _refusals_anywhere(exchanges: Iterable[Exchange]) -> frozenset[Refusal]:
    """Return the refusals of what does not exist at any endpoint.

    A listener that gives the same one to every path, as for plain HTTP where it expects TLS, has no data of one of
    them, whatever words both have.
    """
    controls = (each for each in exchanges if each.probe.tag and each.probe.tag.control is Control.NEGATIVE)
    return frozenset(found for each in controls if (found := _refusal_of(each)) is not None)


def _refusal_of(exchange: Exchange) -> Refusal | None:
    """Return the caller, the endpoint, the status and the body of a client error."""
    http, probe = exchange.observation.http, exchange.probe
    if http is None or http.status not in CLIENT_ERRORS:
        return None
    return probe.identity, probe.connection.endpoint, http.status, http.body_sha256


def _has_data(exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer has the data, or some of them beside a refusal, in words that no other explains."""
    got = classifier.compared(exchange)
    if got.outcome is Outcome.ADMITTED:
        carried = classifier.carried(exchange)
        return carried.data is not None and carried.amounts_to_the_answer
    if exchange.probe.check == RETRIED:
        return classifier.carried(exchange).leaks
    if got.leaks or (got.obstacle is Obstacle.DATA and not classifier.carried(exchange).is_negligible):
        return True
    # Whatever the answer is taken for: it has words that only callers with a valid certificate may read.
    return bool(classifier.learned.disclosed(exchange))


class Documented:
    """What the document lets a caller have."""

    def __init__(self, context: PlanContext) -> None:
        self._by_path: dict[str, list[PlannedOperation]] = defaultdict(list)
        for planned in context.operations:
            self._by_path[context.base_of(planned) + planned.key.path].append(planned)
        self._index = PathIndex(self._by_path)

    def allows(self, exchange: Exchange, identity: ClientIdentity, planned: PlannedOperation) -> bool:
        """Return whether the caller may have the answer: by other credentials, or by another operation."""
        request = exchange.probe.request
        if request is None:
            return False
        has_other_credentials = any(
            variation.change is CredentialChange.OTHER_ALTERNATIVE
            and variation.request == request
            and not identity.lacks(variation.roles)
            for variation in planned.variations
        )
        return has_other_credentials or any(
            other.key.method == request.method
            and other.key != planned.key
            and promised(identity, other) is Promise.ADMITTED
            for other in self._at(request.target.partition("?")[0])
        )

    def _at(self, path: str) -> Iterator[PlannedOperation]:
        """Yield the operations that a path matches."""
        for template in self._index.candidates(path):
            if fits(template, path):
                yield from self._by_path[template]


def without_unexplained(
    results: Iterable[OperationResult], witnesses: Mapping[OperationKey, Exchange]
) -> tuple[OperationResult, ...]:
    """Leave the operations with a witness undecided."""
    return tuple(
        replace(result, verdict=Verdict.UNDECIDED) if result.operation.key in witnesses else result
        for result in results
    )


def without_unclear(
    results: Iterable[OperationResult], undecided: Iterable[UndecidedOperation]
) -> tuple[OperationResult, ...]:
    """Leave the operations undecided that a check does, unless they drift: a refused request may have had an effect, or
    what opens another operation could not be tried.
    """
    unclear = {each.operation for each in undecided}
    return tuple(
        replace(result, verdict=Verdict.UNDECIDED)
        if result.operation.key in unclear and result.verdict is Verdict.CONSISTENT
        else result
        for result in results
    )


def undecided_by(
    witnesses: Mapping[OperationKey, Exchange], classifier: Classifier, drifts: Iterable[Drift]
) -> tuple[UndecidedOperation, ...]:
    """Say which answer leaves each operation undecided, and whether it is reported for another one."""
    reported = _reported(drifts, classifier) if witnesses else {}
    return tuple(_undecided(key, exchange, classifier, reported) for key, exchange in witnesses.items())


def _undecided(
    key: OperationKey, exchange: Exchange, classifier: Classifier, reported: Mapping[Hashable, Drift]
) -> UndecidedOperation:
    other = reported.get(_content(exchange, classifier))
    why = (
        f"the same answer is reported for {other.operation} ({other.rule})"
        if other
        else why_dropped(exchange, classifier).value
    )
    return UndecidedOperation(
        operation=key,
        kind=UndecidedReason.UNEXPLAINED,
        reason=f'"{exchange.probe.identity}" got data that only valid certificates get otherwise, '
        f"{_where(exchange, classifier)}, and {why} ({exchange.probe.id})",
        how_to_decide=REPAIR if other else REPEAT,
        remedy=Remedy.OTHER,
    )


def _reported(drifts: Iterable[Drift], classifier: Classifier) -> Mapping[Hashable, Drift]:
    """Return the drifts of operations by the answers that show them."""
    by_id = classifier.log.by_id
    return {
        _content(by_id[probe], classifier): drift
        for drift in drifts
        if drift.operation
        for probe in drift.probes
        if probe in by_id and by_id[probe].observation.http
    }


def _content(exchange: Exchange, classifier: Classifier) -> Hashable:
    """Return the caller, the status and the values of an answer."""
    http = answered(exchange, classifier.log).observation.http
    return exchange.probe.identity, http and content_of(http)


def _where(exchange: Exchange, classifier: Classifier) -> str:
    """Return the request line, the status and some of the values, masked."""
    last = answered(exchange, classifier.log)
    request, http = last.probe.request, last.observation.http
    shown, share = shown_of(last, classifier)
    values = f", with {', '.join(shown)}: {share} % of the resource's values" if shown else ""
    if not values and (places := classifier.learned.disclosed(last)):
        values = f", in {shortened(', '.join(places))}"
    line = f"{request.method} {shortened(request.target)}" if request else "the request"
    return f"in the answer to {line} (HTTP {http.status if http else '-'}{values})"
