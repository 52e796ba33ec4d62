"""Readings of HTTP responses, as a table: the first row whose condition holds decides.

Three tables. ``CONTROL`` reads the answer to an identity that should get in: did it reach the operation?
``COMPARED`` reads anybody else's answer beside that one and beside the answers to paths that do not exist.
``OPEN`` reads the answer to a caller whom the document lets in without a certificate.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from specdrift.classify.likeness import place_of, related_body, same_answer, way_of
from specdrift.model.observation import HttpFacts
from specdrift.model.verdict import Confidence, Obstacle, Outcome, Reading

DENIALS = frozenset({401, 403, 407, 421, 495, 496, 497, 511})
CERTIFICATE_DENIALS = frozenset({495, 496})
NO_MATTER_WHO = frozenset({408, 425, 429})
"""Statuses that are about time and number."""
LEAST_BODY = 16
"""Bytes: what is shorter is an empty object, or a word that many answers have."""
CERTIFICATE_PHRASE = re.compile(
    r"\b(client|ssl|tls)\b.{0,40}\bcertificate|certificate.{0,40}\brequired", re.IGNORECASE | re.DOTALL
)
LOGIN_PLACE = re.compile(
    r"(?<![a-z])(?:"
    r"(?:do|web|user)?(?:log|sign)[-_]?(?:in|on)(?:page|form)?"
    r"|o?auth\d*|oidc|authori[sz]e|authenticate|authentication|sso|saml\d*"
    r"|sessions?/new"
    r")(?![a-z])",
    re.IGNORECASE,
)
"""Whole words in the host or the path of a login: not those of authors, lessons or sessions."""

ERROR_PARAMETER = re.compile(r"[?&#](?:error|err|denied|login_error)(?:=|&|#|$)", re.IGNORECASE)
"""In a query: OAuth 2.0 (RFC 6749 §4.1.2.1) and many others answer so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An answer and what it is held against. ``good`` are answers to identities that got in, ``others`` those that did
    not get these in; ``strangers`` had no certificate; ``unknown`` are answers to random paths that no document has, to
    the same kind of caller. ``early_data``: the request came as such.
    """

    seen: HttpFacts
    target: str = ""
    good: tuple[HttpFacts, ...] = ()
    others: tuple[HttpFacts, ...] = ()
    strangers: tuple[HttpFacts, ...] = ()
    unknown: tuple[HttpFacts, ...] = ()
    early_data: bool = False

    @property
    def status(self) -> int:
        """The status code of the answer."""
        return self.seen.status

    def like_unknown(self) -> bool:
        """Whether a path that does not exist is answered the same."""
        return any(same_answer(self.seen, other) for other in self.unknown)

    def like_good(self) -> bool:
        """Whether a good identity is answered the same, and sent to the same place."""
        return self._among(self.good)

    def like_another(self) -> bool:
        """Whether a good identity is answered the same at times, whether that let it in or not."""
        return self._among(self.good) or self._among(self.others)

    def has_the_body(self) -> bool:
        """Whether the body is byte for byte what a good identity gets, and more than a word: whatever the status says,
        it was handed out (CWE-698).
        """
        bodies = {other.body_sha256 for other in self.good if 200 <= other.status < 300}
        nowhere = {other.body_sha256 for other in self.unknown}
        return self.seen.length >= LEAST_BODY and self.seen.body_sha256 in bodies - nowhere

    def unlike_strangers(self) -> bool:
        """Whether callers without a certificate are answered, and otherwise."""
        return bool(self.strangers) and not self._among(self.strangers)

    def _among(self, answers: tuple[HttpFacts, ...]) -> bool:
        here = place_of(self.seen)
        return any(same_answer(self.seen, other) and place_of(other) == here for other in answers)

    def good_is_sent_on(self) -> bool:
        """Whether a good identity is redirected as well."""
        return any(300 <= other.status < 400 for other in self.good)

    def is_of_another_kind(self) -> bool:
        """Whether every good identity gets another kind of body."""
        return all(self.seen.shape.kind != other.shape.kind for other in self.good)

    def tells_little(self) -> bool:
        """Whether it is a success without a body, of which not even a length is said."""
        head = self.seen.header("content-type") and not self.seen.header("content-length")
        return self.seen.shape.kind == "empty" and 200 <= self.status < 300 and bool(head)

    def related_to_good(self) -> bool:
        """Whether a good identity gets the same members with other data. All pages of a site, and all documents of an
        XML vocabulary, have most of them in common: these tell nothing.
        """
        if self.seen.shape.kind in ("html", "xml") or not 200 <= self.status < 300:
            return False
        return any(200 <= other.status < 300 and related_body(self.seen, other) for other in self.good)

    def good_reached(self) -> bool:
        """Whether a good identity got a success (2xx or 3xx), not only a client error of the handler."""
        return any(200 <= other.status < 400 for other in self.good)

    def says_no(self) -> bool:
        """Whether the body, or the query that a redirect leads to, says that it went wrong, and no good identity's."""
        return self.status < 400 and _says_no(self.seen) and not any(map(_says_no, self.good))

    def looks_denied(self) -> bool:
        """Whether the body is a login form or an error object, and no good identity's of such members is: a book has a
        title and a status too.
        """
        mine = set(self.seen.shape.members)
        akin = (other.shape.signs for other in self.good if mine.intersection(other.shape.members))
        return bool(set(self.seen.shape.signs).difference(*akin))

    def shares_members(self) -> bool:
        """Whether it is an object of members that a good identity's has too: its data in part, or its envelope."""
        mine = set(self.seen.shape.members)
        within = any(mine <= set(other.shape.members) for other in self.good)
        return self.seen.shape.kind == "json" and (within or self.related_to_good())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``reason`` may use ``{status}`` and ``{location}``."""

    when: Callable[[Case], bool]
    outcome: Outcome
    reason: str
    certificate: bool = False
    confidence: Confidence = Confidence.HIGH
    obstacle: Obstacle | None = None

    def reading(self, case: Case) -> Reading:
        """The reading that this row gives."""
        return _reading(self, case.status, case.seen.header("location")[:120])


@lru_cache(maxsize=1024)
def _reading(row: Row, status: int, location: str) -> Reading:
    """Made once for the many answers that mean the same."""
    reason = row.reason.format(status=status, location=location)
    return Reading(
        outcome=row.outcome,
        reason=reason,
        certificate=row.certificate,
        confidence=row.confidence,
        obstacle=row.obstacle,
    )


def _is_about_time(case: Case) -> bool:
    """A request that came too late (RFC 9110 §15.5.9), or too early although it did not (RFC 8470 §5.2)."""
    return case.status == 408 or (case.status == 425 and not case.early_data)


def _says_no(answer: HttpFacts) -> bool:
    redirected = 300 <= answer.status < 400 and bool(ERROR_PARAMETER.search(answer.header("location")))
    return redirected or "denial" in answer.shape.signs


def _redirects_to_login(case: Case) -> bool:
    if not 300 <= case.status < 400 or _redirects_to_itself(case):
        return False
    return bool(LOGIN_PLACE.search("/".join(way_of(case.seen))))


def _redirects_to_itself(case: Case) -> bool:
    """A redirect that only spells the same path another way: a trailing slash, another host or scheme."""
    location = case.seen.header("location").partition("?")[0]
    path = re.sub(r"^https?://[^/]*", "", location).rstrip("/")
    return 300 <= case.status < 400 and path == case.target.partition("?")[0].rstrip("/")


def _demands_certificate(case: Case) -> bool:
    text = case.seen.body_excerpt
    return case.status in CERTIFICATE_DENIALS or (
        case.status == 400 and bool(CERTIFICATE_PHRASE.search(text))
    )


def _looks_refused(case: Case) -> bool:
    """What an operation may also answer by itself: one that authorizes, or is about certificates or passwords."""
    asks = case.status < 300 and "login-form" in case.seen.shape.signs
    return asks or _redirects_to_login(case) or (case.status == 400 and _demands_certificate(case))


def always(_: Case) -> bool:
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
        when=_is_about_time,
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
        when=_demands_certificate,
        outcome=REFUSED,
        reason="HTTP {status} that asks for a client certificate",
        certificate=True,
    ),
    Row(when=lambda c: c.status in DENIALS, outcome=REFUSED, reason="HTTP {status}"),
    Row(when=_redirects_to_login, outcome=REFUSED, reason="redirected to {location}"),
)

SPELT_OTHERWISE = Row(
    when=_redirects_to_itself,
    outcome=INCONCLUSIVE,
    reason="redirected to {location}: the base URL or the path is not spelled as the server wants it",
    obstacle=Obstacle.SPELLING,
)

CONTROL = (
    Row(
        when=lambda c: _looks_refused(c) and c.unlike_strangers(),
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
        when=Case.says_no,
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
        when=Case.says_no,
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
    Row(
        when=lambda c: 300 <= c.status < 400 and c.like_another(),
        outcome=ADMITTED,
        reason="redirected to {location}, as a good certificate is",
    ),
    *SHARED,
    SPELT_OTHERWISE,
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


def read_answer(case: Case, table: tuple[Row, ...]) -> Reading:
    """The reading of the first row that fits; the last row of each table fits always."""
    return next(row for row in table if row.when(case)).reading(case)
