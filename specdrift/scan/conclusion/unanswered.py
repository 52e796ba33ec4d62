"""Requests without an answer that establish nothing: they leave their operations undecided. Pure.

The crawler marks them: it sends controls when a server answers with 429 or 5xx, or not at all. The last controls of a
run are read here, since a server may fail after its last operation was probed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from specdrift.checks.core.undecided import PACE, UNANSWERED, Undecided
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Ending, NotSentReason, Observation
from specdrift.model.exchange.probe import RETRIED, Phase
from specdrift.model.plural import plural, with_verb
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import OperationResult, UndecidedOperation
from specdrift.model.result.verdict import Verdict

LIMITING = frozenset({429, 503})
"""Statuses of servers that limit their clients (RFC 6585 §4, RFC 9110 §15.6.4)."""
SERVER_ERRORS = 500
MOST_CHECKS = 4
"""Checks that a reason names."""

Unanswered = Mapping[OperationKey, Sequence[Exchange]]


def unanswered(exchanges: Iterable[Exchange], identities: Mapping[str, ClientIdentity]) -> Unanswered:
    """Return the exchanges without an answer that establish nothing, by operation, its last controls included."""
    exchanges = list(exchanges)
    found: dict[OperationKey, list[Exchange]] = defaultdict(list)
    for each in (*filter(_is_marked, exchanges), *_last_controls(exchanges, identities)):
        if each.probe.operation is not None and each.probe.check != RETRIED:
            found[each.probe.operation].append(each)
    return found


def _is_marked(exchange: Exchange) -> bool:
    observation = exchange.observation
    return observation.unanswered or observation.not_sent is NotSentReason.UNANSWERED


def _last_controls(
    exchanges: Sequence[Exchange], identities: Mapping[str, ClientIdentity]
) -> Iterator[Exchange]:
    """Yield the last controls of operations that are not answered, where the first ones of the same caller are."""
    controls = [
        each
        for each in exchanges
        if each.probe.check == CERTIFICATE
        and each.probe.identity in identities
        and identities[each.probe.identity].is_control
    ]
    answered = {
        (each.probe.operation, each.probe.identity)
        for each in controls
        if each.probe.phase < Phase.AFTER and not is_without_answer(each.observation)
    }
    for each in controls:
        known = (each.probe.operation, each.probe.identity) in answered
        if known and each.probe.phase is Phase.AFTER and is_without_answer(each.observation):
            yield each


def is_without_answer(observation: Observation) -> bool:
    """Return whether a control got no answer, or only that the server is busy or failed."""
    http = observation.http
    if http is not None:
        return http.status == 429 or http.status >= SERVER_ERRORS
    return observation.ending is not Ending.CONTINUE and not observation.tls.alert_received


def without_unanswered(results: Iterable[OperationResult], found: Unanswered) -> tuple[OperationResult, ...]:
    """Leave the operations undecided of which requests were not answered, unless they drift."""
    return tuple(
        replace(result, verdict=Verdict.UNDECIDED)
        if result.operation.key in found and result.verdict is Verdict.CONSISTENT
        else result
        for result in results
    )


def undecided_by_silence(
    found: Unanswered, results: Iterable[OperationResult], exchanges: Iterable[Exchange]
) -> tuple[UndecidedOperation, ...]:
    """Say of each consistent operation how many of its requests were not answered."""
    totals = Counter(each.probe.operation for each in exchanges if found)
    consistent = [result.operation.key for result in results if result.verdict is Verdict.CONSISTENT]
    return tuple(_undecided(key, found[key], totals[key]) for key in consistent if key in found)


def _undecided(key: OperationKey, exchanges: Sequence[Exchange], total: int) -> UndecidedOperation:
    checks = Counter(each.probe.check for each in exchanges).most_common()
    named = ", ".join(f"{check} {count:,}" for check, count in checks[:MOST_CHECKS])
    more = f", {plural(len(checks) - MOST_CHECKS, 'more check')}" if len(checks) > MOST_CHECKS else ""
    answers = Counter(_answer(each.observation) for each in exchanges).most_common()
    how = ", ".join(f"{answer} {count:,}" for answer, count in answers)
    limits = all(_is_limiting(each.observation) for each in exchanges)
    advice = PACE if limits else UNANSWERED
    return Undecided(
        kind=UndecidedReason.UNANSWERED,
        reason=f"{with_verb(len(exchanges), 'request', 'was', 'were')} not answered, of {total:,} ({how}; checks: "
        f"{named}{more}), nor were requests that the server had answered before",
        advice=advice,
    ).of(key)


def _answer(observation: Observation) -> str:
    if observation.http is not None:
        return f"HTTP {observation.http.status}"
    return "not sent" if observation.ending is Ending.NOT_SENT else "no response"


def _is_limiting(observation: Observation) -> bool:
    return observation.http is not None and observation.http.status in LIMITING


def server_lost(exchanges: Iterable[Exchange], found: Unanswered) -> Problem | None:
    """The problem of a run whose server stopped answering: requests were given up, or no last control is answered."""
    exchanges = list(exchanges)
    unsent = [e for e in exchanges if e.observation.not_sent is NotSentReason.UNANSWERED]
    if unsent:
        text = f"{unsent[0].observation.detail}: {with_verb(len(unsent), 'request', 'was', 'were')} not sent"
        return Problem(kind=ProblemKind.STOPPED, text=text)
    last = {
        e.probe.operation for e in exchanges if e.probe.check == CERTIFICATE and e.probe.phase is Phase.AFTER
    }
    silent = {key for key, group in found.items() if any(map(_is_silent_at_the_end, group))}
    if not silent or not last <= silent:
        return None
    return Problem(
        kind=ProblemKind.STOPPED,
        text="the last controls were not answered, so that what the server showed before may not hold",
    )


def _is_silent_at_the_end(exchange: Exchange) -> bool:
    """Return whether a last control was sent in vain. One that the request budget left out shows nothing."""
    budget = exchange.observation.not_sent is NotSentReason.REQUEST_BUDGET
    return exchange.probe.phase is Phase.AFTER and not budget
