"""An HTTP response, the responses that it is compared with, and predicates on them. Pure."""

import re

from msgspec import Struct

from specdrift.body.denial import DENIAL, DENIALS_ONLY
from specdrift.classify.denials import Denial
from specdrift.classify.disclosed.samples import Difference
from specdrift.classify.likeness import (
    built_alike,
    is_emptied,
    redirect_pattern,
    redirects,
    related_answer,
    related_body,
    same_answer,
)
from specdrift.classify.resource import (
    CHANCE,
    MOST_OF_IT,
    NEARLY_ALL,
    NONE_CARRIED,
    NOTHING,
    Carried,
    Resource,
    Values,
    may_have_data,
)
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.redirect import SAFE, NotFollowed, Redirect
from specdrift.model.exchange.values import data_of, unpack, weight
from specdrift.model.exchange.websocket import SWITCHED

NO_REQUEST = Request(method="GET", target="")
EMPTY = Resource()

DENIALS = frozenset({401, 403, 407, 421, 495, 496, 497, 511})
"""Statuses that refuse a caller."""
MULTI_STATUS = 207
GRAPHQL = frozenset({"data", "errors", "extensions"})
"""Members of a GraphQL response."""
LEAST_BODY = 16  # bytes: a shorter body is an empty object, or a word that many answers have
ERROR_PARAMETER = re.compile(r"[?&#](?:error|err|denied|login_error)(?:=|&|#|$)", re.IGNORECASE)
"""Query parameter that reports an error, as in OAuth 2.0 (RFC 6749 §4.1.2.1)."""

EMPTY_JSON = {"[]": "[", "{}": "{", "null": "[{"}
"""Values of JSON without content, and how those with content begin."""


