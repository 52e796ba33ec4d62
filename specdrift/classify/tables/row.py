"""A row of a table of classifications. Pure."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

from specdrift.classify.comparison import Comparison
from specdrift.classify.tables.signs import requires_certificate
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome
from specdrift.model.shortened import shortened


class Row(Struct, frozen=True, kw_only=True):
    """A condition on an answer, and the classification of an answer that meets it."""

    name: str
    when: Callable[[Comparison], bool]
    outcome: Outcome
    reason: str
    """May use ``{status}`` and ``{location}``."""
    certificate: bool = False
    confidence: Confidence = Confidence.HIGH
    obstacle: Obstacle | None = None
    leaks: bool = False
    refuses: bool = False
    places: Callable[[Comparison], Iterable[str]] | None = None
    """What ``{where}`` of the reason names."""

    def classify(self, case: Comparison) -> Classification:
        """Return the classification of an answer that meets the condition."""
        location = shortened(case.answer.header("location"))
        where = shortened(", ".join(self.places(case))) if self.places else ""
        names_certificate = self.outcome.refused and requires_certificate(case)
        return _classification(self, case.status, location, where, names_certificate=names_certificate)


@lru_cache(maxsize=1024)
def _classification(
    row: Row, status: int, location: str, where: str, *, names_certificate: bool
) -> Classification:
    """Return the classification; one object for many equal answers."""
    reason = row.reason.format(status=status, location=location, where=where)
    if names_certificate and not row.certificate:
        reason = f"{reason}; it asks for a client certificate"
    return Classification(
        outcome=row.outcome,
        reason=reason,
        certificate=row.certificate or names_certificate,
        confidence=row.confidence,
        obstacle=row.obstacle,
        leaks=row.leaks,
        refuses=row.refuses,
    )


def always(_: Comparison) -> bool:
    """The condition of a table's last row."""
    return True


ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE


Table = tuple[Row, ...]


def classify_answer(case: Comparison, table: Table) -> Classification:
    """Classify by the first row that fits; the last row of each table always fits."""
    for row in table:
        if row.when(case):
            return row.classify(case)
    raise LookupError("no row of the table fits")
