"""The answer to a caller whom the document admits without a certificate. Pure."""

from msgspec.structs import replace

from specdrift.classify.tables.control import CONTROL
from specdrift.classify.tables.redirected import REDIRECT_TO_FOLLOW, REDIRECTED_AGAIN
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row
from specdrift.classify.tables.shared import (
    EXPECTATION_FAILED,
    FITS_DENIAL,
    HAS_THE_DATA,
    LIMITED,
    OWN_SPELLING,
    OWN_URL,
    SHARED,
)
from specdrift.classify.tables.switched import CLOSED
from specdrift.model.result.verdict import Confidence, Obstacle

OPEN = (
    *LIMITED,
    *CLOSED,
    EXPECTATION_FAILED,
    HAS_THE_DATA,
    OWN_URL,
    OWN_SPELLING,
    REDIRECT_TO_FOLLOW,
    REDIRECTED_AGAIN,
    Row(
        name="open-redirect-alike",
        when=lambda c: c.redirects() and c.like_another(),
        outcome=ADMITTED,
        reason="redirected to {location}, as a valid certificate is",
    ),
    replace(FITS_DENIAL, when=lambda c: FITS_DENIAL.when(c) and c.admitted_succeeded()),
    *SHARED,
    Row(
        name="open-error",
        when=lambda c: c.status >= 400 and c.admitted_succeeded() and not c.like_another(),
        outcome=REFUSED,
        reason="HTTP {status} where a valid certificate is admitted",
    ),
    Row(
        name="open-failure",
        when=lambda c: (
            c.admitted_succeeded() and (c.reports_error() or (c.looks_denied() and not c.shares_members()))
        ),
        outcome=REFUSED,
        reason="HTTP {status} with an error in the body, where a valid certificate is admitted",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="open-alike",
        when=lambda c: c.status < 400 and c.like_another(),
        outcome=ADMITTED,
        reason="HTTP {status}, the same answer as to a valid certificate",
    ),
    Row(
        name="open-redirected",
        when=lambda c: c.redirects() and c.admitted_succeeded() and not c.admitted_is_redirected(),
        outcome=INCONCLUSIVE,
        reason="redirected to {location}, where a valid certificate is answered at once",
    ),
    Row(
        name="open-other-kind",
        when=lambda c: c.status < 400 and c.admitted_succeeded() and c.is_of_another_kind(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but of another kind than what a valid certificate gets",
    ),
    Row(
        name="open-head-error",
        when=lambda c: c.head_only and c.status >= 400,
        outcome=INCONCLUSIVE,
        reason="HTTP {status} to the head: without the body this may be about the request",
        obstacle=Obstacle.HEAD,
    ),
    *CONTROL,
)
