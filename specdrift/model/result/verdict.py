"""What observations mean: outcome of a probe, enforcement of an operation, verdict on it."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    ADMITTED = "admitted"
    REFUSED_IN_TLS = "refused-in-tls"
    REFUSED_BY_APPLICATION = "refused-by-application"
    UNREACHABLE = "unreachable"
    INCONCLUSIVE = "inconclusive"

    @property
    def refused(self) -> bool:
        return self in (Outcome.REFUSED_IN_TLS, Outcome.REFUSED_BY_APPLICATION)


class Basis(StrEnum):
    """What an outcome rests on."""

    PROBED = "probed"
    """Probes of the operation itself."""
    LISTENER = "listener"
    """Inferred from the listener, which decides in the TLS handshake for all operations."""


class Layer(StrEnum):
    TLS = "tls"
    APPLICATION = "application"


class Enforcement(StrEnum):
    ENFORCED = "enforced"
    NOT_ENFORCED = "not-enforced"
    BYPASSABLE = "bypassable"
    INDETERMINATE = "indeterminate"


class Verdict(StrEnum):
    CONSISTENT = "consistent"
    DRIFT = "drift"
    UNDECIDED = "undecided"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Obstacle(StrEnum):
    """What kept an answer from telling anything, where the answer says it."""

    SPELLING = "spelling"
    """The server wants the URL spelled another way."""
    METHOD = "method"
    RATE = "rate"
    TROUBLE = "trouble"
    ONCE = "once"
    """What is asked for is there for the first caller only: it is taken, made or removed by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The meaning of one observation beside its controls. ``reason`` is a phrase for people; ``certificate``
    says that the refusal named the client certificate as its cause (a TLS alert, nginx's phrase).
    """

    outcome: Outcome
    reason: str
    certificate: bool = False
    confidence: Confidence = Confidence.HIGH
    obstacle: Obstacle | None = None
    leaks: bool = False
    """The answer refuses the caller, and carries values of the resource all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityOutcome:
    """The outcome of one identity on one operation."""

    identity: str
    """Its name."""
    outcome: Outcome
    basis: Basis
    probes: tuple[str, ...]
    """Ids of the probes behind it."""
    reason: str = ""
