"""Tells an operation that the server does not have yet from one whose answer is inconclusive. Pure.

The document of a spec-first change is ahead of the server. Only what no caller reaches is absent: one admission, in any
check, or one answer that is neither a refusal nor that of a path that does not exist, and the operation is there.
"""

from collections.abc import Iterator

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.classify.check_names import CERTIFICATE, UNALTERED
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.contract.operation import MADE_UP
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Confidence, Obstacle, Outcome

_ABSENT = frozenset({Obstacle.NOT_FOUND, Obstacle.METHOD})
"""What the server says of a path, or of a method of a path, that it does not have."""


def is_not_deployed(planned: PlannedOperation, context: PlanContext, classifier: Classifier) -> bool:
    """Return whether the server lacks the operation.

    Another operation admits a valid certificate, so that the URL is right. Here each valid certificate gets the answer
    of a path that does not exist, or 405, each time, and no other caller gets more. With ``--changed-since`` an
    operation of the older document is never new.
    """
    if planned.mode is not UnsafeMethods.SEND or (context.only_changed and planned.key not in context.added):
        return False
    valid = [
        entry
        for identity in context.accepted
        for entry in classifier.log.of(CERTIFICATE, planned.key, identity.name)
    ]
    obstacles = {classifier.control(entry).obstacle for entry in valid}
    if not obstacles or not obstacles <= _ABSENT or not _at_each_address(valid, planned, context, classifier):
        return False
    if obstacles != {Obstacle.METHOD} and not _values_exist(planned, context, classifier):
        return False
    if any(_reaches(entry, classifier) for entry in _exchanges(planned, classifier)):
        return False
    return any(_succeeds(other, context, classifier) for other in context.operations if other is not planned)


def _exchanges(planned: PlannedOperation, classifier: Classifier) -> Iterator[Exchange]:
    return (entry for entry in classifier.log.by_id.values() if entry.probe.operation == planned.key)


def _reaches(entry: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer may be one of the operation. An altered request may be answered in other ways too."""
    if entry.probe.check not in UNALTERED:
        found = classifier.altered(entry), classifier.compared(entry)
        return any(each.outcome is Outcome.ADMITTED or each.leaks for each in found)
    alone = classifier.control(entry)
    return not (alone.outcome.refused or alone.obstacle in _ABSENT)


def _at_each_address(
    valid: list[Exchange], planned: PlannedOperation, context: PlanContext, classifier: Classifier
) -> bool:
    """Return whether each address of the host was requested: one of them may be ahead of the others."""
    addresses = {entry.probe.connection.endpoint.address for entry in valid}
    addresses |= {entry.probe.connection.endpoint.address for entry in _exchanges(planned, classifier)}
    return addresses >= set(context.addresses)


def _values_exist(planned: PlannedOperation, context: PlanContext, classifier: Classifier) -> bool:
    """Return whether a 404 can only mean the path: no value of the request may name something that is not there.

    A value in the path exists if another operation below the same path succeeded with it.
    """
    operation = planned.operation
    if operation.missing or (operation.body is not None and operation.body.source in MADE_UP):
        return False
    others = (p for p in operation.parameters if p.location != "path")
    if any(p.source in MADE_UP for p in others):
        return False
    template = operation.key.path.split("/")
    last = max((place for place, segment in enumerate(template) if "{" in segment), default=-1)
    if last < 0:
        return not any(p.location == "path" for p in operation.parameters)
    base = context.base_of(planned).split("/")
    prefix = _segments(planned)[: len(base) - 1 + last + 1]
    return any(
        other.key != planned.key
        and _segments(other)[: len(prefix)] == prefix
        and _succeeds(other, context, classifier)
        for other in context.operations
    )


def _segments(planned: PlannedOperation) -> list[str]:
    return planned.request.target.partition("?")[0].split("/")


def _succeeds(planned: PlannedOperation, context: PlanContext, classifier: Classifier) -> bool:
    """Return whether a valid certificate was admitted, and not by a client error alone."""
    found = (
        classifier.control(entry)
        for identity in context.accepted
        for entry in classifier.log.of(CERTIFICATE, planned.key, identity.name)
    )
    return any(each.outcome is Outcome.ADMITTED and each.confidence is not Confidence.LOW for each in found)
