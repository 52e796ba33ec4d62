"""The answer to an identity that should be admitted: did it reach the operation? Pure."""

from specdrift.classify.comparison import Comparison
from specdrift.classify.tables.redirected import REDIRECT_TO_FOLLOW, REDIRECTED_AGAIN
from specdrift.classify.tables.row import ADMITTED, INCONCLUSIVE, REFUSED, Row, always
from specdrift.classify.tables.shared import LIMITED, OWN_SPELLING, OWN_URL, SHARED
from specdrift.classify.tables.signs import is_login_page, looks_refused
from specdrift.model.result.verdict import Confidence, Obstacle

CONTROL = (
    Row(
        name="refused-unlike-anonymous",
        when=lambda c: looks_refused(c) and c.unlike_anonymous(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, which may be a refusal, but callers without a certificate are answered otherwise",
    ),
    *LIMITED,
    *SHARED,
    OWN_URL,
    OWN_SPELLING,
    REDIRECT_TO_FOLLOW,
    REDIRECTED_AGAIN,
    Row(
        name="method-not-served",
        when=lambda c: c.status == 405,
        outcome=INCONCLUSIVE,
        reason="the server does not serve this method",
        obstacle=Obstacle.METHOD,
    ),
    Row(
        name="another-protocol",
        when=lambda c: c.status == 426,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}: the operation is for another protocol, such as WebSocket, whose requests a server may "
        "guard otherwise",
        obstacle=Obstacle.PROTOCOL,
    ),
    Row(
        name="not-found",
        when=lambda c: c.status in (404, 410) and c.like_unknown(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, as for a path that does not exist",
        obstacle=Obstacle.NOT_FOUND,
    ),
    Row(
        name="head-answered",
        when=lambda c: c.head_only and c.status >= 400,
        outcome=ADMITTED,
        reason="HTTP {status} to the head, which does not refuse the caller",
        confidence=Confidence.LOW,
    ),
    Row(
        name="unsuitable-values",
        when=lambda c: c.status >= 400,
        outcome=ADMITTED,
        reason="HTTP {status} from the operation itself: the request's values do not suit it",
        confidence=Confidence.LOW,
    ),
    Row(
        name="login-page",
        when=is_login_page,
        outcome=REFUSED,
        reason="a login page with status {status}",
    ),
    Row(
        name="failure",
        when=Comparison.reports_error,
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, with an error in the body",
    ),
    Row(
        name="everything-alike",
        when=lambda c: c.like_unknown(),
        outcome=INCONCLUSIVE,
        reason="HTTP {status}, as for a path that does not exist: the server answers all paths alike",
    ),
    Row(name="reached", when=always, outcome=ADMITTED, reason="HTTP {status}"),
)
