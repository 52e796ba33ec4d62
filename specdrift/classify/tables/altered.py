"""Responses to altered requests for an operation that admitted no valid certificate. Pure.

There is no admitted answer to compare with. What is known are the refusals: the same request without the alteration
was refused for every caller. Only a success that resembles none of them, and no path that does not exist, counts.
"""

from specdrift.classify.comparison import Comparison
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row, always
from specdrift.classify.tables.shared import FITS_DENIAL, LIMITED, SHARED
from specdrift.model.result.verdict import Confidence

ALTERED = (
    *LIMITED,
    FITS_DENIAL,
    *SHARED,
    Row(
        name="same-refusal",
        when=lambda c: c.denial is not None or c.like_another() or c.like_anonymous(),
        outcome=REFUSED,
        reason="HTTP {status}, the same answer as without the alteration",
    ),
    Row(
        name="no-success",
        when=lambda c: not 200 <= c.status < 300,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and no valid certificate was admitted to compare with",
    ),
    Row(
        name="altered-like-unknown",
        when=Comparison.like_unknown,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, as for a path that does not exist",
    ),
    Row(
        name="altered-perhaps-denied",
        when=lambda c: c.reports_error() or c.looks_denied() or c.resembles_refused(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, perhaps an error, and no valid certificate was admitted to compare with",
    ),
    Row(
        name="altered-success",
        when=always,
        outcome=ADMITTED,
        reason="HTTP {status}, where every valid certificate is refused without it",
        confidence=Confidence.MEDIUM,
    ),
)
