"""Refusals that may have the data: in a form that is not recognised, or in a part that was not read. Pure."""

import re

from msgspec.structs import replace

from specdrift.body.content import MAX_DECODED
from specdrift.classify.comparison import DENIALS, Comparison
from specdrift.classify.tables.row import INCONCLUSIVE, REFUSED, Row
from specdrift.model.result.verdict import Classification, Obstacle

GOES_ON = ":unread"
"""The crawler writes this name among the fields of an answer that it did not read to its end in time."""
CONTROL_CHARACTER = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")


def is_longer_than_read(case: Comparison) -> bool:
    """Return whether reading stopped at a limit of size or time, and not where the server broke off."""
    stopped = any(name == GOES_ON for name, _ in case.answer.headers)
    return case.answer.truncated and (stopped or case.answer.length >= MAX_DECODED)


def is_unreadable(case: Comparison) -> bool:
    """Return whether it has a body that is no text, where a valid certificate is admitted and other denials differ."""
    is_file = case.answer.shape.kind == "binary" or bool(CONTROL_CHARACTER.search(case.answer.body_excerpt))
    known = case.denial is not None and case.denial.of_the_server
    return bool(case.admitted) and bool(case.answer.length) and is_file and not known


UNREAD = (
    Row(
        name="unexplained",
        when=lambda c: bool(c.unexplained),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, with content that no control explains, in {where}: neither other refusals nor "
        "the request nor repetitions explain it; it may be data",
        obstacle=Obstacle.DATA,
        refuses=True,
        places=lambda c: c.unexplained,
    ),
    Row(
        name="beginning-only",
        when=is_longer_than_read,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but only the beginning of the body was read: the data may follow",
        obstacle=Obstacle.DATA,
    ),
    Row(
        name="unreadable",
        when=is_unreadable,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, with a body of its own in a format that cannot be read: it may have the data",
        obstacle=Obstacle.DATA,
    ),
)


EXPLAINED = Row(
    name="explained-denial",
    when=lambda c: c.status in DENIALS and (c.lacks_data() or c.answer.shape.kind == "empty"),
    outcome=REFUSED,
    reason="HTTP {status}, with nothing that other refusals, the request or repetitions do not explain",
)
"""A refusal of the structure of the operation's own answers, as where one envelope has both, or to HEAD."""


def unless_unread(
    case: Comparison, found: Classification, unexplained: tuple[str, ...] | None
) -> Classification:
    """Return the classification of a refusal; of one that may have the data, that this is not known.

    ``unexplained``: None if it was not compared with the other refusals of the run.
    """
    if found.refuses and unexplained == () and EXPLAINED.when(case):
        found = EXPLAINED.classify(case)
    if not found.outcome.refused or found.leaks:
        return found
    read = replace(case, unexplained=unexplained) if unexplained else case
    return next((row.classify(read) for row in UNREAD if row.when(read)), found)
