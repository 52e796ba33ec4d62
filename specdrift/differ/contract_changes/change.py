"""One change of security between two documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity


class Direction(StrEnum):
    """What a change does to the circle of callers."""

    WEAKER = "weaker"
    """Somebody is let in who was not."""
    OTHER = "other"
    """Another credential of the same strength is asked for: who holds it, the document does not say."""
    STRONGER = "stronger"
    """Somebody is refused who was not, and nobody new is let in."""


SEVERITY: Mapping[Direction, Severity] = {
    Direction.WEAKER: Severity.ERROR,
    Direction.OTHER: Severity.WARNING,
    Direction.STRONGER: Severity.NOTE,
}


class ChangeKind(StrEnum):
    """How it was done. The values go into fingerprints: they do not change."""

    REQUIREMENT_REMOVED = "requirement-removed"
    EMPTIED = "emptied"
    """``security: []`` on an operation, over a requirement of the root."""
    ANONYMOUS_ADDED = "anonymous-added"
    """``{}`` beside other alternatives."""
    ALTERNATIVE_ADDED = "alternative-added"
    ROLE_DROPPED = "role-dropped"
    MEMBER_DROPPED = "member-dropped"
    """Part of what had to hold together."""
    SCHEME_CHANGED = "scheme-changed"
    SCHEME_LOST = "scheme-lost"
    """A name of the requirement no longer stands for anything that can be read."""
    OPEN_OPERATION_ADDED = "open-operation-added"
    SERVER_ADDED = "server-added"
    OFFER_CHANGED = "offer-changed"
    """Everybody is let in as before; what else is accepted has changed."""
    STRENGTHENED = "strengthened"
    SERVER_REMOVED = "server-removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``after`` and ``before`` say in words what is asked for now and was before; ``location`` stands in the newer
    document, ``was_at`` in the older one. ``others`` counts further operations that share the same line and cause
    (servers only).
    """

    kind: ChangeKind
    direction: Direction
    operation: OperationKey | None
    after: str
    before: str
    location: SourceLocation | None
    was_at: SourceLocation | None = None
    declared_at: SourceLocation | None = None
    others: int = 0
