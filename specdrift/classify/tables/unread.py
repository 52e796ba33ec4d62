"""Refusals that may have the data in a part of the body that was not read. Pure."""

from specdrift.classify.comparison import Comparison
from specdrift.classify.tables.row import INCONCLUSIVE, Row
from specdrift.model.result.verdict import Obstacle

UNREAD = (
    Row(
        name="beginning-only",
        when=lambda c: c.answer.truncated,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but only the beginning of the body was read: the data may follow",
        obstacle=Obstacle.DATA,
    ),
    Row(
        name="unreadable",
        when=Comparison.is_unreadable,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, with a body of its own in a format that cannot be read: it may have the data",
        obstacle=Obstacle.DATA,
    ),
)
