"""A row of a table of classifications. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from specdrift.classify.comparison import Comparison
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A condition, and what an answer means that meets it."""

    name: str
    when: Callable[[Comparison], bool]
    outcome: Outcome
    reason: str
    """May use ``{status}`` and ``{location}``."""
    certificate: bool = False
    confidence: Confidence = Confidence.HIGH
    obstacle: Obstacle | None = None
    leaks: bool = False

    def reading(self, case: Comparison) -> Classification:
        """The reading that this row gives."""
        return _reading(self, case.status, case.seen.header("location")[:120])


@lru_cache(maxsize=1024)
def _reading(row: Row, status: int, location: str) -> Classification:
    """Made once for the many answers that mean the same."""
    reason = row.reason.format(status=status, location=location)
    return Classification(
        outcome=row.outcome,
        reason=reason,
        certificate=row.certificate,
        confidence=row.confidence,
        obstacle=row.obstacle,
        leaks=row.leaks,
    )


def always(_: Comparison) -> bool:
    """The condition of a table's last row."""
    return True


ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE


def read_answer(case: Comparison, table: tuple[Row, ...]) -> Classification:
    """The reading of the first row that fits; the last row of each table fits always."""
    return next(row for row in table if row.when(case)).reading(case)
