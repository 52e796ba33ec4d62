"""One rule of the catalogue."""

from enum import Enum, auto

from msgspec import Struct

from specdrift.model.result.drift import Severity


class Fault(Enum):
    """What a drift says about the server's decisions."""

    TOO_LAX = "too lax"
    """The plain request is admitted with an invalid certificate, or without one."""
    TOO_STRICT = "too strict"
    """A caller is refused that must be admitted."""
    INPUT = "input"
    """The decision about the caller is not concerned."""
    OTHER = "other"


class Prober(Enum):
    """Whose requests show that a rule was looked for."""

    ANYONE = auto()
    ANONYMOUS = auto()
    INVALID = auto()
    """A certificate that must be refused by a standard or by the configuration."""
    POLICY = auto()
    """A certificate that only the battery's policy refuses."""
    VALID = auto()
    HANDSHAKE = auto()
    """Any client: the handshake shows it."""


class Precision(Enum):
    """How often a finding is true, in SARIF's words."""

    VERY_HIGH = "very-high"
    HIGH = "high"
    MEDIUM = "medium"


class Rule(Struct, frozen=True, kw_only=True):
    """What a rule reports, in texts for users."""

    id: str
    """Stable id in kebab case, part of the public contract."""
    severity: Severity
    """Default severity; a finding may have another one."""
    title: str
    """Headline, without a full stop."""
    summary: str
    """When the rule is reported."""
    why: str
    """Why it matters."""
    remedy: str
    """How to fix it."""
    references: tuple[str, ...] = ()
    """Standards, weaknesses and vulnerabilities: ``CWE-306``, ``RFC 8446 §4.4.2.4``, ``OWASP API2:2023``."""
    fault: Fault = Fault.OTHER
    layer_hint: str = ""
    """The layer that is probably at fault, as far as the rule alone shows it."""
    bypass: bool = False
    """Whether an enforced certificate requirement can be bypassed."""
    despite_refusal: bool = False
    """Whether the client is refused, and the request has its effect all the same."""
    hides_others: bool = False
    """Whether nothing can be observed of a second fault on the same operation."""
    sampled: bool = False
    """Whether a few operations stand for all, since the listener is at fault."""
    beside_document: bool = False
    """Whether it is about an endpoint outside the document."""
    prober: Prober = Prober.ANYONE
    needs_older_document: bool = False
    needs_other_target: bool = False
    is_drift: bool = True
    """False if it only says that nothing could be compared."""
    security_score: str | None = None
    """``security-severity`` of code scanning; empty: no matter of security, ``None``: by severity."""
    precision: Precision = Precision.HIGH
