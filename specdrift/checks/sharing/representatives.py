"""Tries an alteration on one operation of each group whose guards answer alike, and on all once one deviates. Pure.

The alterations are shared out, so that each operation of a group gets some. One that arrives, or is neither refused nor
not found, is sent to the whole group; an operation that it does not open gets all the others as well.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Protocol, TypeVar

from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.guard_groups import GuardGroups, decides
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.listener import refused_by_listener
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import ProbeTag
from specdrift.model.plural import plural
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Outcome


class Sharing(Enum):
    """Which operations share the attempts of a check."""

    OPERATIONS = "operations"
    """Those with alike guards."""
    LISTENER = "listener"
    """Those with alike guards, of the few that stand for the listener."""
    NONE = "none"
    """Each gets all of them."""

    @property
    def is_said(self) -> bool:
        """Whether the result says that operations got a part."""
        return self is Sharing.OPERATIONS

    @property
    def is_by_folder(self) -> bool:
        """Whether operations in different folders do not share: their prefixes may be guarded in different ways."""
        return self is Sharing.OPERATIONS


Sent = tuple[OperationKey | None, str, ProbeTag | None]
"""Operation, caller and tag of a probe: those of an attempt are its own."""


class Alteration(Protocol):
    """An attempt on one operation; attempts of one caller and tag are alike on all operations."""

    @property
    def planned(self) -> PlannedOperation: ...

    @property
    def caller(self) -> ClientIdentity: ...

    @property
    def tag(self) -> ProbeTag: ...

    @property
    def requires(self) -> str: ...


A = TypeVar("A", bound=Alteration)


def as_sent(attempt: Alteration) -> Sent:
    """Return what the probes of an attempt have in common."""
    return attempt.planned.key, attempt.caller.name, attempt.tag


def first_exchanges(exchanges: Iterable[Exchange]) -> dict[Sent, Exchange]:
    """Return the first exchange of each attempt; controls have other tags or callers."""
    return {
        (exchange.probe.operation, exchange.probe.identity, exchange.probe.tag): exchange
        for exchange in exchanges
        if exchange.probe.attempt == 1
    }


def times_sent(exchanges: Iterable[Exchange]) -> Counter[Sent]:
    """Count how often each attempt was sent; controls have other tags or callers."""
    probes = (exchange.probe for exchange in exchanges)
    return Counter((probe.operation, probe.identity, probe.tag) for probe in probes)


def representatives(attempts: Iterable[A], context: PlanContext, sharing: Sharing) -> Iterator[A]:
    """Yield each alteration for one operation of each group, in turn. The groups are those of the document."""
    for turn, alike in enumerate(
        alike_operations(attempts, GuardGroups(context, by_folder=sharing.is_by_folder))
    ):
        yield alike[turn % len(alike)]


def further(
    attempts: Iterable[A],
    arriving: Iterable[A],
    first: Mapping[Sent, Exchange],
    context: PlanContext,
    classifier: Classifier,
    *,
    sharing: Sharing,
) -> Iterator[A]:
    """Yield what the answers so far call for. ``first`` has the first exchange of each attempt that was sent."""
    groups = GuardGroups(context, classifier.log, by_folder=sharing.is_by_folder)
    rejected = _rejected(attempts, classifier)
    arriving = [attempt for attempt in arriving if not attempt.requires]
    due = list(_due(rejected, groups, first, {as_sent(attempt) for attempt in arriving}))
    yield from due
    waiting = {_place(attempt, groups) for attempt in due}
    opened = {_place(attempt, groups) for attempt in arriving} - waiting
    reached = {as_sent(attempt)[:2] for attempt in arriving}
    for attempt in rejected if opened else ():
        sent = as_sent(attempt)
        if _place(attempt, groups) in opened and sent[:2] not in reached and sent not in first:
            yield attempt


def _due(
    attempts: Iterable[A], groups: GuardGroups, first: Mapping[Sent, Exchange], arriving: Collection[Sent]
) -> Iterator[A]:
    for turn, alike in enumerate(alike_operations(attempts, groups)):
        sent = [name for attempt in alike if (name := as_sent(attempt)) in first]
        if not sent:
            yield alike[turn % len(alike)]
        elif not all(decides(first[name]) and name not in arriving for name in sent):
            yield from (attempt for attempt in alike if as_sent(attempt) not in first)


def alike_operations(attempts: Iterable[A], groups: GuardGroups) -> Iterable[list[A]]:
    """Return each alteration with the operations of each group."""
    alike: dict[Hashable, list[A]] = defaultdict(list)
    for attempt in attempts:
        alike[*_place(attempt, groups), attempt.tag].append(attempt)
    return alike.values()


def _place(attempt: Alteration, groups: GuardGroups) -> tuple[Hashable, str]:
    return groups.of(attempt.planned), attempt.caller.name


def sampled(check: str, attempts: Iterable[Alteration], classifier: Classifier) -> Iterator[Skipped]:
    """Say once that alterations were tried on some operations only: by what was sent, for a recording too.

    Where the listener refuses the callers, more requests would show nothing.
    """
    first = first_exchanges(classifier.log.by_check(check))
    if all(refused_by_listener(exchange.observation) for exchange in first.values()):
        return
    tried = {(caller, tag) for _, caller, tag in first}
    left_out = {
        attempt.planned.key
        for attempt in _rejected(attempts, classifier)
        if (attempt.caller.name, attempt.tag) in tried and as_sent(attempt) not in first
    }
    if left_out:
        reason = (
            f"{plural(len(left_out), 'operation')} got some of the altered requests, and others that refuse callers "
            "alike got the rest; --exhaustive sends all"
        )
        yield Skipped(check=check, kind=SkipReason.SAMPLED, reason=reason)


def _rejected(attempts: Iterable[A], classifier: Classifier) -> list[A]:
    """Return the attempts that require no other and whose baseline request is not admitted."""
    admitted: dict[tuple[OperationKey, str], bool] = {}
    kept = []
    for attempt in attempts:
        place = attempt.planned.key, attempt.caller.name
        if not attempt.requires:
            if place not in admitted:
                admitted[place] = baseline_admitted(attempt.planned, attempt.caller, classifier)
            kept += [] if admitted[place] else [attempt]
    return kept


def baseline_admitted(planned: PlannedOperation, caller: ClientIdentity, classifier: Classifier) -> bool:
    """Return whether the caller's baseline request is admitted."""
    exchanges = classifier.log.of(CERTIFICATE, planned.key, caller.name)
    return any(classifier.compared(entry).outcome is Outcome.ADMITTED for entry in exchanges)


def companion(planned: PlannedOperation, context: PlanContext) -> str:
    """The name of a valid identity that may call the operation, else of any valid one; empty if there is none."""
    suitable = (identity.name for identity in context.accepted if must_be_admitted(identity, planned))
    return next(suitable, next((identity.name for identity in context.accepted), ""))
