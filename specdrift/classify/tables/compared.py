"""Responses to other callers, compared with those to valid certificates and of paths that do not exist. Pure."""

from http import HTTPStatus

from specdrift.classify.comparison import Comparison
from specdrift.classify.denials import is_failure
from specdrift.classify.tables.redirected import REDIRECTED
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row, always
from specdrift.classify.tables.shared import (
    DENIED,
    EXPECTATION_FAILED,
    FITS_DENIAL,
    HAS_THE_DATA,
    LIMITED,
)
from specdrift.classify.tables.switched import CLOSED, CLOSED_ALIKE, SWITCHED_ALIKE, WAITS_ALIKE
from specdrift.classify.tables.traces import places_of_more, places_of_traces
from specdrift.model.exchange.redirect import SAFE, NotFollowed
from specdrift.model.result.verdict import Confidence, Obstacle

COMPARED = (
    *LIMITED,
    *CLOSED,
    EXPECTATION_FAILED,
    Row(
        name="perhaps-the-site",
        when=Comparison.may_carry_the_site,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, with values that a valid certificate gets too, and no other operation to tell the data "
        "from what every page of the site has",
        obstacle=Obstacle.DATA,
    ),
    HAS_THE_DATA,
    WAITS_ALIKE,
    SWITCHED_ALIKE,
    CLOSED_ALIKE,
    Row(
        name="has-the-body",
        when=lambda c: 300 <= c.status < 500 and c.has_admitted_body(),
        outcome=ADMITTED,
        reason="HTTP {status}, but with the body that a valid certificate gets",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="some-data",
        when=lambda c: c.carried.leaks and 200 <= c.status < 300,
        outcome=ADMITTED,
        reason="HTTP {status}, with some of the values that a valid certificate gets",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="like-valid-with-its-values",
        when=Comparison.has_what_stays,
        outcome=ADMITTED,
        reason="HTTP {status}, an answer like that to a valid certificate, with the values that stay in each of these",
    ),
    Row(
        name="refusal-with-data",
        when=lambda c: c.carried.leaks,
        outcome=REFUSED,
        reason="HTTP {status}, but with some of the values that a valid certificate gets",
        leaks=True,
    ),
    Row(
        name="more-than-a-denial",
        when=lambda c: c.exceeds_denials and not c.has_admitted_body(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which has more than the denials of this server, in {where}, perhaps data",
        obstacle=Obstacle.DATA,
        places=places_of_more,
    ),
    Row(
        name="redirected-alike",
        when=lambda c: (
            c.is_not_followed(NotFollowed.OTHER_HOST) and c.like_admitted() and c.refuses_otherwise
        ),
        outcome=ADMITTED,
        reason="redirected to {location}, as a valid certificate is, and not how this server refuses callers",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="traces",
        when=lambda c: not 200 <= c.status < 300 and c.status < 500 and bool(c.traces()),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, with a few values that a valid certificate gets, in {where}, perhaps by chance",
        obstacle=Obstacle.DATA,
        places=places_of_traces,
    ),
    *REDIRECTED,
    Row(
        name="perhaps-filtered",
        when=Comparison.may_be_filtered,
        outcome=INCONCLUSIVE,
        reason="HTTP {status} without content, which a handler returns too that finds nothing for this caller",
        obstacle=Obstacle.DATA,
    ),
    Row(
        name="fails-as-a-denial",
        when=lambda c: FITS_DENIAL.when(c) and is_failure(c.status),
        outcome=REFUSED,
        reason="HTTP {status}, the failure that this server answers to callers without a valid certificate alone",
        confidence=Confidence.MEDIUM,
    ),
    FITS_DENIAL,
    Row(
        name="one-denial",
        when=Comparison.is_one_denial,
        outcome=REFUSED,
        reason="HTTP {status}, the same answer to each caller without a valid certificate, and none of the data",
        confidence=Confidence.MEDIUM,
    ),
    *DENIED,
    Row(
        name="too-early",
        when=lambda c: c.status == 425,
        outcome=REFUSED,
        reason="HTTP {status}: the server does not take this request as early data",
    ),
    Row(
        name="head-like-unknown",
        when=lambda c: c.head_continued and not c.admitted and c.status >= 400 and c.like_unknown(),
        outcome=REFUSED,
        reason="HTTP {status}, as for a path that does not exist, where a valid certificate gets 100 Continue",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="head-error",
        when=lambda c: (
            c.head_continued and not c.admitted and 400 <= c.status < 500 and c.is_an_error_alone()
        ),
        outcome=REFUSED,
        reason="HTTP {status}, an error in an envelope without data, where a valid certificate gets 100 Continue",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="head-undecided",
        when=lambda c: c.head_continued and not c.admitted,
        outcome=INCONCLUSIVE,
        reason="HTTP {status} to the head where a valid certificate gets 100 Continue, and not how this server "
        "refuses callers",
        obstacle=Obstacle.HEAD,
    ),
    Row(
        name="no-control",
        when=lambda c: not c.admitted,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and no valid certificate to compare with",
    ),
    Row(
        name="once",
        when=lambda c: c.status >= 400 and c.admitted_succeeded() and c.like_another(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but a valid certificate is admitted once and gets this another time",
        obstacle=Obstacle.ONCE,
    ),
    Row(
        name="control-failed",
        when=lambda c: not c.admitted_succeeded(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, and the valid certificate's request was not answered with success either",
    ),
    Row(
        name="like-unknown",
        when=lambda c: c.like_unknown() and not c.like_admitted(),
        outcome=REFUSED,
        reason="HTTP {status}, as for a path that does not exist, where a valid certificate is admitted",
    ),
    Row(
        name="as-absent",
        when=lambda c: c.as_absent and c.request.method in SAFE and not c.is_built_like_admitted(),
        outcome=REFUSED,
        reason="HTTP {status}, as for a resource that does not exist, where a valid certificate is admitted",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="unexplained-error",
        when=lambda c: c.status >= 400,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which is neither how this server refuses callers nor the data",
    ),
    Row(
        name="same-layout",
        when=lambda c: c.reports_error() and c.answer.shape.kind in ("html", "xml") and c.like_admitted(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, laid out as for a valid certificate, but it reports an error",
    ),
    Row(
        name="denial-without-data",
        when=lambda c: c.lacks_data() and (c.reports_error() or c.looks_denied()),
        outcome=REFUSED,
        reason="HTTP {status} that reads like a refusal, without any value that a valid certificate gets",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="error-alone",
        when=lambda c: c.reports_error() and c.is_an_error_alone(),
        outcome=REFUSED,
        reason="HTTP {status}, an error in an envelope without data, where a valid certificate is admitted",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="denial-words",
        when=Comparison.reports_error,
        outcome=INCONCLUSIVE,
        reason="HTTP {status} that reads like a refusal, and the operation has no values of its own to look for",
    ),
    Row(
        name="like-valid-empty",
        when=lambda c: c.like_admitted() and not c.like_unknown() and c.is_uninformative(),
        outcome=ADMITTED,
        reason="HTTP {status} without a body, as to a valid certificate",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="like-valid-but-constant",
        when=lambda c: c.like_admitted() and c.is_always_another() and not c.resource.recognisable,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, laid out as for a valid certificate, but always with the same other words",
        obstacle=Obstacle.DATA,
    ),
    Row(
        name="like-valid",
        when=lambda c: c.like_admitted() and not c.like_unknown() and not c.lacks_data(),
        outcome=ADMITTED,
        reason="HTTP {status}, the same answer as to a valid certificate",
    ),
    Row(
        name="like-valid-unrefused",
        when=lambda c: c.like_admitted() and not c.like_unknown() and c.refuses_otherwise,
        outcome=ADMITTED,
        reason="HTTP {status}, an answer like that to a valid certificate, and not how this server refuses callers",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="like-valid-other-values",
        when=lambda c: c.like_admitted() and not c.like_unknown(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, an answer like that to a valid certificate with none of its values",
        obstacle=Obstacle.DATA,
    ),
    Row(
        name="like-all",
        when=lambda c: c.like_admitted(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but paths that do not exist are answered the same",
    ),
    Row(
        name="redirected-both",
        when=lambda c: c.redirects() and c.admitted_is_redirected(),
        outcome=INCONCLUSIVE,
        reason="redirected to {location}, and a valid certificate to another place",
    ),
    Row(
        name="redirected",
        when=Comparison.redirects,
        outcome=INCONCLUSIVE,
        reason="redirected to {location}, which is not how this server refuses callers and may serve the data",
    ),
    Row(
        name="not-modified",
        when=lambda c: c.status == HTTPStatus.NOT_MODIFIED,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, as to a caller who has the content already (RFC 9110 §15.4.5)",
        obstacle=Obstacle.DATA,
    ),
    Row(
        name="perhaps-denied",
        when=lambda c: c.looks_denied(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, perhaps an error; the operation has no values of its own to look for",
    ),
    Row(
        name="related",
        when=lambda c: c.related_to_admitted() and not c.lacks_data() and not c.is_always_another(),
        outcome=ADMITTED,
        reason="HTTP {status}, an answer of the same members as to a valid certificate",
        confidence=Confidence.MEDIUM,
    ),
    Row(
        name="unlike-valid",
        when=always,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, but another answer than a valid certificate gets",
        obstacle=Obstacle.DATA,
    ),
)
