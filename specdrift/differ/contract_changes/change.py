"""A security change between two documents."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity


class Direction(StrEnum):
    """How a change affects the callers that are admitted."""

    WEAKER = "weaker"
    """Callers are admitted that were refused."""
    OTHER = "other"
    """Another credential of the same strength is required."""
    STRONGER = "stronger"
    """Callers are refused that were admitted, and none the other way round."""
    SAME = "same"
    """The same callers are admitted."""
    GONE = "gone"
    """The newer document says nothing about the operation."""
    HIDDEN = "hidden"
    """The newer document keeps the operation where no tool reads it."""
    UNDECIDED = "undecided"
    """The older document cannot be read there."""


SEVERITY: Mapping[Direction, Severity] = {
    Direction.WEAKER: Severity.ERROR,
    Direction.OTHER: Severity.WARNING,
    Direction.STRONGER: Severity.NOTE,
    Direction.SAME: Severity.NOTE,
    Direction.GONE: Severity.NOTE,
    Direction.HIDDEN: Severity.WARNING,
}
"""Of the directions that are findings."""


class ChangeKind(StrEnum):
    """The kind of change. Its values are part of fingerprints and stay."""

    REQUIREMENT_REMOVED = "requirement-removed"
    EMPTIED = "emptied"
    """``security: []`` on an operation, over a requirement of the root."""
    ANONYMOUS_ADDED = "anonymous-added"
    """``{}`` beside other alternatives."""
    ALTERNATIVE_ADDED = "alternative-added"
    ROLE_DROPPED = "role-dropped"
    MEMBER_DROPPED = "member-dropped"
    """Part of an AND requirement is enough."""
    SCHEME_CHANGED = "scheme-changed"
    SCHEME_LOST = "scheme-lost"
    """A scheme of the requirement can no longer be read."""
    OPEN_OPERATION_ADDED = "open-operation-added"
    REPLACEMENT_ADDED = "replacement-added"
    """A new operation that requires less than every removed operation that it may replace."""
    TEMPLATE_REACHED = "template-reached"
    """A removed path matches the template of an operation that requires less."""
    TEMPLATE_SHADOWED = "template-shadowed"
    """A new path matches the template of an older operation, and requires less."""
    OPERATION_REMOVED = "removed"
    """An operation that required credentials."""
    OPERATION_SET_ASIDE = "set-aside"
    """An operation that required credentials, and that an extension still describes."""
    SERVER_ADDED = "server-added"
    SERVER_RELATIVE = "server-relative"
    """Requests go to the host from which the document was got, instead of one that it names."""
    OFFER_CHANGED = "offer-changed"
    """Anonymous access stays; an alternative to it is withdrawn."""
    OFFER_ADDED = "offer-added"
    """Anonymous access stays; further alternatives are offered."""
    OLDER_UNREADABLE = "older-unreadable"
    OLDER_SERVERS_UNREADABLE = "older-servers-unreadable"
    STRENGTHENED = "strengthened"
    SERVER_REMOVED = "server-removed"


class Change(Struct, frozen=True, kw_only=True):
    """A security change of an operation, or of the document."""

    kind: ChangeKind
    direction: Direction
    operation: OperationKey | None
    """``None``: the document."""
    after: str
    """The new requirement, as text."""
    before: str
    """The old requirement, as text."""
    location: SourceLocation | None
    """In the newer document; of a removed operation in the older one."""
    was_at: SourceLocation | None = None
    """In the older document."""
    declared_at: SourceLocation | None = None
    """The operation in the newer document."""
    was: OperationKey | None = None
    """The older operation of the same requests, if it has another path."""
    others: int = 0
    """Number of other operations with the same line and cause (servers only)."""
