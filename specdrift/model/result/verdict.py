"""Outcome of a probe; enforcement and verdict of an operation."""

from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    """Outcome of a probe."""

    ADMITTED = "admitted"
    REFUSED_IN_TLS = "refused-in-tls"
    REFUSED_BY_APPLICATION = "refused-by-application"
    UNREACHABLE = "unreachable"
    INCONCLUSIVE = "inconclusive"

    @property
    def refused(self) -> bool:
        return self in (Outcome.REFUSED_IN_TLS, Outcome.REFUSED_BY_APPLICATION)


class Basis(StrEnum):
    """The evidence for an outcome."""

    PROBED = "probed"
    """Probes of the operation itself."""
    LISTENER = "listener"
    """Inferred from the listener, which decides in the TLS handshake for all operations."""


class Layer(StrEnum):
    """Where the certificate requirement is enforced."""

    TLS = "tls"
    APPLICATION = "application"


class Enforcement(StrEnum):
    """Whether anonymous callers are refused."""

    ENFORCED = "enforced"
    NOT_ENFORCED = "not-enforced"
    BYPASSABLE = "bypassable"
    INDETERMINATE = "indeterminate"


class Verdict(StrEnum):
    """Whether runtime and document agree."""

    CONSISTENT = "consistent"
    DRIFT = "drift"
    UNDECIDED = "undecided"


class Confidence(StrEnum):
    """Confidence in a classification or finding."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Obstacle(StrEnum):
    """Why a response is inconclusive, if the response itself shows it."""

    SPELLING = "spelling"
    """A redirect to another spelling of the URL."""
    DATA = "data"
    """A refusal with values that may be the resource's."""
    LOOP = "loop"
    """A redirect to the URL that was requested."""
    REDIRECT = "redirect"
    """A redirect whose target was not requested."""
    NOT_FOUND = "not-found"
    """The answer of a path that does not exist."""
    METHOD = "method"
    """The server does not support the method here."""
    PROTOCOL = "protocol"
    """The server asks for another protocol (426 Upgrade Required)."""
    RATE = "rate"
    """A rate limit."""
    TROUBLE = "trouble"
    """A server error."""
    ONCE = "once"
    """The request succeeds only once: the resource then exists, or is gone."""
    MESSAGE = "message"
    """A WebSocket that is open and silent: the server may decide at the first message."""
    HEAD = "head"
    """The server does not decide on the head of a request alone: 100 Continue, 417, or no answer."""


class Classification(Struct, frozen=True, kw_only=True):
    """The classification of one exchange, compared with its controls."""

    outcome: Outcome
    reason: str
    """For people."""
    certificate: bool = False
    """The refusal names the client certificate as its cause, by a TLS alert or an error page."""
    confidence: Confidence = Confidence.HIGH
    obstacle: Obstacle | None = None
    """Why it is inconclusive, if the response shows it."""
    followed: tuple[str, ...] = ()
    """Ids of the probes that followed the redirects, if the classification rests on the last one's answer."""
    leaks: bool = False
    """The response refuses the caller and carries values of the resource."""
    refuses: bool = False
    """It is inconclusive only for what else the refusal may have: attempts that were admitted disagree with it."""


class IdentityOutcome(Struct, frozen=True, kw_only=True):
    """The outcome of one identity on one operation."""

    identity: str
    """Its name."""
    outcome: Outcome
    basis: Basis
    probes: tuple[str, ...]
    """Ids of the probes behind it."""
    reason: str = ""
