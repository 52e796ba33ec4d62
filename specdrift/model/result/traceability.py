"""What a run establishes about the requirements of a standard (``--profile``)."""

from enum import StrEnum

from msgspec import Struct


class TraceStatus(StrEnum):
    """What a run says about a requirement. None of them says that it is fulfilled."""

    VIOLATED = "violated"
    """A drift of the run violates it; also one that the baseline accepts."""
    NOT_ESTABLISHED = "not-established"
    """Probes could answer for it, and those of this run do not, or not for all operations."""
    NO_VIOLATION_FOUND = "no-violation-found"
    """All of its rules were looked for on all operations, and none is reported."""
    NOT_PROBED = "not-probed"
    """No probe answers for it."""


class TracedRule(Struct, frozen=True, kw_only=True):
    """What a run says about a rule that answers for a requirement."""

    rule: str
    """Its id."""
    status: TraceStatus
    drifts: tuple[str, ...] = ()
    """Fingerprints of the drifts that violate the requirement."""
    reason: str = ""
    """Why it is not established."""


class TracedRequirement(Struct, frozen=True, kw_only=True):
    """What a run says about a requirement."""

    id: str
    """Section or number in the standard; empty if it could not be verified."""
    text: str
    """The requirement, in our words."""
    coverage: str
    """Whether the rules answer for all of it, for a part, or for nothing."""
    how: str
    """What of it is probed, or why nothing is."""
    status: TraceStatus
    rules: tuple[TracedRule, ...] = ()


class IdentityField(Struct, frozen=True, kw_only=True):
    """A field of an identity's certificate that carries an identity or a role."""

    identity: str
    field: str
    values: tuple[str, ...]
    """Empty if the certificate does not have the field."""


class Traceability(Struct, frozen=True, kw_only=True):
    """A standard, requirement by requirement."""

    profile: str
    title: str
    edition: str
    url: str
    note: str
    """What was not read of the standard."""
    requirements: tuple[TracedRequirement, ...]
    fields: tuple[IdentityField, ...] = ()
