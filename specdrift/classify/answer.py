"""Readings of HTTP responses, as a table: the first row whose condition holds decides.

Three tables. ``CONTROL`` reads the answer to an identity that should get in: did it reach the operation?
``COMPARED`` reads anybody else's answer beside that one and beside the answers to paths that do not exist.
``OPEN`` reads the answer to a caller whom the document lets in without a certificate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from specdrift.classify.comparison import (
    Comparison,
    demands_certificate,
    is_about_time,
    looks_refused,
    redirects_to_itself,
    redirects_to_login,
)
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome

DENIALS = frozenset({401, 403, 407, 421, 495, 496, 497, 511})
NO_MATTER_WHO = frozenset({408, 425, 429})
"""Statuses that are about time and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``reason`` may use ``{status}`` and ``{location}``."""

    when: Callable[[Comparison], bool]
    outcome: Outcome
    reason: str
    certificate: bool = False
    confidence: Confidence = Confidence.HIGH
    obstacle: Obstacle | None = None

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
    )


def always(_: Comparison) -> bool:
    """The condition of a table's last row."""
    return True


ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE

SHARED = (
    Row(
        when=lambda c: c.status == 429,
        outcome=INCONCLUSIVE,
        reason="the server limits requests (429)",
        obstacle=Obstacle.RATE,
    ),
    Row(
        when=is_about_time,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which is about time and not the caller",
    ),
    Row(
        when=lambda c: c.status >= 500 and c.status != 511,
        outcome=INCONCLUSIVE,
        reason="server error {status}",
        obstacle=Obstacle.TROUBLE,
    ),
    Row(
        when=demands_certificate,
        outcome=REFUSED,
        reason="HTTP {status} that asks for a client certificate",
        certificate=True,
    ),
    Row(when=lambda c: c.status in DENIALS, outcome=REFUSED, reason="HTTP {status}"),
    Row(when=redirects_to_login, outcome=REFUSED, reason="redirected to {location}"),
)

SPELT_OTHERWISE = Row(
    when=redirects_to_itself,
    outcome=INCONCLUSIVE,
    reason="redirected to {location}: the base URL or the path is not spelled as the server wants it",
    obstacle=Obstacle.SPELLING,
)

CONTROL = (
    Row(
        when=lambda c: looks_refused(c) and c.unlike_strangers(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which may be a refusal, but callers without a certificate are answered otherwise",
    ),
    *SHARED,
    SPELT_OTHERWISE,
    Row(
        when=lambda c: c.status == 405,
        outcome=INCONCLUSIVE,
        reason="the server does not serve this method",
        obstacle=Obstacle.METHOD,
    ),
    Row(
        when=lambda c: c.status in (404, 410) and c.like_unknown(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, as for a path that does not exist",
    ),
    Row(
        when=lambda c: c.status >= 400,
        outcome=ADMITTED,
        reason="HTTP {status} from the operation itself: the request's values do not suit it",
        confidence=Confidence.LOW,
    ),
    Row(
        when=lambda c: "login-form" in c.seen.shape.signs,
        outcome=REFUSED,
        reason="a login page with status {status}",
    ),
    Row(
        when=Comparison.says_no,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and what it says is that it went wrong",
    ),
    Row(
        when=lambda c: c.like_unknown(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, as for a path that does not exist: the server answers everything alike",
    ),
    Row(when=always, outcome=ADMITTED, reason="HTTP {status}"),
)

COMPARED = (
    Row(
        when=lambda c: 300 <= c.status < 500 and c.status not in NO_MATTER_WHO and c.has_the_body(),
        outcome=ADMITTED,
        reason="HTTP {status}, but with the very body that a good certificate gets",
        confidence=Confidence.MEDIUM,
    ),
    *SHARED,
    Row(
        when=lambda c: not c.good,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and no good certificate to compare",
    ),
    Row(
        when=lambda c: c.status >= 400 and c.good_reached() and c.like_another(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but a good certificate gets in once and this at another time",
        obstacle=Obstacle.ONCE,
    ),
    Row(
        when=lambda c: c.status >= 400 and c.good_reached(),
        outcome=REFUSED,
        reason="HTTP {status} where a good certificate gets in",
    ),
    Row(
        when=lambda c: not c.good_reached(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and the good certificate's request was not answered with success either",
    ),
    Row(
        when=lambda c: c.says_no() and c.seen.shape.kind in ("html", "xml") and c.like_good(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, laid out as what a good certificate gets, but it says that it went wrong",
    ),
    Row(
        when=Comparison.says_no,
        outcome=REFUSED,
        reason="HTTP {status} that says it went wrong, where a good certificate gets in",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        when=lambda c: c.like_good() and not c.like_unknown() and c.tells_little(),
        outcome=ADMITTED,
        reason="HTTP {status} without a body, as to a good certificate",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        when=lambda c: c.like_good() and not c.like_unknown(),
        outcome=ADMITTED,
        reason="HTTP {status}, the same answer as to a good certificate",
    ),
    Row(
        when=lambda c: c.like_good(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but paths that do not exist are answered the same",
    ),
    Row(
        when=lambda c: c.like_unknown(),
        outcome=REFUSED,
        reason="HTTP {status}, as for a path that does not exist, where a good certificate gets in",
    ),
    Row(
        when=lambda c: 300 <= c.status < 400 and c.good_is_sent_on(),
        outcome=INCONCLUSIVE,
        reason="redirected to {location}, and a good certificate to another place",
    ),
    SPELT_OTHERWISE,
    Row(when=lambda c: 300 <= c.status < 400, outcome=REFUSED, reason="redirected to {location}"),
    Row(
        when=lambda c: c.looks_denied() and not c.shares_members(),
        outcome=REFUSED,
        reason="a login or error page with status {status}",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        when=lambda c: c.looks_denied(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, perhaps an error, but of members that a good certificate's answer has too",
    ),
    Row(
        when=lambda c: c.related_to_good(),
        outcome=ADMITTED,
        reason="HTTP {status}, an answer of the same members as to a good certificate",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        when=always,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but another answer than a good certificate gets",
    ),
)

OPEN = (
    SPELT_OTHERWISE,
    Row(
        when=lambda c: 300 <= c.status < 400 and c.like_another(),
        outcome=ADMITTED,
        reason="redirected to {location}, as a good certificate is",
    ),
    *SHARED,
    Row(
        when=lambda c: c.status >= 400 and c.good_reached() and not c.like_another(),
        outcome=REFUSED,
        reason="HTTP {status} where a good certificate gets in",
    ),
    Row(
        when=lambda c: c.good_reached() and (c.says_no() or (c.looks_denied() and not c.shares_members())),
        outcome=REFUSED,
        reason="HTTP {status} that says it went wrong, where a good certificate gets in",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        when=lambda c: c.status < 400 and c.like_another(),
        outcome=ADMITTED,
        reason="HTTP {status}, the same answer as to a good certificate",
    ),
    Row(
        when=lambda c: 300 <= c.status < 400 and c.good_reached() and not c.good_is_sent_on(),
        outcome=INCONCLUSIVE,
        reason="redirected to {location}, where a good certificate is answered at once",
    ),
    Row(
        when=lambda c: c.status < 400 and c.good_reached() and c.is_of_another_kind(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but of another kind than what a good certificate gets",
    ),
    *CONTROL,
)


def read_answer(case: Comparison, table: tuple[Row, ...]) -> Classification:
    """The reading of the first row that fits; the last row of each table fits always."""
    return next(row for row in table if row.when(case)).reading(case)
