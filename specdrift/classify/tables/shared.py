"""Rows that several tables share. Pure."""

from msgspec.structs import replace

from specdrift.classify.comparison import DENIALS, Comparison
from specdrift.classify.denials import is_failure
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row
from specdrift.classify.tables.signs import (
    redirects_to_itself,
    redirects_to_login,
    redirects_to_the_same_url,
    requires_certificate,
)
from specdrift.model.result.verdict import Obstacle


def concerns_time(case: Comparison) -> bool:
    """Return whether the server answers that the request came too late (RFC 9110 §15.5.9), or, wrongly, too early
    (RFC 8470 §5.2).
    """
    return case.status == 408 or (case.status == 425 and not case.early_data)


def gives_data(case: Comparison) -> bool:
    """Return whether it has the body or data of a valid certificate's answer, whatever its status means."""
    return case.has_admitted_body() or (case.carried.leaks and not case.may_carry_the_site())


LIMITED = (
    Row(
        name="rate-limit",
        when=lambda c: c.status == 429 and not gives_data(c),
        outcome=INCONCLUSIVE,
        reason="the server limits requests (429)",
        obstacle=Obstacle.RATE,
    ),
    Row(
        name="about-time",
        when=lambda c: concerns_time(c) and not gives_data(c),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which is about time and not the caller",
    ),
)
TROUBLE = (
    Row(
        name="server-error",
        when=lambda c: is_failure(c.status),
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
)
LOGIN_REDIRECT = Row(
    name="login-redirect", when=redirects_to_login, outcome=REFUSED, reason="redirected to {location}"
)
SHARED = (
    *TROUBLE,
    Row(name="denial-status", when=lambda c: c.status in DENIALS, outcome=REFUSED, reason="HTTP {status}"),
    LOGIN_REDIRECT,
)
DENIED = (
    *TROUBLE,
    Row(
        name="denial-status-without-data",
        when=lambda c: c.status in DENIALS and c.shows_no_data(),
        outcome=REFUSED,
        reason="HTTP {status}",
    ),
    Row(
        name="denial-status",
        when=lambda c: c.status in DENIALS,
        outcome=INCONCLUSIVE,
        reason="HTTP {status} with an answer that no other operation gives, and the operation's own answers differ "
        "each time or resemble it: it may have the data",
        obstacle=Obstacle.DATA,
        refuses=True,
    ),
    replace(LOGIN_REDIRECT, when=lambda c: redirects_to_login(c) and c.shows_no_data()),
    Row(
        name="redirect-with-a-body",
        when=redirects_to_login,
        outcome=INCONCLUSIVE,
        reason="redirected to {location}, with a body of its own that may have the data",
        obstacle=Obstacle.DATA,
    ),
)
"""For callers who are compared with valid certificates: the status alone does not show what the body has."""

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
