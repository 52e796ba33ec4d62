"""Why an operation stays undecided, and what would decide it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import Classification, Obstacle

CONFIGURE = (
    "configure an identity that may call it ([[identities]] or --identity) and usable parameter values "
    "([[operations]] parameters)"
)
SEND = 'send it against a test system: --unsafe-methods send, or [[operations]] unsafe-methods = "send"'
HOLDER = (
    "configure an identity that has the role and is admitted (roles under [[identities]]), to compare with"
)
ROLES = (
    "configure the identity's roles (roles under [[identities]], or --identity NAME=CERT,KEY,role=ROLE), and an "
    "identity that lacks the role"
)
REPEAT = (
    "repeat the run when the server responds, or configure values that lead to a success "
    "([[operations]] parameters)"
)
STATE = 'state it in the configuration: [contract] require = "mutualTLS", or in an overlay (--overlay)'
VALUES = "configure a suitable value ([[operations]] parameters)"
ONCE = (
    "send it by hand for a resource not requested yet, and leave it out: "
    "[[operations]] enabled = false with a reason"
)
BY_HAND = "send it by hand and leave it out: --exclude-method TRACE, or [[operations]] enabled = false with a reason"

REMEDIES: Mapping[Obstacle | None, str] = {
    Obstacle.SPELLING: "correct the base URL, or the path in the document, to what the redirect names",
    Obstacle.DATA: "read the response by hand: what it has beside the refusal must not be data",
    Obstacle.LOOP: "configure what the server expects and the request lacks, such as a cookie or a header "
    "([[operations]] parameters)",
    Obstacle.REDIRECT: "request the redirect's target by hand without a certificate: it must not serve the data",
    Obstacle.METHOD: "correct the base URL, or take the operation out of the document if the server lacks it",
    Obstacle.RATE: "send more slowly: --rate-limit, such as 5/s, or a lower --concurrency",
    Obstacle.TROUBLE: REPEAT,
    Obstacle.ONCE: ONCE,
    Obstacle.HEAD: SEND,
}
"""Remedies for obstacles that an answer names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Why an operation stays undecided."""

    kind: UndecidedReason
    reason: str
    """The details, for people."""
    how_to_decide: str
    """What would decide it, for people."""


def remedy(classification: Classification, usual: str) -> str:
    """Return the remedy for the obstacle that the answer names, else the usual one."""
    return REMEDIES.get(classification.obstacle, usual)


def not_allowed(method: str) -> Undecided:
    """Return that the configuration does not allow requests with this method."""
    return Undecided(
        kind=UndecidedReason.NOT_SENT,
        reason=f"{method} requests are not sent (--unsafe-methods never)",
        how_to_decide=SEND,
    )
