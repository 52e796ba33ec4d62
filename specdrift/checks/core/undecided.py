"""Why an operation stays undecided, and what would decide it: the one goes with the other. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from specdrift.model.result.verdict import Classification, Obstacle

CONFIGURE = (
    "configure an identity that may call it ([[identities]] or --identity) and usable parameter values "
    "([[operations]] parameters)"
)
SEND = 'send it against a test system: --unsafe-methods send, or [[operations]] unsafe-methods = "send"'
HOLDER = "configure an identity that has the role and gets in (roles under [[identities]]), to compare with"
REPEAT = "repeat the run when the server answers, or give values that lead to a success ([[operations]] parameters)"
VALUES = "give it a value that suits it ([[operations]] parameters)"
ONCE = (
    "ask it by hand, with something that nobody has asked for yet, and leave it out: "
    "[[operations]] enabled = false with a reason"
)
BY_HAND = (
    "ask it by hand and leave it out: --exclude-method TRACE, or [[operations]] enabled = false with a reason"
)

REMEDIES: Mapping[Obstacle | None, str] = {
    Obstacle.SPELLING: "correct the base URL, or the path in the document, to what the redirect names",
    Obstacle.METHOD: "correct the base URL, or take the operation out of the document if the server lacks it",
    Obstacle.RATE: "ask more slowly: --rate-limit, such as 5/s, or a lower --concurrency",
    Obstacle.TROUBLE: REPEAT,
    Obstacle.ONCE: ONCE,
}
"""What puts an obstacle out of the way; others are beyond what an answer tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Why an operation stays undecided."""

    reason: str
    how_to_decide: str


def remedy(reading: Classification, usual: str) -> str:
    """What would lead to an answer that tells more than this one did."""
    return REMEDIES.get(reading.obstacle, usual)


def not_allowed(method: str) -> Undecided:
    """The owner does not let requests with this method be sent."""
    return Undecided(reason=f"{method} requests are not sent (--unsafe-methods never)", how_to_decide=SEND)
