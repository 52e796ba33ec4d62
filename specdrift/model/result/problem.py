"""Why a run could not judge everything."""

from enum import StrEnum

from msgspec import Struct


class ProblemKind(StrEnum):
    """Why a run could not judge everything."""

    UNREACHABLE = "unreachable"
    """The target does not resolve, or accepts no TLS connection."""
    UNTRUSTED_SERVER = "untrusted-server"
    """The client rejected the server's certificate."""
    NO_IDENTITY = "no-identity"
    """No valid certificate is configured."""
    NO_CONTROL = "no-control"
    """No operation admitted a valid certificate."""
    NO_REQUIREMENT = "no-requirement"
    """No operation of the document requires a client certificate."""
    NOTHING_COMPARABLE = "nothing-comparable"
    """The older document has no operation in common with this one."""
    STOPPED = "stopped"
    """The run stopped before it could judge everything; ``StopReason`` says why."""


class StopReason(StrEnum):
    """Why a run stopped sending early."""

    INTERRUPTED = "interrupted"
    """By a signal."""
    OVERALL_TIMEOUT = "overall-timeout"
    """``--overall-timeout`` elapsed."""
    REQUEST_BUDGET = "request-budget"
    """``--max-requests`` were sent."""
    LISTENER_GIVEN_UP = "listener-given-up"
    """A listener stopped answering."""


class Problem(Struct, frozen=True, kw_only=True):
    """The reason, as a kind for code and a text for people."""

    kind: ProblemKind
    text: str
    """A clause if the run stopped early, else one or more sentences."""

    def __str__(self) -> str:
        return self.text
