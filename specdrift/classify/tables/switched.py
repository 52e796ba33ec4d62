"""Answers that switch to WebSocket (RFC 6455): whether the server keeps it, as for a valid certificate. Pure.

Many servers accept every WebSocket, and close at once those of callers that they refuse.
"""

from specdrift.classify.comparison import Comparison
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.websocket import CLOSE, SWITCHED, TROUBLE
from specdrift.model.result.verdict import Confidence, Obstacle


def _keeps(answer: HttpFacts) -> bool:
    return answer.status == SWITCHED and not answer.header(CLOSE)


def switches_alike(case: Comparison) -> bool:
    """Return whether the server keeps the connection, as for a valid identity."""
    return _keeps(case.answer) and any(map(_keeps, case.admitted))


def waits_alike(case: Comparison) -> bool:
    """Return whether the server keeps the connection and sends nothing: it may decide at the first message."""
    return switches_alike(case) and not case.answer.length


def closes(case: Comparison) -> bool:
    """Return whether the server closes the connection at once, and keeps that of a valid identity."""
    return case.status == SWITCHED and not _keeps(case.answer) and any(map(_keeps, case.admitted))


def closes_for_trouble(case: Comparison) -> bool:
    """Return whether it closes for a reason of its own, or does not state any."""
    return closes(case) and case.answer.header(CLOSE).partition(" ")[0] in TROUBLE


CLOSED = (
    Row(
        name="closed-for-trouble",
        when=closes_for_trouble,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and the server ends the WebSocket at once, perhaps for a reason of its own",
        obstacle=Obstacle.TROUBLE,
    ),
    Row(
        name="closed",
        when=lambda c: closes(c) and not c.carried.leaks,
        outcome=REFUSED,
        reason="HTTP {status}, and the server closes the WebSocket at once, which it keeps for a valid certificate",
        confidence=Confidence.MEDIUM,
    ),
)
WAITS_ALIKE = Row(
    name="waits-alike",
    when=waits_alike,
    outcome=INCONCLUSIVE,
    reason="HTTP {status}, which opens the WebSocket as for a valid certificate, and the server sends nothing: it may "
    "refuse the first message",
    obstacle=Obstacle.MESSAGE,
)
SWITCHED_ALIKE = Row(
    name="switched-alike",
    when=switches_alike,
    outcome=ADMITTED,
    reason="HTTP {status}, which opens the WebSocket as for a valid certificate",
    confidence=Confidence.MEDIUM,
)
CLOSED_ALIKE = Row(
    name="closed-alike",
    when=lambda c: c.status == SWITCHED and not _keeps(c.answer) and bool(c.admitted),
    outcome=INCONCLUSIVE,
    reason="HTTP {status}, and the server closes the WebSocket at once, also that of a valid certificate",
)
