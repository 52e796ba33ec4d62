"""Policies that the configuration sets and several stages apply."""

from enum import StrEnum

from msgspec import Struct

from specdrift.model.result.drift import Severity


class UnsafeMethods(StrEnum):
    """How to probe operations whose method is not safe (RFC 9110 §9.2.1)."""

    NEVER = "never"
    HANDSHAKE = "handshake"
    """Make the TLS handshake; send no request."""
    HEADERS = "headers"
    """Send the head of a request that requires a body, and never the body (RFC 9110 §10.1.1)."""
    SEND = "send"


WITH_BODY = frozenset({UnsafeMethods.HEADERS, UnsafeMethods.SEND})
"""Modes that need the body of a request: its length, or all of it."""


class ProfilePolicy(StrEnum):
    """How the server must treat certificates of a profile."""

    REFUSE = "refuse"
    ACCEPT = "accept"
    SKIP = "skip"
    """Do not try the profile."""


class Expect(StrEnum):
    """What a correct server does with an identity where a certificate is required."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class FailOn(StrEnum):
    """The lowest severity of a drift that makes the exit status 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"

    def reached_by(self, severity: Severity) -> bool:
        """Whether a drift of this severity makes the exit status 1."""
        return self is not FailOn.NEVER and severity.rank >= Severity(self.value).rank


class GateSettings(Struct, frozen=True, kw_only=True):
    """How findings become an exit status."""

    fail_on: FailOn = FailOn.ERROR
    allow_incomplete: bool = False
    """Whether undecided operations leave the exit status 0."""
    not_deployed_ok: bool = False
    """Whether operations that the server does not have yet leave the exit status 0."""
    exit_zero: bool = False
    """Whether drifts and undecided operations leave the exit status 0."""