class Comparison(Struct, frozen=True, kw_only=True):
    """An answer, and the answers that it is compared with."""

    answer: HttpFacts
    request: Request = NO_REQUEST
    redirect: Redirect | None = None
    """Where the answer redirects the client."""
    previous: tuple[Request, ...] = ()
    """The requests whose redirects led here; empty for an answer to the operation's own request."""
    redirected_alike: bool = False
    """The operation redirected a valid identity likewise, and its target did not admit it."""
    admitted: tuple[HttpFacts, ...] = ()
    """Answers to valid identities that were admitted."""
    not_admitted: tuple[HttpFacts, ...] = ()
    """Answers to the same identities that did not admit them."""
    valid_there: bool = False
    """A valid identity was redirected there too."""
    at_target: tuple[HttpFacts, ...] = ()
    """Answers to valid identities where a redirect led them that admitted them by itself."""
    anonymous: tuple[HttpFacts, ...] = ()
    """Answers to callers without a certificate."""
    unknown: tuple[HttpFacts, ...] = ()
    """Answers to random paths that do not exist."""
    head_only: bool = False
    """It answers a head without its body."""
    head_continued: bool = False
    """It answers a head alone, and a valid certificate got 100 Continue to it."""
    early_data: bool = False
    """The request was sent as early data (RFC 8446 §2.3)."""
    resource: Resource = EMPTY
    """Values that only this operation returns, and only to valid certificates."""
    own: Values = NOTHING
    """The values of the answer that belong to no request, caller or control."""
    is_alone: bool = False
    """No other operation's answers tell the resource's values from those of the site."""
    difference: Difference = Difference.NOT_COMPARED
    carried: Carried = NONE_CARRIED
    """The values of it that the answer carries."""
    denial: Denial | None = None
    """The learned form of refusal that the answer fits."""
    as_absent: bool = False
    """The operation answers such callers in the same form for a resource that does not exist."""
    redirects_with_a_denial: bool = False
    """It is a redirect with the body of a refusal of several operations."""
    exceeds_denials: bool = False
    """The answer has more than the server's denials: members, or data."""
    unexplained: tuple[str, ...] = ()
    """Where the answer, if it is a refusal, has what neither other refusals, the request nor repetitions explain."""
    refuses_otherwise: bool = False
    """The server is known to refuse differently: by a learned denial, or the anonymous client in TLS."""

    @property
    def status(self) -> int:
        """The status code of the answer."""
        return self.answer.status

    def may_carry_the_site(self) -> bool:
        """Whether the values may be of the site's layout or envelope: not nearly all, and nothing to compare with."""
        part = self.carried.part if self.carried.data is None else self.carried.data
        incomplete = part < NEARLY_ALL or self.carried.lacks_data
        doubtful = {Difference.ALIKE: False, Difference.OTHERWISE: True}.get(self.difference, incomplete)
        return self.is_alone and self.carried.leaks and doubtful and not self.is_partial()

    def is_partial(self) -> bool:
        """Whether it is data beside errors as in GraphQL (§7.1), which has no layout: its data are those of fields."""
        with_data = any("data" in other.shape.members for other in self.admitted)
        return with_data and {"data", "errors"} <= set(self.answer.shape.members) <= GRAPHQL

    def lacks_data(self) -> bool:
        """Whether the resource can be recognised, and the answer has none of it."""
        return self.resource.recognisable and self.carried.is_negligible

    def shows_no_data(self) -> bool:
        """Whether nothing in an answer that seems to refuse may be data.

        Where the resource cannot be recognised, only an answer shows that which other operations give too, or which is
        the same for each caller. Without an admitted answer there is nothing that it could have.
        """
        if not self.admitted or not weight(self.own):
            return True
        denial = self.denial
        known = (
            self.lacks_data()
            or self.as_absent
            or self.redirects_with_a_denial
            or self.is_an_error_alone()
            or (denial is not None and (denial.of_the_server or not denial.noise))
        )
        return known and not self.is_built_like_admitted()

    def may_be_filtered(self) -> bool:
        """Whether it is a success without content, where a valid certificate gets some.

        A handler that shows callers what is theirs has nothing for others. That a server refuses by such an answer
        shows only a body that is none of the operation's.
        """
        if not 200 <= self.status < 300 or self.request.method != "GET" or not self.admitted or self.previous:
            return False
        if self.like_admitted() or any(not other.length for other in self.admitted):
            return False
        if any(is_emptied(self.answer, other) for other in self.admitted):
            return True
        body = "".join(self.answer.body_excerpt.split())
        if self.answer.shape.kind == "empty":
            return self.denial is None or not self.denial.of_the_server
        return body in EMPTY_JSON and all(
            other.body_excerpt.lstrip()[:1] in EMPTY_JSON[body] for other in self.admitted
        )

    def is_one_denial(self) -> bool:
        """Whether it is the denial of one operation, without data.

        A client error that is always the same has none, even where the resource cannot be recognised.
        """
        denial = self.denial
        if denial is None or self.redirects() or self.is_built_like_admitted() or self.may_be_another_part():
            return False
        if self.status < 300 and self.request.method not in SAFE:
            return False  # it may have been done
        client_error = 400 <= self.status < 500 and self.status not in DENIALS
        has_kind = all(other.shape.kind != "empty" for other in self.admitted)
        sentence = has_kind and self.is_of_another_kind() and weight(data_of(self.own)) <= CHANCE
        constant = not denial.noise and bool(self.admitted)
        return self.lacks_data() or (constant and (client_error or sentence))

    def has_what_stays(self) -> bool:
        """Whether it is built like the answer to a valid certificate, with most of the values that stay the same."""
        alike = 200 <= self.status < 300 and self.like_admitted() and not self.like_unknown()
        return alike and self.carried.has_most and not self.is_always_another()

    def is_always_another(self) -> bool:
        """Whether it has the same words for several callers, and valid certificates do not get these.

        Words of one caller alone may be his own data, as those of each valid certificate are.
        """
        return self.denial is not None and self.denial.callers > 1 and weight(self.denial.values) > CHANCE

    def is_built_like_admitted(self) -> bool:
        """Whether a valid certificate gets a body of the same structure.

        Of most of its members too, unless these are an envelope: with no more data that differ than in that answer.
        """
        if any(built_alike(self.answer, other) for other in may_have_data(self.admitted, self.own)):
            return True
        within_noise = self.lacks_data() and weight(data_of(self.own)) <= self.resource.noise
        is_page = self.answer.shape.kind in ("html", "xml") or (self.has_failed() and self.lacks_data())
        related = any(related_body(self.answer, other) for other in may_have_data(self.admitted, self.own))
        return related and not is_page and not within_noise

    def traces(self) -> Values:
        """Return the values of the resource that the server's denial does not explain, if they are more than chance.

        Words alone may name the resource in a denial.
        """
        carried = self.carried.values
        if self.denial is not None and self.denial.of_the_server:
            carried = data_of(carried - self.denial.values)
        return carried if weight(carried) > CHANCE else NOTHING

    def redirects(self) -> bool:
        """Whether it is a redirect."""
        return redirects(self.answer) and bool(self.answer.header("location").strip())

    def loops(self) -> bool:
        """Whether it redirects to a request that was redirected before, with the same cookies."""
        following = self.redirect.request if self.redirect else None
        return bool(self.previous) and following in (*self.previous, self.request)

    def keeps_path(self) -> bool:
        """Whether the redirect led to the same path, perhaps with a slash at its end."""
        paths = {each.target.partition("?")[0].rstrip("/") for each in (*self.previous, self.request)}
        return len(paths) == 1

    def like_target(self) -> bool:
        """Whether a valid identity gets the same success where the redirect leads."""
        return self.status < 400 and self.is_among(self.at_target)

    def may_be_followed(self) -> bool:
        """Whether the target's answer can show what the redirect means."""
        return self.redirect is not None and self.redirect.request is not None

    def is_not_followed(self, reason: NotFollowed) -> bool:
        """Whether it is a redirect that is not followed for this reason."""
        return self.redirect is not None and self.redirect.not_followed is reason

    def like_unknown(self) -> bool:
        """Whether a path that does not exist gets the same answer."""
        return any(same_answer(self.answer, other) for other in self.unknown)

    def like_admitted(self) -> bool:
        """Whether a valid identity gets the same response, redirected to the same place if at all."""
        return self.is_among(self.admitted)

    def like_another(self) -> bool:
        """Whether any response to a valid identity, admitted or not, is the same."""
        return self.is_among(self.admitted) or self.is_among(self.not_admitted)

    def has_admitted_body(self) -> bool:
        """Whether the body is byte for byte what a valid identity gets, and not shorter than ``LEAST_BODY``.

        Such a body was disclosed, whatever the status is (CWE-698).
        """
        bodies = {other.body_sha256 for other in self.admitted if 200 <= other.status < 300}
        of_unknown = {other.body_sha256 for other in self.unknown}
        return self.answer.length >= LEAST_BODY and self.answer.body_sha256 in bodies - of_unknown

    def unlike_anonymous(self) -> bool:
        """Whether callers without a certificate get other responses."""
        return bool(self.anonymous) and not self.is_among(self.anonymous)

    def like_anonymous(self) -> bool:
        """Whether a caller without a certificate gets the same response."""
        return self.is_among(self.anonymous)

    def resembles_refused(self) -> bool:
        """Whether a caller that was not admitted gets an answer of this status and structure."""
        return any(related_answer(self.answer, other) for other in (*self.not_admitted, *self.anonymous))

    def is_among(self, answers: tuple[HttpFacts, ...]) -> bool:
        """Whether one of the answers is the same, redirected to the same place if at all."""
        target = redirect_pattern(self.answer)
        return any(same_answer(self.answer, other) and redirect_pattern(other) == target for other in answers)

    def admitted_is_redirected(self) -> bool:
        """Whether a valid identity is redirected too."""
        return any(map(redirects, self.admitted))

    def is_of_another_kind(self) -> bool:
        """Whether every valid identity gets another kind of body."""
        return all(self.answer.shape.kind != other.shape.kind for other in self.admitted)

    def may_be_another_part(self) -> bool:
        """Whether it is a success with data, of the kind of the valid identities' answers, and no denial of the server.

        It may be another page of the list.
        """
        data = data_of(self.denial.values) if self.denial is not None else ()
        success = 200 <= self.status < 300 and not self.is_of_another_kind()
        return success and self.refuses_otherwise and bool(data)

    def is_uninformative(self) -> bool:
        """Whether it is a success without a body and without Content-Length."""
        head = self.answer.header("content-type") and not self.answer.header("content-length")
        return self.answer.shape.kind == "empty" and 200 <= self.status < 300 and bool(head)

    def related_to_admitted(self) -> bool:
        """Whether a valid identity gets the same members with other data, and not much more of these.

        HTML and XML are excluded: pages of a site, and documents of a vocabulary, have most members in common.
        """
        if self.answer.shape.kind in ("html", "xml") or not 200 <= self.status < 300:
            return False
        others = [o for o in self.admitted if 200 <= o.status < 300 and related_body(self.answer, o)]
        content = weight(unpack(self.answer.values))
        return any(content >= MOST_OF_IT * weight(unpack(other.values)) for other in others)

    def admitted_succeeded(self) -> bool:
        """Whether a valid identity got a success (2xx, 3xx or 101), not only a client error of the handler."""
        return any(200 <= other.status < 400 or other.status == SWITCHED for other in self.admitted)

    def is_an_error_alone(self) -> bool:
        """Whether it is an error in an envelope that has no place for data, unlike answers to valid identities.

        What else is in the envelope needs an explanation of its own.
        """
        is_envelope = self.answer.shape.kind in ("json", "xml")
        return is_envelope and self.has_failed() and not self.is_built_like_admitted()

    def reports_error(self) -> bool:
        """Whether the body, or the query of the redirect, reports an error, and none of the valid identities' does."""
        return self.status < 400 and self.has_failed()

    def has_failed(self) -> bool:
        """Whether it reports an error, whatever the status, and none of the valid identities' answers does."""
        return _reports_error(self.answer) and not any(map(_reports_error, self.admitted))

    def looks_denied(self) -> bool:
        """Whether the body is a login form or an error object, unlike responses to valid identities with such members.

        A resource can have members like ``title`` and ``status`` too.
        """
        mine = set(self.answer.shape.members)
        similar = (other.shape.signs for other in self.admitted if mine.intersection(other.shape.members))
        return bool(set(self.answer.shape.signs).difference(*similar))

    def shares_members(self) -> bool:
        """Whether its members are among those of a valid identity's response: part of the data, or the envelope."""
        mine = set(self.answer.shape.members)
        within = any(mine <= set(other.shape.members) for other in self.admitted)
        return self.answer.shape.kind == "json" and (within or self.related_to_admitted())


def _reports_error(answer: HttpFacts) -> bool:
    redirected = redirects(answer) and bool(ERROR_PARAMETER.search(answer.header("location")))
    several = answer.status == MULTI_STATUS and DENIALS_ONLY in answer.shape.signs
    return redirected or several or DENIAL in answer.shape.signs
