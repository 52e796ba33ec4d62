"""Which operation gets which generated certificate. Pure.

Each is sent to one operation of every group whose guards answer alike, to all of a group that does not refuse it, and
to all operations once one of them admits it.
The operations share them out. Those that only policy rejects go to the first: they are a matter of the listener.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.guard_groups import GuardGroups, everywhere
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.result.verdict import Outcome

Pair = tuple[PlannedOperation, ClientIdentity]


def shared_certificates(context: PlanContext) -> Iterator[Pair]:
    """Yield the pairs to send first; the groups are those of the document."""
    for group in _groups(context, GuardGroups(context)):
        for turn, identity in enumerate(_shared(context)):
            yield _in_turn(group, turn, identity), identity


def further_certificates(context: PlanContext, classifier: Classifier) -> Iterator[Pair]:
    """Yield what the answers so far call for."""
    log = classifier.log
    groups = list(_groups(context, GuardGroups(context, log)))
    admitted = {
        identity.name
        for identity in _shared(context)
        for group in groups
        for planned in group
        if _is_admitted(log.of(CERTIFICATE, planned.key, identity.name), classifier)
    }
    for group in groups:
        for turn, identity in enumerate(_shared(context)):
            sent = {p.key: log.of(CERTIFICATE, p.key, identity.name) for p in group}
            exchanges = [exchange for each in sent.values() for exchange in each]
            if not exchanges:
                yield _in_turn(group, turn, identity), identity
            elif not identity.refused_by_policy and (
                identity.name in admitted
                or not all(classifier.compared(exchange).outcome.refused for exchange in exchanges)
            ):
                yield from ((planned, identity) for planned in group if not sent[planned.key])
    yield from _without_baseline(context, classifier)


def _is_admitted(exchanges: Iterable[Exchange], classifier: Classifier) -> bool:
    return any(classifier.compared(exchange).outcome is Outcome.ADMITTED for exchange in exchanges)


def _without_baseline(context: PlanContext, classifier: Classifier) -> Iterator[Pair]:
    """Yield the certificates that another check saw admitted, where their plain request was not sent: its control."""
    shared = {identity.name: identity for identity in _shared(context)}
    by_key = GuardGroups(context).by_key
    for exchange in classifier.log.by_id.values():
        probe, identity = exchange.probe, shared.get(exchange.probe.identity)
        planned = by_key.get(probe.operation)
        if (
            identity is not None
            and planned is not None
            and planned.is_probed
            and not classifier.log.of(CERTIFICATE, planned.key, identity.name)
            and classifier.compared(exchange).outcome is Outcome.ADMITTED
        ):
            yield planned, identity


def _shared(context: PlanContext) -> Sequence[ClientIdentity]:
    return [i for i in (*context.refused, *context.policy) if i not in everywhere(context)]


def _groups(context: PlanContext, groups: GuardGroups) -> Iterable[Sequence[PlannedOperation]]:
    """Return the guarded operations that are sent, by group. Others may answer invalid certificates as they like."""
    found: dict[Hashable, list[PlannedOperation]] = defaultdict(list)
    for planned in context.operations:
        if planned.is_probed and planned.is_guarded:
            found[groups.of(planned)].append(planned)
    return found.values()


def _in_turn(group: Sequence[PlannedOperation], turn: int, identity: ClientIdentity) -> PlannedOperation:
    return group[0 if identity.refused_by_policy else turn % len(group)]
