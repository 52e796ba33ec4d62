"""Whether the server still answers callers as it did before. Pure.

A firewall that bans a client after odd requests refuses what follows, whatever its certificate. Such refusals establish
nothing. Therefore plain requests that were answered are sent again during the run and at its end.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.classify.check_names import CERTIFICATE, CONSISTENCY
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import Phase, Probe, Reuse

STEADINESS = "steadiness"
"""Name of the check of these requests."""
MOST_PROBES = 250
"""Probes after which they are sent again."""
TIMES = 6
"""Times in a row that a caller must be answered otherwise: servers behind a balancer may refuse in several ways."""
OF_VALID = 2
"""Operations on which a valid certificate is tried again: one may change what it gives."""
SAFE = frozenset({"GET", "HEAD"})
GONE = frozenset({404, 410})
"""Statuses of a single resource that was removed during the run."""
TOO_MANY_REQUESTS, SERVER_ERRORS = 429, 500

Answer = int | str
"""An HTTP status, or a TLS alert."""
Caller = tuple[OperationKey, str]
"""An operation, and the name of an identity."""


class ChangedAnswer(Struct, frozen=True):
    """A caller who is answered otherwise than before."""

    probe: Probe
    before: Answer
    now: Answer

    def __str__(self) -> str:
        who = (
            "without a certificate"
            if self.probe.identity == ANONYMOUS.name
            else f'as "{self.probe.identity}"'
        )
        return f"{self.probe.operation} {who} got {_named(self.before)} before, and {_named(self.now)} later"


def again(exchanges: ExchangeLog, identities: Mapping[str, ClientIdentity], number: int) -> tuple[Probe, ...]:
    """Return the plain requests to send for the time ``number``.

    Each time another one is the first: a balancer that takes its back ends in turn answers each caller from several.
    """
    found = tuple(
        replace(
            each.probe,
            check=STEADINESS,
            phase=Phase.AFTER,
            connection=replace(each.probe.connection, reuse=Reuse.FRESH),
            attempt=number,
            why="whether the server still answers this caller as before",
        )
        for each in _references(exchanges, identities)
    )
    first = number % len(found) if found else 0
    return found[first:] + found[:first]


def is_doubtful(exchanges: ExchangeLog, identities: Mapping[str, ClientIdentity], number: int) -> bool:
    """Return whether the requests of the time ``number`` have to be repeated: an answer differs from that before."""
    tried = [each for each in exchanges.by_check(STEADINESS) if each.probe.attempt == number]
    return _changed(tried, _answers(exchanges, identities)) is not None


def change(exchanges: ExchangeLog, identities: Mapping[str, ClientIdentity]) -> ChangedAnswer | None:
    """Return a caller who is answered otherwise than before, several times in a row.

    A valid certificate is, if it does not succeed with any of the requests that are sent again.
    """
    by_number: dict[int, list[Exchange]] = defaultdict(list)
    for each in exchanges.by_check(STEADINESS):
        by_number[each.probe.attempt].append(each)
    before, found = _answers(exchanges, identities), deque[ChangedAnswer | None](maxlen=TIMES)
    for number in sorted(by_number):
        found.append(_changed(by_number[number], before))
        if len(found) == TIMES and all(found):
            return found[0]
    return None


def _references(exchanges: ExchangeLog, identities: Mapping[str, ClientIdentity]) -> Iterator[Exchange]:
    """Yield requests with which valid certificates succeeded; of the anonymous client a success and another answer.

    They are chosen by their order in the plan: that in which they ended differs from run to run. A guarded operation
    that admitted the anonymous client by chance is none: the next connection may be refused, without a ban.
    """
    valid: set[OperationKey] = set()
    anonymous: set[bool] = set()
    for each in sorted(filter(_is_plain, exchanges.by_check(CERTIFICATE)), key=_order):
        answer, identity = answer_of(each.observation), identities.get(each.probe.identity)
        operation = each.probe.operation
        if answer is None or operation is None:
            continue
        succeeded = _succeeded(answer)
        if each.probe.identity == ANONYMOUS.name and succeeded not in anonymous:
            if not succeeded or operation in exchanges.open_operations or not _by_chance(each, exchanges):
                anonymous.add(succeeded)
                yield each
        elif (
            identity
            and identity.is_control
            and succeeded
            and operation not in valid
            and len(valid) < OF_VALID
        ):
            valid.add(operation)
            yield each


def _by_chance(reference: Exchange, exchanges: ExchangeLog) -> bool:
    """Return whether the caller succeeded again after a refusal, by any request. Who is banned does not."""
    answers = [
        answer
        for check in (CERTIFICATE, CONSISTENCY)
        for each in exchanges.of(check, *_caller(reference))
        if (answer := answer_of(each.observation)) is not None
    ]
    refused = next((number for number, answer in enumerate(answers) if not _succeeded(answer)), len(answers))
    return any(map(_succeeded, answers[refused:]))


def _is_plain(each: Exchange) -> bool:
    request = each.probe.request
    return each.probe.phase is not Phase.CONFIRM and request is not None and request.method in SAFE


def _order(each: Exchange) -> tuple[Phase, OperationKey, str]:
    return each.probe.phase, each.probe.operation or OperationKey("", ""), each.probe.id


def _answers(exchanges: ExchangeLog, identities: Mapping[str, ClientIdentity]) -> Mapping[Caller, Answer]:
    found = {_caller(each): _answer_before(each, exchanges) for each in _references(exchanges, identities)}
    return {caller: answer for caller, answer in found.items() if answer is not None}


def _answer_before(reference: Exchange, exchanges: ExchangeLog) -> Answer | None:
    """Return what is compared with later answers: a refusal of the anonymous client is that on a fresh connection.

    A connection that served other requests may be refused in another way from the start, and a back end may be open.
    """
    answer = answer_of(reference.observation)
    if reference.probe.identity != ANONYMOUS.name or answer is None or _succeeded(answer):
        return answer
    connection = replace(reference.probe.connection, reuse=Reuse.FRESH)
    fresh = (
        answer_of(each.observation)
        for check in (CONSISTENCY, STEADINESS)
        for each in sorted(exchanges.by_check(check), key=lambda each: (each.probe.attempt, each.probe.id))
        if (each.probe.operation, each.probe.identity) == _caller(reference)
        and (each.probe.request, each.probe.connection) == (reference.probe.request, connection)
    )
    return next((each for each in fresh if each is not None and not _succeeded(each)), None)


def _changed(tried: Iterable[Exchange], before: Mapping[Caller, Answer]) -> ChangedAnswer | None:
    changes = {_caller(each): _change(each, before.get(_caller(each))) for each in sorted(tried, key=_caller)}
    of_valid = [found for (_, name), found in changes.items() if name != ANONYMOUS.name]
    anonymous = (found for (_, name), found in changes.items() if name == ANONYMOUS.name)
    if of_valid and all(of_valid):
        return of_valid[0]
    return next(filter(None, anonymous), None)


def _change(each: Exchange, before: Answer | None) -> ChangedAnswer | None:
    now = answer_of(each.observation)
    if now is None or before is None or now == before or (_succeeded(before) and _succeeded(now)):
        return None
    is_one_resource = each.probe.operation is not None and "{" in each.probe.operation.path
    return None if now in GONE and is_one_resource else ChangedAnswer(each.probe, before, now)


def answer_of(observation: Observation) -> Answer | None:
    """Return the status or the TLS alert; None for what establishes nothing, or is no answer of its own."""
    if observation.http is not None:
        status = observation.http.status
        return None if status == TOO_MANY_REQUESTS or status >= SERVER_ERRORS else status
    return observation.tls.alert_received or None if observation.ending is Ending.ALERT else None


def _caller(each: Exchange) -> Caller:
    assert each.probe.operation is not None  # noqa: S101 - references have one
    return each.probe.operation, each.probe.identity


def _succeeded(answer: Answer) -> bool:
    return isinstance(answer, int) and 200 <= answer < 300


def _named(answer: Answer) -> str:
    return f"HTTP {answer}" if isinstance(answer, int) else f"TLS alert {answer}"
