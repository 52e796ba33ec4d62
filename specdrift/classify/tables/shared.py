"""Rows that several tables share. Pure."""

from specdrift.classify.comparison import (
    concerns_time,
    redirects_to_itself,
    redirects_to_login,
    redirects_to_the_same_url,
    requires_certificate,
)
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row
from specdrift.model.result.verdict import Obstacle

DENIALS = frozenset({401, 403, 407, 421, 495, 496, 497, 511})

LIMITED = (
    Row(
        name="rate-limit",
        when=lambda c: c.status == 429,
        outcome=INCONCLUSIVE,
        reason="the server limits requests (429)",
        obstacle=Obstacle.RATE,
    ),
    Row(
        name="about-time",
        when=concerns_time,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which is about time and not the caller",
    ),
)
SHARED = (
    Row(
        name="server-error",
        when=lambda c: c.status >= 500 and c.status != 511,
        outcome=INCONCLUSIVE,
        reason="server error {status}",
        obstacle=Obstacle.TROUBLE,
    ),
    Row(
        name="asks-for-certificate",
        when=requires_certificate,
        outcome=REFUSED,
        reason="HTTP {status} that asks for a client certificate",
        certificate=True,
    ),
    Row(name="denial-status", when=lambda c: c.status in DENIALS, outcome=REFUSED, reason="HTTP {status}"),
    Row(name="login-redirect", when=redirects_to_login, outcome=REFUSED, reason="redirected to {location}"),
)

OWN_URL = Row(
    name="own-url",
    when=redirects_to_the_same_url,
    outcome=INCONCLUSIVE,
    reason="redirected to {location}, the URL that was requested",
    obstacle=Obstacle.LOOP,
)
OWN_SPELLING = Row(
    name="own-path",
    when=redirects_to_itself,
    outcome=INCONCLUSIVE,
    reason="redirected to {location}: the base URL or the path is not spelled as the server wants it",
    obstacle=Obstacle.SPELLING,
)

EXPECTATION_FAILED = Row(
    name="expectation-failed",
    when=lambda c: c.head_only and c.status == 417,
    outcome=INCONCLUSIVE,
    reason="HTTP {status}: the server rejects Expect: 100-continue",
    obstacle=Obstacle.HEAD,
)
HAS_THE_DATA = Row(
    name="has-the-data",
    when=lambda c: c.carried.amounts_to_the_answer,
    outcome=ADMITTED,
    reason="HTTP {status}, with the values that a valid certificate gets",
)
FITS_DENIAL = Row(
    name="fits-denial",
    when=lambda c: c.denial is not None and c.denial.of_the_server,
    outcome=REFUSED,
    reason="HTTP {status}, the answer that this server gives to callers without a valid certificate",
)
