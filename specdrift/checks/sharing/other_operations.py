"""Sends what one operation admits to all others: a gap of the guard is often the same everywhere. Pure.

Checks that many operations share try an alteration on a few. Once it is confirmed on one, exactly that alteration is
sent to every other operation that must refuse the caller. One for which it could not be tried is not consistent.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.measure import answered, content_of, is_denial_without_status
from specdrift.checks.core.undecided import REPEAT, SEND, Resolution, Undecided
from specdrift.checks.sharing.representatives import Alteration, Sent, as_sent, baseline_admitted
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.listener import spread
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import ProbeTag
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Obstacle

AT_ONCE = 4
"""Alterations for an operation in one round: one of them usually opens it, and the others are not needed."""
BUSY = frozenset({408, 425, 429})
"""Statuses of a server that has not looked at the request."""

Kind = tuple[str, ProbeTag | None]
"""Caller and tag: what attempts of one alteration have in common on all operations."""


A = TypeVar("A", bound=Alteration)


def few(operations: Sequence[PlannedOperation], count: int, context: PlanContext) -> list[PlannedOperation]:
    """Return a sample of operations: all of them with ``exhaustive``, and where one of the sample was opened."""
    return list(operations) if context.exhaustive else spread(operations, count)[0]


def on_all_operations(context: PlanContext) -> PlanContext:
    """Return the context in which checks plan their attempts on every operation."""
    return replace(context, exhaustive=True)


def kind_of(attempt: Alteration) -> Kind:
    """Return what the attempts of one alteration have in common on all operations."""
    return attempt.caller.name, attempt.tag


def not_sent_yet(
    attempts: Iterable[A],
    admitted: Collection[Kind],
    opened: Collection[tuple[OperationKey | None, str]],
    first: Mapping[Sent, Exchange],
    classifier: Classifier,
) -> Iterator[A]:
    """Yield the attempts with an admitted alteration on the operations that none has opened, a few for each."""
    waiting: dict[tuple[OperationKey | None, str], list[A]] = defaultdict(list)
    for attempt in attempts if admitted else ():
        sent = as_sent(attempt)
        if kind_of(attempt) in admitted and sent[:2] not in opened and sent not in first:
            waiting[sent[:2]].append(attempt)
    for each in waiting.values():
        if not baseline_admitted(each[0].planned, each[0].caller, classifier):
            yield from each[:AT_ONCE]


def not_established(
    reported: Sequence[A],
    attempts: Iterable[A],
    first: Mapping[Sent, Exchange],
    *,
    describe: Callable[[Sequence[A]], str],
    absent: Callable[[A], Iterable[HttpFacts | None]],
    context: PlanContext,
    classifier: Classifier,
) -> Iterator[UndecidedOperation]:
    """Yield the operations of which it is not known whether they admit what is reported of another one.

    ``absent`` returns the answers to the same alteration on something that does not exist.
    """
    shown = {kind_of(attempt): attempt for attempt in reversed(reported)}
    settled = {attempt.planned.key for attempt in reported}
    for attempt in attempts if shown else ():
        example, key = shown.get(kind_of(attempt)), attempt.planned.key
        sent = first.get(as_sent(attempt))
        if example is None or key in settled:
            continue
        if sent and (is_refused(sent, classifier) or _is_as_absent(sent, absent(example), classifier)):
            continue
        if not baseline_admitted(attempt.planned, attempt.caller, classifier):
            settled.add(key)
            clause = f"{_admits(example)} {describe([example])}"
            yield _tried(key, clause) if sent else _not_tried(key, clause, REPEAT)
    for planned in context.operations if shown else ():
        refused = (each for each in shown.values() if _must_be_refused(each.caller, planned))
        if _is_withheld(planned) and planned.key not in settled and (example := next(refused, None)):
            yield _not_tried(planned.key, f"{_admits(example)} {describe([example])}", SEND)


def is_refused(exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether the answer to an altered request shows that it did not reach the operation."""
    http = answered(exchange, classifier.log).observation.http
    if http is None:
        return exchange.observation.ending in (Ending.ALERT, Ending.CLOSED)
    if 400 <= http.status < 500:
        return http.status not in BUSY
    if is_denial_without_status(exchange, classifier):
        return True
    got = classifier.compared(exchange)
    return got.outcome.refused or got.obstacle is Obstacle.NOT_FOUND


def _is_as_absent(exchange: Exchange, absent: Iterable[HttpFacts | None], classifier: Classifier) -> bool:
    """Return whether something that does not exist gets the same content, which is not that of the operation.

    A part of it, such as the keys of another operation's entries, may be on a page for all paths.
    """
    last = answered(exchange, classifier.log)
    http = last.observation.http
    if http is None or classifier.carried(last).has_most:
        return False
    return content_of(http) in {content_of(other) for other in absent if other}


def _is_withheld(planned: PlannedOperation) -> bool:
    """Return whether its requests are not sent, or only their heads. Of ``never`` nothing is known anyway."""
    return planned.is_guarded and planned.mode not in (UnsafeMethods.SEND, UnsafeMethods.NEVER)


def _must_be_refused(caller: ClientIdentity, planned: PlannedOperation) -> bool:
    return caller.name == ANONYMOUS.name or must_be_refused(caller, planned)


def _admits(example: Alteration) -> str:
    caller = example.caller
    who = "a caller without a certificate" if caller.name == ANONYMOUS.name else f'"{caller.name}"'
    return f"{example.planned.key} admits {who}"


def _tried(key: OperationKey, clause: str) -> UndecidedOperation:
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"{clause}, and the answer of this operation to the same is inconclusive",
        advice=REPEAT,
    ).of(key)


def _not_tried(key: OperationKey, clause: str, advice: Resolution) -> UndecidedOperation:
    return Undecided(
        kind=UndecidedReason.NOT_SENT,
        reason=f"{clause}, and this operation was not sent the same",
        advice=advice,
    ).of(key)
