"""Redirects of callers who must be refused: the target's answer shows whether it serves the resource. Pure."""

import re

from specdrift.classify.comparison import Comparison
from specdrift.classify.likeness import redirect_target
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row
from specdrift.classify.tables.signs import redirects_to_itself, redirects_to_login
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.redirect import SAFE, NotFollowed
from specdrift.model.result.verdict import Confidence, Obstacle

UNCHANGED = frozenset({307, 308})
"""Statuses with which the same request is to be sent elsewhere (RFC 9110 §15.4.8): it was not carried out."""
NUMBERED = re.compile(r"(?!v\d{1,2}$).*\d")
"""An identifier, and not the name of a page, a language or a version."""


def _unless_login(place: NotFollowed) -> "Row":
    reasons = {
        NotFollowed.OTHER_PORT: "another scheme or port of the same host, which was not requested",
        NotFollowed.UNSAFE: "and the request may change something, so that it was not repeated there",
        NotFollowed.UNREADABLE: "which is not a URL that can be requested",
    }
    return Row(
        name=f"redirected-{place.value}",
        when=lambda c: c.is_not_followed(place) and not redirects_to_login(c) and not c.like_admitted(),
        outcome=INCONCLUSIVE,
        reason=f"redirected to {{location}}, {reasons[place]}",
        obstacle=Obstacle.REDIRECT,
    )


REDIRECT_TO_FOLLOW = Row(
    name="redirect-to-follow",
    when=lambda c: not c.previous and c.may_be_followed(),
    outcome=INCONCLUSIVE,
    reason="redirected to {location}, which was not requested",
    obstacle=Obstacle.REDIRECT,
)
REDIRECTED_AGAIN = Row(
    name="redirected-again",
    when=lambda c: bool(c.previous) and c.may_be_followed() and not redirects_to_login(c),
    outcome=INCONCLUSIVE,
    reason="redirected again, to {location}, which was not requested: three redirects are followed",
    obstacle=Obstacle.REDIRECT,
)
REDIRECTED = (
    Row(
        name="same-at-target",
        when=lambda c: c.redirected_alike and c.like_target(),
        outcome=ADMITTED,
        reason="HTTP {status}, the same redirect and the same answer there as to a valid certificate",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="other-at-target",
        when=lambda c: c.redirected_alike and not c.may_be_followed(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}; a valid certificate is redirected there too, and not admitted there",
    ),
    Row(
        name="redirect-loop",
        when=Comparison.loops,
        outcome=REFUSED,
        reason="redirected to {location}, the same request again",
        confidence=Confidence.MEDIUM,
    ),
    REDIRECTED_AGAIN,
    Row(
        name="redirect-to-an-error",
        when=lambda c: bool(c.previous) and c.status >= 500 and not (c.keeps_path() or c.valid_there),
        outcome=INCONCLUSIVE,
        reason="server error {status}, and no valid certificate is sent there to compare with",
        obstacle=Obstacle.TROUBLE,
    ),
    REDIRECT_TO_FOLLOW,
    *map(_unless_login, (NotFollowed.OTHER_PORT, NotFollowed.UNSAFE, NotFollowed.UNREADABLE)),
    Row(
        name="refused-by-redirect-elsewhere",
        when=lambda c: (
            c.is_not_followed(NotFollowed.OTHER_HOST) and c.denial is not None and c.denial.of_the_server
        ),
        outcome=REFUSED,
        reason="redirected to {location}, as this server answers callers without a valid certificate; "
        "the other host was not requested",
        confidence=Confidence.MEDIUM,
    ),
)
"""Before the rows that compare with the server's denials: a redirect alone refuses nothing."""


def perhaps_admitted(case: Comparison, valid: tuple[HttpFacts, ...]) -> str:
    """Return why a redirect is perhaps the operation's answer, although its target refuses; empty if it is not.

    ``valid``: the redirects of valid certificates. What changes something was perhaps done before the same redirect.
    One that names a resource has stated which it is.
    """
    path = case.request.target.partition("?")[0].rstrip("/")
    there = "/".join(("", *redirect_target(case.answer)[1:]))
    # A layer moves whole paths, before the guard.
    if (
        not case.is_among(valid)
        or redirects_to_itself(case)
        or there.endswith(path)
        or case.status in UNCHANGED
    ):
        return ""
    if case.request.method not in SAFE:
        return "a valid certificate gets the same redirect after its request was carried out"
    named = set(redirect_target(case.answer)) - set(re.split("[/?&=]", case.request.target))
    return "the redirect names what a valid certificate is shown" if any(map(NUMBERED.match, named)) else ""
