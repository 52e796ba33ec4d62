"""An HTTP response, the responses that it is compared with, and predicates on them. Pure."""

import re
from dataclasses import dataclass

from specdrift.classify.denials import Denial
from specdrift.classify.likeness import place_of, related_body, same_answer, way_of
from specdrift.classify.resource import NONE_CARRIED, Carried, Resource
from specdrift.model.exchange.observation import HttpFacts

EMPTY = Resource()

CERTIFICATE_DENIALS = frozenset({495, 496})
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
class Comparison:
    """An answer, and the answers that it is compared with."""

    seen: HttpFacts
    target: str = ""
    good: tuple[HttpFacts, ...] = ()
    """Answers to valid identities that were admitted."""
    others: tuple[HttpFacts, ...] = ()
    """Answers to the same identities that did not admit them."""
    anonymous: tuple[HttpFacts, ...] = ()
    """Answers to callers without a certificate."""
    unknown: tuple[HttpFacts, ...] = ()
    """Answers to random paths that do not exist."""
    early_data: bool = False
    """The request was sent as early data (RFC 8446 §2.3)."""
    resource: Resource = EMPTY
    """What only this operation says to valid certificates."""
    carried: Carried = NONE_CARRIED
    """What the answer has of it."""
    denial: Denial | None = None
    """The form of refusal that the answer fits."""
    refuses_otherwise: bool = False
    """The server is known to refuse in another way: by a learned denial, or the anonymous client in TLS."""

    @property
    def status(self) -> int:
        """The status code of the answer."""
        return self.seen.status

    def lacks_the_data(self) -> bool:
        """Whether the resource can be recognised, and nothing of it is here."""
        return self.resource.telling and self.carried.nothing

    def redirects(self) -> bool:
        """Whether it sends the caller to another place."""
        return 300 <= self.status < 400

    def resembles_good(self) -> bool:
        """Whether a valid certificate gets an answer of this structure, whatever their status."""
        return any(related_body(self.seen, other) for other in self.good)

    def like_unknown(self) -> bool:
        """Whether a path that does not exist is answered the same."""
        return any(same_answer(self.seen, other) for other in self.unknown)

    def like_good(self) -> bool:
        """Whether a valid identity gets the same response, redirected to the same place if at all."""
        return self._among(self.good)

    def like_another(self) -> bool:
        """Whether any response to a valid identity, admitted or not, is the same."""
        return self._among(self.good) or self._among(self.others)

    def has_the_body(self) -> bool:
        """Whether the body is byte for byte what a valid identity gets, and not shorter than ``LEAST_BODY``.

        Such a body was disclosed, whatever the status is (CWE-698).
        """
        bodies = {other.body_sha256 for other in self.good if 200 <= other.status < 300}
        nowhere = {other.body_sha256 for other in self.unknown}
        return self.seen.length >= LEAST_BODY and self.seen.body_sha256 in bodies - nowhere

    def unlike_anonymous(self) -> bool:
        """Whether callers without a certificate get other responses."""
        return bool(self.anonymous) and not self._among(self.anonymous)

    def _among(self, answers: tuple[HttpFacts, ...]) -> bool:
        here = place_of(self.seen)
        return any(same_answer(self.seen, other) and place_of(other) == here for other in answers)

    def good_is_sent_on(self) -> bool:
        """Whether a valid identity is redirected too."""
        return any(300 <= other.status < 400 for other in self.good)

    def is_of_another_kind(self) -> bool:
        """Whether every valid identity gets another kind of body."""
        return all(self.seen.shape.kind != other.shape.kind for other in self.good)

    def tells_little(self) -> bool:
        """Whether it is a success without a body and without Content-Length."""
        head = self.seen.header("content-type") and not self.seen.header("content-length")
        return self.seen.shape.kind == "empty" and 200 <= self.status < 300 and bool(head)

    def related_to_good(self) -> bool:
        """Whether a valid identity gets the same members with other data.

        HTML and XML are excluded: pages of a site, and documents of a vocabulary, have most members in common.
        """
        if self.seen.shape.kind in ("html", "xml") or not 200 <= self.status < 300:
            return False
        return any(200 <= other.status < 300 and related_body(self.seen, other) for other in self.good)

    def good_reached(self) -> bool:
        """Whether a valid identity got a success (2xx or 3xx), not only a client error of the handler."""
        return any(200 <= other.status < 400 for other in self.good)

    def says_no(self) -> bool:
        """Whether the body, or the query of the redirect, reports an error, and none of the valid identities' does."""
        return self.status < 400 and _says_no(self.seen) and not any(map(_says_no, self.good))

    def looks_denied(self) -> bool:
        """Whether the body is a login form or an error object, unlike responses to valid identities with such members.

        A resource can have members like ``title`` and ``status`` too.
        """
        mine = set(self.seen.shape.members)
        akin = (other.shape.signs for other in self.good if mine.intersection(other.shape.members))
        return bool(set(self.seen.shape.signs).difference(*akin))

    def shares_members(self) -> bool:
        """Whether its members are among those of a valid identity's response: part of the data, or the envelope."""
        mine = set(self.seen.shape.members)
        within = any(mine <= set(other.shape.members) for other in self.good)
        return self.seen.shape.kind == "json" and (within or self.related_to_good())


def is_about_time(case: Comparison) -> bool:
    """A request that came too late (RFC 9110 §15.5.9), or too early although it did not (RFC 8470 §5.2)."""
    return case.status == 408 or (case.status == 425 and not case.early_data)


def _says_no(answer: HttpFacts) -> bool:
    redirected = 300 <= answer.status < 400 and bool(ERROR_PARAMETER.search(answer.header("location")))
    return redirected or "denial" in answer.shape.signs


def redirects_to_login(case: Comparison) -> bool:
    """By a word in the host or the path of the place."""
    if not 300 <= case.status < 400 or redirects_to_itself(case):
        return False
    return bool(LOGIN_PLACE.search("/".join(way_of(case.seen))))


def redirects_to_itself(case: Comparison) -> bool:
    """A redirect that only spells the same path another way: a trailing slash, another host or scheme."""
    location = case.seen.header("location").partition("?")[0]
    path = re.sub(r"^https?://[^/]*", "", location).rstrip("/")
    return 300 <= case.status < 400 and path == case.target.partition("?")[0].rstrip("/")


def demands_certificate(case: Comparison) -> bool:
    """By a status of its own (nginx), or in words."""
    text = case.seen.body_excerpt
    return case.status in CERTIFICATE_DENIALS or (
        case.status == 400 and bool(CERTIFICATE_PHRASE.search(text))
    )


def looks_refused(case: Comparison) -> bool:
    """What an operation may also answer by itself: one that authorizes, or is about certificates or passwords."""
    asks = case.status < 300 and "login-form" in case.seen.shape.signs
    return asks or redirects_to_login(case) or (case.status == 400 and demands_certificate(case))
