"""One altered request for a guarded operation, and the words for who sends it. Pure."""

from enum import Enum
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, role_phrase
from specdrift.checks.core.measure import Measure
from specdrift.checks.sharing.representatives import companion
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Connection, ProbeTag, Request

BUNDLE = "bundle"
"""The cause of an attempt that alters several things at once. It is reported only if no single alteration suffices."""


class PositiveControl(Enum):
    """Whether a valid certificate can be sent with the same alteration."""

    SENT = "sent"
    IMPOSSIBLE = "impossible"
    """There is no TLS, or it is unknown which certificates are valid there."""


class BypassAttempt(Struct, frozen=True, kw_only=True, dict=True):
    """One altered request for a guarded operation."""

    planned: PlannedOperation
    name: str
    """Tells it apart from the operation's other attempts of the same check."""
    words: str
    """The alteration, for a message."""
    request: Request
    negative_control: Request
    """The same alteration on something that does not exist."""
    connection: Connection
    cause: str = ""
    """What a finding is about: attempts of one cause are reported together."""
    priming: Request | None = None
    """Sent first on the same connection, or on the one whose session is resumed."""
    delay_s: float = 0.0
    """Seconds between the priming request and this one."""
    measure: Measure = Measure.OPERATION
    positive_control: PositiveControl = PositiveControl.SENT
    unlocks: str = ""
    """The key of the attempts that are sent once this one arrives: parts of a bundle, further operations."""
    requires: str = ""
    """The key that another attempt has to unlock first."""
    covered_by: str = ""
    """The cause of an attempt that stands for all of this kind: if that is reported, this one is not."""
    plain: Request | None = None
    """The request without what a bundle adds, where that is not the operation's own."""
    everywhere: bool = False
    """Whether each operation gets it at once, and not a few only."""
    caller: ClientIdentity = ANONYMOUS
    """Who has to be rejected."""

    @cached_property
    def tag(self) -> ProbeTag:
        """That of its probes, of name and cause. Each round of follow-ups looks thousands of attempts up by it."""
        return ProbeTag(name=self.name, subject=self.cause)


def sent_by(caller: ClientIdentity, attempt: BypassAttempt, context: PlanContext) -> BypassAttempt:
    """Return the attempt as this identity. With other credentials than the caller's, the control would differ too."""
    planned = attempt.planned
    alike = planned.request == planned.request_for(companion(planned, context))
    control = attempt.positive_control if alike else PositiveControl.IMPOSSIBLE
    return replace(
        attempt,
        caller=caller,
        positive_control=control,
        unlocks=attempt.unlocks and f"{caller.name} {attempt.unlocks}",
        requires=attempt.requires and f"{caller.name} {attempt.requires}",
    )


def who(attempt: BypassAttempt) -> str:
    """The caller, for a message; with its roles, if they are why it must be refused."""
    phrase = caller_phrase(attempt.caller)
    return f"{phrase} ({role_phrase(attempt.caller.roles)})" if _lacks_role(attempt) else phrase


def of_role(attempt: BypassAttempt) -> str:
    """Return the role that the operation is for, if its lack is why the caller must be refused."""
    return f" of {role_phrase(attempt.planned.operation.roles)}" if _lacks_role(attempt) else ""


def _lacks_role(attempt: BypassAttempt) -> bool:
    return must_be_refused(attempt.caller, attempt.planned)
