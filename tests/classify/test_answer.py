"""The three tables that classify an HTTP answer: at least one case per row, and the cases in which order matters."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.classify.comparison import Comparison
from specdrift.classify.tables.compared import COMPARED
from specdrift.classify.tables.control import CONTROL
from specdrift.classify.tables.open import OPEN
from specdrift.classify.tables.redirected import REDIRECTED
from specdrift.classify.tables.row import Row, always, classify_answer
from specdrift.model.exchange.observation import BodyShape, HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Confidence, Obstacle, Outcome
from tests.classify.exchanges import answer

ITEM_1 = Request(method="GET", target="/items/1")
ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
ITEM, OTHER_ITEM = answer(200, '{"id": 1, "name": "a"}'), answer(200, '{"id": 2, "name": "b"}')
LESS = answer(200, '{"id": 1}')
DRAFT = answer(200, '{"id": 1, "name": "a", "draft": {"of": 1}}')
ELSE = answer(200, '{"count": 3}')
ERROR = answer(200, '{"error": "no"}')
PROBLEM = answer(200, '{"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "no"}')
IN_ENVELOPE = answer(
    200, '{"status": "ok", "data": {"owner": "Kallio Oy", "amount": 88120.25}, "meta": {"v": "2"}}'
)
NOTHING_IN_IT = answer(200, '{"status": "-", "data": null, "meta": {"v": "2"}}')
WRAPPED = answer(200, '{"success": true, "error": null, "data": {"id": 1}}')
FAILED = answer(200, '{"success": false, "error": "no"}')
BOOK = answer(
    200, '{"title": "Dune", "type": "novel", "status": "lent", "author": "H", "isbn": "0", "price": 1}'
)
LETTER = answer(200, '{"title": "Dune", "type": "novel", "status": "lent", "message": "to Bob", "code": 7}')
LENT = answer(200, '{"title": "Dune", "type": "novel", "status": "lent", "message": "to Bob"}')
TITLE = answer(200, '{"title": "Dune"}')
SHOP = answer(200, "<!doctype html><title>Sign Shop in</title><input>")
PAGE = answer(200, "<!doctype html><title>Shop</title><div id=app></div>")
LOGIN = answer(200, "<!doctype html><title>Sign in</title><input type=password>")
MISSING = answer(404, '{"detail": "Not Found"}')
NO_SUCH_ITEM = answer(404, '{"detail": "no such item", "item": 1}')
INVALID = answer(422, '{"errors": ["id"]}')
NGINX = answer(400, "<html><title>400 No required SSL certificate was sent</title>")
MOVED = answer(301, location="/items/1/")
ELSEWHERE = answer(302, location="/welcome")
THING, OTHER_THING = answer(302, location="/items/7"), answer(302, location="/items/8")

XML, OTHER_XML = answer(200, "<?xml version='1.0'?><a><b>1</b></a>"), answer(200, "<?xml?><a><b>2</b></a>")
FAULTLESS = answer(200, "<?xml?><a><b>1</b><c/><error/></a>")
FAULT = answer(200, "<?xml?><a><b>1</b><c/><error>no</error></a>")
SITE = "<!doctype html><title>Shop</title><nav><ul><li></ul></nav><main><h1>{}</h1><p>x</p></main>"
SITE_ADMITTED, SITE_REFUSED = answer(200, SITE.format("Orders")), answer(200, SITE.format("Access denied"))
SITE_ANMELDUNG = answer(200, SITE.format("Anmeldung"))
SWITCHED = answer(101)
TICKING = answer(101, '{"tick": 1}')
CLOSED = replace(SWITCHED, headers=((":close", "1008 no certificate"),))
BROKEN, BUSY = (replace(SWITCHED, headers=((":close", code),)) for code in ("1006", "1013 later"))
OPEN_ALONE = len(OPEN) - len(CONTROL)
"""Index of the first row that reads an answer without a control."""


def head(media_type: str, length: str = "") -> HttpFacts:
    """Build a success without a body, with its declared type and length."""
    said = (("content-type", media_type), *((("content-length", length),) if length else ()))
    return replace(answer(200), headers=said)


def picture(content: bytes) -> HttpFacts:
    """Build a success with a binary file."""
    shape = BodyShape(kind="binary", skeleton="image/png")
    digest = hashlib.sha256(content).hexdigest()
    return replace(answer(200), shape=shape, body_sha256=digest, length=len(content))


CONTROL_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], str, Outcome]] = [
    ("busy", answer(429), (), "rate-limit", INCONCLUSIVE),
    ("busy as for everything", answer(429), (answer(429),), "rate-limit", INCONCLUSIVE),
    ("too slow", answer(408), (), "about-time", INCONCLUSIVE),
    ("too early", answer(425), (), "about-time", INCONCLUSIVE),
    ("crashed", answer(500, '{"error": "x"}'), (), "server-error", INCONCLUSIVE),
    ("unavailable", answer(503), (), "server-error", INCONCLUSIVE),
    ("not implemented", answer(501), (), "server-error", INCONCLUSIVE),
    ("nginx without certificate", NGINX, (), "asks-for-certificate", REFUSED),
    (
        "nginx with an invalid one",
        answer(400, "The SSL certificate error"),
        (),
        "asks-for-certificate",
        REFUSED,
    ),
    ("nginx's own 495", answer(495), (), "asks-for-certificate", REFUSED),
    (
        "certificate words with another status",
        answer(422, "client certificate required"),
        (),
        "unsuitable-values",
        ADMITTED,
    ),
    ("unauthorized", answer(401), (), "denial-status", REFUSED),
    ("forbidden as for everything", answer(403), (answer(403),), "denial-status", REFUSED),
    ("misdirected", answer(421), (), "denial-status", REFUSED),
    ("login needed on the network", answer(511), (), "denial-status", REFUSED),
    ("to the login", answer(302, location="/login?next=/items/1"), (), "login-redirect", REFUSED),
    ("to the single sign-on", answer(307, location="https://sso.test/saml2"), (), "login-redirect", REFUSED),
    (
        "to the authorisation server",
        answer(302, location="https://idp.test/oauth2/authorize"),
        (),
        "login-redirect",
        REFUSED,
    ),
    ("a slash at the end", MOVED, (), "own-path", INCONCLUSIVE),
    ("another host", answer(308, location="https://www.test/items/1"), (), "own-path", INCONCLUSIVE),
    ("wrong method", answer(405), (), "method-not-served", INCONCLUSIVE),
    ("for another protocol", answer(426), (), "another-protocol", INCONCLUSIVE),
    ("not found as for everything", MISSING, (MISSING,), "not-found", INCONCLUSIVE),
    ("gone as for everything", answer(410), (answer(410),), "not-found", INCONCLUSIVE),
    ("not found by the handler", NO_SUCH_ITEM, (MISSING,), "unsuitable-values", ADMITTED),
    ("bad values", INVALID, (MISSING,), "unsuitable-values", ADMITTED),
    ("bad request", answer(400, '{"error": "id"}'), (), "unsuitable-values", ADMITTED),
    ("a login page", LOGIN, (), "login-page", REFUSED),
    ("a login page as for everything", LOGIN, (LOGIN,), "login-page", REFUSED),
    ("the page of every path", PAGE, (PAGE,), "everything-alike", INCONCLUSIVE),
    ("the redirect of every path", ELSEWHERE, (ELSEWHERE,), "everything-alike", INCONCLUSIVE),
    ("an item", ITEM, (MISSING,), "reached", ADMITTED),
    ("created", answer(201), (), "reached", ADMITTED),
    ("a redirect to data", ELSEWHERE, (MISSING,), "reached", ADMITTED),
    ("an error object", ERROR, (MISSING,), "failure", INCONCLUSIVE),
    ("an error object as for everything", ERROR, (ERROR,), "failure", INCONCLUSIVE),
    ("an object that may be an error", TITLE, (MISSING,), "reached", ADMITTED),
]

COMPARED_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], tuple[HttpFacts, ...], str, Outcome]] = [
    ("busy", answer(429), (ITEM,), (), "rate-limit", INCONCLUSIVE),
    ("timeout where the control is admitted", answer(408), (ITEM,), (), "about-time", INCONCLUSIVE),
    ("too early without early data", answer(425), (ITEM,), (), "about-time", INCONCLUSIVE),
    ("crashed", answer(502), (ITEM,), (), "server-error", INCONCLUSIVE),
    ("crashed alike", answer(500), (answer(500),), (), "server-error", INCONCLUSIVE),
    ("nginx without certificate", NGINX, (ITEM,), (), "asks-for-certificate", REFUSED),
    ("nginx without certificate and control", NGINX, (), (), "asks-for-certificate", REFUSED),
    ("denied without control", answer(401), (), (), "denial-status-without-data", REFUSED),
    ("denied", answer(403), (ITEM,), (), "denial-status-without-data", REFUSED),
    ("denied alike", answer(403), (answer(403),), (), "denial-status-without-data", REFUSED),
    ("to the login", answer(302, location="/users/sign_in"), (ITEM,), (), "login-redirect", REFUSED),
    ("to the login without control", answer(302, location="/auth"), (), (), "login-redirect", REFUSED),
    ("no control", ITEM, (), (), "no-control", INCONCLUSIVE),
    ("not found, no control", MISSING, (), (MISSING,), "no-control", INCONCLUSIVE),
    ("hidden behind 404", MISSING, (ITEM,), (MISSING,), "like-unknown", REFUSED),
    ("invalid values where the control is admitted", INVALID, (ITEM,), (), "unexplained-error", INCONCLUSIVE),
    ("the controls disagree", INVALID, (INVALID, ITEM), (), "once", INCONCLUSIVE),
    ("invalid values for both", INVALID, (INVALID,), (), "control-failed", INCONCLUSIVE),
    ("an item where the control had invalid values", ITEM, (INVALID,), (), "control-failed", INCONCLUSIVE),
    ("the same", ITEM, (OTHER_ITEM,), (MISSING,), "like-valid", ADMITTED),
    ("the same as one of several", ITEM, (ELSE, OTHER_ITEM), (PAGE,), "like-valid", ADMITTED),
    ("the same redirect", ELSEWHERE, (ELSEWHERE,), (), "like-valid", ADMITTED),
    ("everything alike", PAGE, (PAGE,), (PAGE,), "like-all", INCONCLUSIVE),
    ("the page instead of the item", PAGE, (ITEM,), (PAGE,), "like-unknown", REFUSED),
    ("an error that unknown paths return too", ERROR, (ITEM,), (ERROR,), "like-unknown", REFUSED),
    ("redirected to another resource of the kind", OTHER_THING, (THING,), (), "like-valid", ADMITTED),
    ("redirected to another place", ELSEWHERE, (THING,), (), "redirected-both", INCONCLUSIVE),
    (
        "redirected to the same place for another query",
        answer(302, location="/items/7?a=1"),
        (THING,),
        (),
        "like-valid",
        ADMITTED,
    ),
    ("sent elsewhere", ELSEWHERE, (ITEM,), (), "redirected", INCONCLUSIVE),
    ("not modified", answer(304), (ITEM,), (), "not-modified", INCONCLUSIVE),
    ("a redirect without a target", answer(302), (ITEM,), (), "unlike-valid", INCONCLUSIVE),
    ("a login form", LOGIN, (ITEM,), (), "perhaps-denied", INCONCLUSIVE),
    ("an error object", ERROR, (ITEM,), (MISSING,), "error-alone", REFUSED),
    ("a problem (RFC 9457)", PROBLEM, (ITEM,), (), "error-alone", REFUSED),
    ("a problem where the control returns a book", PROBLEM, (BOOK,), (), "error-alone", REFUSED),
    ("an error in the control's envelope", FAILED, (WRAPPED,), (), "denial-words", INCONCLUSIVE),
    ("a part of the control's data", TITLE, (BOOK,), (), "perhaps-denied", INCONCLUSIVE),
    ("a part of data that looks like an error", LENT, (LETTER,), (), "related", ADMITTED),
    ("the smallest part of it", TITLE, (LETTER,), (), "unlike-valid", INCONCLUSIVE),
    ("a login form of the control's own tags", LOGIN, (SHOP,), (), "perhaps-denied", INCONCLUSIVE),
    ("an error where data looks like one", ERROR, (LETTER,), (), "error-alone", REFUSED),
    ("almost the same members", DRAFT, (ITEM,), (), "related", ADMITTED),
    ("its envelope without the data", NOTHING_IN_IT, (IN_ENVELOPE,), (), "unlike-valid", INCONCLUSIVE),
    ("half of the members", LESS, (ITEM,), (), "unlike-valid", INCONCLUSIVE),
    ("something else", ELSE, (ITEM,), (), "unlike-valid", INCONCLUSIVE),
    ("another kind", PAGE, (ITEM,), (MISSING,), "unlike-valid", INCONCLUSIVE),
    (
        "refused, with the control's body",
        answer(403, LETTER.body_excerpt),
        (LETTER,),
        (),
        "has-the-body",
        ADMITTED,
    ),
    (
        "redirected with it",
        answer(302, LETTER.body_excerpt, location="/login"),
        (LETTER,),
        (),
        "has-the-body",
        ADMITTED,
    ),
    (
        "refused on every path",
        answer(401, LETTER.body_excerpt),
        (LETTER,),
        (LETTER,),
        "denial-status-without-data",
        REFUSED,
    ),
    (
        "refused with a word of the control's body",
        answer(403, "{}"),
        (answer(200, "{}"),),
        (),
        "denial-status-without-data",
        REFUSED,
    ),
    ("limited, with it", answer(429, LETTER.body_excerpt), (LETTER,), (), "has-the-body", ADMITTED),
    ("too late, with it", answer(408, LETTER.body_excerpt), (LETTER,), (), "has-the-body", ADMITTED),
    ("a slash at the end", MOVED, (ITEM,), (), "redirected", INCONCLUSIVE),
    ("itself with a query", answer(302, location="/items/1?c=1"), (ITEM,), (), "redirected", INCONCLUSIVE),
    (
        "an error in the query",
        answer(302, location="/items/7?error=x"),
        (THING,),
        (),
        "denial-words",
        INCONCLUSIVE,
    ),
    ("a refusal in the site's layout", SITE_REFUSED, (SITE_ADMITTED,), (), "denial-words", INCONCLUSIVE),
    ("another page of the site", SITE_ANMELDUNG, (SITE_ADMITTED,), (), "unlike-valid", INCONCLUSIVE),
    ("the vocabulary of a fault", FAULT, (FAULTLESS,), (), "same-layout", INCONCLUSIVE),
    ("the same elements", XML, (OTHER_XML,), (), "like-valid", ADMITTED),
    ("more elements", OTHER_XML, (FAULTLESS,), (), "unlike-valid", INCONCLUSIVE),
    (
        "an envelope with a failure",
        answer(200, '{"code": 7, "success": false}'),
        (WRAPPED,),
        (),
        "error-alone",
        REFUSED,
    ),
    ("the same through a proxy", answer(203, ITEM.body_excerpt), (ITEM,), (), "related", ADMITTED),
    (
        "no body, no type, no length",
        head("application/json"),
        (head("application/json"),),
        (),
        "like-valid-empty",
        ADMITTED,
    ),
    ("no body of the same length", head("a/b", "7"), (head("a/b", "7"),), (), "like-valid", ADMITTED),
    ("no body of another length", head("a/b", "7"), (head("a/b", "9"),), (), "unlike-valid", INCONCLUSIVE),
    ("no body of another type", head("a/b", "7"), (head("a/c", "7"),), (), "unlike-valid", INCONCLUSIVE),
    ("an empty list", answer(200, "[ ]"), (answer(200, "[7, 8]"),), (), "perhaps-filtered", INCONCLUSIVE),
    ("an empty object", answer(200, "{}"), (ITEM,), (), "perhaps-filtered", INCONCLUSIVE),
    ("nothing", answer(204), (ITEM,), (), "perhaps-filtered", INCONCLUSIVE),
    ("an empty list, as ever", answer(200, "[]"), (answer(200, "[]"),), (), "like-valid", ADMITTED),
    ("the same file", picture(b"p" * 4000), (picture(b"p" * 4000),), (), "like-valid", ADMITTED),
    ("a file of about the length", picture(b"p" * 4000), (picture(b"q" * 4100),), (), "related", ADMITTED),
    ("a placeholder", picture(b"p" * 400), (picture(b"q" * 400),), (), "unlike-valid", INCONCLUSIVE),
    ("a silent WebSocket as for the control", SWITCHED, (SWITCHED,), (), "waits-alike", INCONCLUSIVE),
    ("a silent WebSocket, and data for the control", SWITCHED, (TICKING,), (), "waits-alike", INCONCLUSIVE),
    ("a WebSocket with other data", TICKING, (SWITCHED,), (), "switched-alike", ADMITTED),
    ("a WebSocket that is closed", CLOSED, (SWITCHED,), (), "closed", REFUSED),
    ("a WebSocket that breaks off", BROKEN, (SWITCHED,), (), "closed-for-trouble", INCONCLUSIVE),
    ("a WebSocket of a busy server", BUSY, (SWITCHED,), (), "closed-for-trouble", INCONCLUSIVE),
    ("a WebSocket that is closed as for the control", CLOSED, (CLOSED,), (), "closed-alike", INCONCLUSIVE),
    ("a WebSocket where the control gets an item", SWITCHED, (ITEM,), (), "unlike-valid", INCONCLUSIVE),
]

OPEN_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], tuple[HttpFacts, ...], str, Outcome]] = [
    ("busy", answer(429), (ITEM,), (), "rate-limit", INCONCLUSIVE),
    ("too slow", answer(408), (ITEM,), (), "about-time", INCONCLUSIVE),
    ("crashed", answer(500), (ITEM,), (), "server-error", INCONCLUSIVE),
    ("nginx without certificate", NGINX, (ITEM,), (), "asks-for-certificate", REFUSED),
    ("denied", answer(403), (ITEM,), (), "denial-status", REFUSED),
    ("to the login", answer(302, location="/login"), (ITEM,), (), "login-redirect", REFUSED),
    ("a slash at the end", MOVED, (ITEM,), (), "own-path", INCONCLUSIVE),
    ("hidden", MISSING, (ITEM,), (MISSING,), "open-error", REFUSED),
    ("bad values", INVALID, (ITEM,), (), "open-error", REFUSED),
    ("an error object", ERROR, (ITEM,), (), "open-failure", REFUSED),
    ("a login form", LOGIN, (ITEM,), (), "open-failure", REFUSED),
    ("the same", ITEM, (OTHER_ITEM,), (), "open-alike", ADMITTED),
    ("everything alike", PAGE, (PAGE,), (PAGE,), "open-alike", ADMITTED),
    (
        "redirected to the login like every caller",
        answer(302, location="/login"),
        (answer(302, location="/login"),),
        (),
        "open-redirect-alike",
        ADMITTED,
    ),
    ("sent elsewhere", ELSEWHERE, (ITEM,), (), "open-redirected", INCONCLUSIVE),
    ("another kind", PAGE, (ITEM,), (), "open-other-kind", INCONCLUSIVE),
    ("nothing", answer(204), (ITEM,), (), "open-other-kind", INCONCLUSIVE),
    ("other data", ELSE, (ITEM,), (), "reached", ADMITTED),
    ("invalid values for every caller", INVALID, (INVALID,), (MISSING,), "unsuitable-values", ADMITTED),
    ("an error where no caller is admitted", ERROR, (), (), "failure", INCONCLUSIVE),
    ("no caller to compare with", ITEM, (), (), "reached", ADMITTED),
    ("a WebSocket", SWITCHED, (SWITCHED,), (), "open-alike", ADMITTED),
    ("a WebSocket that is closed", CLOSED, (SWITCHED,), (), "closed", REFUSED),
    ("a WebSocket that breaks off", BROKEN, (SWITCHED,), (), "closed-for-trouble", INCONCLUSIVE),
]


def row_of(case: Comparison, table: tuple[Row, ...]) -> str:
    """Return the name of the row that decides."""
    return next(row.name for row in table if row.when(case))


@pytest.mark.parametrize(
    ("seen", "unknown", "row", "outcome"), [c[1:] for c in CONTROL_CASES], ids=[c[0] for c in CONTROL_CASES]
)
def test_the_answer_to_a_control_is_classified_by_the_first_matching_row(
    seen: HttpFacts, unknown: tuple[HttpFacts, ...], row: str, outcome: Outcome
) -> None:
    """An identity that must be admitted."""
    case = Comparison(answer=seen, request=ITEM_1, unknown=unknown)
    assert (row_of(case, CONTROL), classify_answer(case, CONTROL).outcome) == (row, outcome)


@pytest.mark.parametrize(
    ("seen", "good", "unknown", "row", "outcome"),
    [c[1:] for c in COMPARED_CASES],
    ids=[c[0] for c in COMPARED_CASES],
)
def test_the_answer_to_another_caller_is_compared_with_the_controls(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...], row: str, outcome: Outcome
) -> None:
    """And with the answers of unknown paths."""
    case = Comparison(answer=seen, request=ITEM_1, admitted=good, unknown=unknown)
    assert (row_of(case, COMPARED), classify_answer(case, COMPARED).outcome) == (row, outcome)


@pytest.mark.parametrize(
    ("seen", "good", "unknown", "row", "outcome"), [c[1:] for c in OPEN_CASES], ids=[c[0] for c in OPEN_CASES]
)
def test_the_answer_to_an_anonymous_client_of_an_open_operation(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...], row: str, outcome: Outcome
) -> None:
    """It should be the answer that valid certificates get."""
    case = Comparison(answer=seen, request=ITEM_1, admitted=good, unknown=unknown)
    assert (row_of(case, OPEN), classify_answer(case, OPEN).outcome) == (row, outcome)


OF_THE_RUN = frozenset(
    {
        "has-the-data",
        "some-data",
        "refusal-with-data",
        "perhaps-the-site",
        "fails-as-a-denial",
        "fits-denial",
        "one-denial",
        "denial-without-data",
        "more-than-a-denial",
        "denial-status",
        "redirect-with-a-body",
        "like-valid-but-constant",
        "like-valid-with-its-values",
        "too-early",
        "traces",
        "as-absent",
    }
) | {"like-valid-other-values", "like-valid-unrefused"}
"""Rows that need values learned from other answers: tests/classify/test_learned.py."""
OF_HEADS = frozenset(
    {
        "expectation-failed",
        "head-answered",
        "head-error",
        "head-like-unknown",
        "head-undecided",
        "open-head-error",
    }
)
"""Rows that read the answer to a head alone: tests/checks/test_heads.py."""
FOLLOWED = frozenset({"own-url", "redirected-alike", *(row.name for row in REDIRECTED)})
"""Rows about redirects that are followed: tests/checks/test_redirects.py."""


def test_every_row_has_a_case() -> None:
    """A row without a case is dead or untested; rows of a single caller occur in two tables."""
    alone = {row.name for row in CONTROL} - {"refused-unlike-anonymous"} - OF_HEADS - FOLLOWED
    assert {case[3] for case in CONTROL_CASES} == alone
    untested = OF_THE_RUN | OF_HEADS | FOLLOWED
    assert {case[4] for case in COMPARED_CASES} == {row.name for row in COMPARED} - untested
    assert {case[4] for case in OPEN_CASES} >= {row.name for row in OPEN[:OPEN_ALONE]} - untested


def test_the_page_of_an_operation_for_logins_is_its_own() -> None:
    """It is what the operation has for everybody; on any other path it is a refusal."""
    case = Comparison(answer=LOGIN, request=Request(method="GET", target="/app/login?next=%2Fapp"))
    assert classify_answer(case, CONTROL).outcome is ADMITTED
    assert classify_answer(replace(case, request=ITEM_1), CONTROL).outcome is REFUSED


@pytest.mark.parametrize(
    ("seen", "anonymous", "outcome"),
    [
        (answer(302, location="https://idp.test/oauth2/consent"), (answer(401),), INCONCLUSIVE),
        (answer(302, location="/login"), (answer(302, location="/login"),), REFUSED),
        (answer(302, location="/login"), (), REFUSED),
        (answer(400, "parameter certificate is required"), (answer(401),), INCONCLUSIVE),
        (LOGIN, (answer(401),), INCONCLUSIVE),
        (LOGIN, (LOGIN,), REFUSED),
        (NGINX, (NGINX,), REFUSED),
        (answer(403), (answer(401),), REFUSED),
    ],
)
def test_a_refusal_that_is_no_refusal_of_a_valid_certificate(
    seen: HttpFacts, anonymous: tuple[HttpFacts, ...], outcome: Outcome
) -> None:
    """The operation authorizes by itself, or it is about certificates; anonymous clients get another answer."""
    case = Comparison(answer=seen, request=ITEM_1, anonymous=anonymous)
    assert classify_answer(case, CONTROL).outcome is outcome


def test_an_answer_that_a_valid_certificate_got_at_another_time_is_no_refusal() -> None:
    """The resource was created, changed or deleted in between."""
    gone = answer(404, '{"error": "gone"}')
    late = Comparison(answer=gone, request=ITEM_1, admitted=(answer(204),), not_admitted=(gone,))
    kept_out = Comparison(
        answer=MISSING, request=ITEM_1, admitted=(answer(204),), not_admitted=(gone,), unknown=(MISSING,)
    )
    readings = [classify_answer(case, COMPARED) for case in (late, kept_out)]
    assert [classification.outcome for classification in readings] == [INCONCLUSIVE, REFUSED]
    assert readings[0].obstacle is Obstacle.ONCE


def test_an_open_operation_with_one_answer_for_all_is_admitted() -> None:
    """A layer answers OPTIONS for every path, also with valid certificates."""
    case = Comparison(answer=answer(204), request=ITEM_1, not_admitted=(answer(204),), unknown=(answer(204),))
    assert classify_answer(case, OPEN).outcome is ADMITTED


def test_early_data_is_refused_as_too_early() -> None:
    """A repetition after the handshake may be admitted; the early data was not (RFC 8470 §5.2)."""
    case = Comparison(answer=answer(425), request=ITEM_1, admitted=(ITEM,), early_data=True)
    assert classify_answer(case, COMPARED).outcome is REFUSED


@pytest.mark.parametrize(
    ("location", "target", "outcome"),
    [
        ("/login", "/items", REFUSED),
        ("/accounts/logIn/?next=/items", "/items", REFUSED),
        ("/users/sign_in", "/items", REFUSED),
        ("/auth/realms/x", "/items", REFUSED),
        ("https://login.test/", "/items", REFUSED),
        ("https://idp.test/authorize?client_id=1", "/items", REFUSED),
        ("/session/new", "/items", REFUSED),
        ("/sso", "/items", REFUSED),
        ("/auth/session/new", "/items", REFUSED),
        ("/oauth2/start?rd=/items", "/items", REFUSED),
        ("https://api.test/#/login", "/items", REFUSED),
        ("/doLogin.jsp", "/items", REFUSED),
        ("https://auth.test/", "/items", REFUSED),
        ("/signin-oauth2", "/items", REFUSED),
        ("/sessions/42", "/current", ADMITTED),
        ("/session", "/current", ADMITTED),
        ("/items/7?session=1&next=/login", "/latest", ADMITTED),
        ("/signings/3", "/latest", ADMITTED),
        ("/blogindex", "/latest", ADMITTED),
        ("/authorizations/7", "/latest", ADMITTED),
        ("/authors/1", "/writers/1", ADMITTED),
        ("/author", "/writer", ADMITTED),
        ("/lessons/3", "/latest", ADMITTED),
        ("/sessions/", "/sessions", INCONCLUSIVE),
        ("https://a.test/login", "/login", INCONCLUSIVE),
        ("/login?next=/login", "/login", INCONCLUSIVE),
        ("/welcome", "/items", ADMITTED),
        ("", "/items", ADMITTED),
    ],
)
def test_redirects_to_a_login_are_recognised(location: str, target: str, outcome: Outcome) -> None:
    """By the path of the target; another spelling of the same path is no login, whatever its name."""
    case = Comparison(answer=answer(302, location=location), request=Request(method="GET", target=target))
    assert classify_answer(case, CONTROL).outcome is outcome


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (answer(403), "HTTP 403"),
        (answer(302, location="/login?{status}{x}"), "redirected to /login?{status}{x}"),
        (answer(302, location="/login/" + "x" * 500), "redirected to /login/" + "x" * 112 + "…"),
    ],
)
def test_the_reason_quotes_the_answer(seen: HttpFacts, reason: str) -> None:
    """Unchanged, up to a limit."""
    assert classify_answer(Comparison(answer=seen), CONTROL).reason == reason


@pytest.mark.parametrize(
    ("seen", "certificate", "confidence"),
    [
        (NGINX, True, Confidence.HIGH),
        (answer(403), False, Confidence.HIGH),
        (INVALID, False, Confidence.LOW),
        (ITEM, False, Confidence.HIGH),
    ],
)
def test_a_classification_carries_cause_and_confidence(
    seen: HttpFacts,
    certificate: bool,  # noqa: FBT001 - a column of the table
    confidence: Confidence,
) -> None:
    """Whether the certificate is named as the cause, and how certain that is."""
    classification = classify_answer(Comparison(answer=seen), CONTROL)
    assert (classification.certificate, classification.confidence) == (certificate, confidence)


def test_a_learned_denial_may_name_the_certificate() -> None:
    """Whichever row it meets, the answer says why it refuses."""
    row = Row(name="denial", when=always, outcome=REFUSED, reason="HTTP {status}")
    named, other = (row.classify(Comparison(answer=each)) for each in (NGINX, answer(400)))
    assert (named.certificate, named.reason) == (True, "HTTP 400; it asks for a client certificate")
    assert (other.certificate, other.reason) == (False, "HTTP 400")


answers = st.builds(
    answer,
    st.sampled_from(
        [200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 408, 421, 422, 425, 429, 495, 500, 511]
    ),
    st.sampled_from(
        ["", '{"id": 1}', '{"error": "x"}', "<html><input type=password>", "ssl certificate", "x"]
    ),
    location=st.sampled_from(["", "/login", "/items/1/", "/x"]),
)
several = st.lists(answers, max_size=3).map(tuple)


@given(seen=answers, good=several, unknown=several)
def test_an_error_or_a_shared_answer_is_never_an_admission(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...]
) -> None:
    """Nor is an answer without a control."""
    classification = classify_answer(
        Comparison(answer=seen, request=ITEM_1, admitted=good, unknown=unknown), COMPARED
    )
    if classification.outcome is ADMITTED:
        assert any(other.status == seen.status or 200 <= other.status < 300 for other in good)
        assert 200 <= seen.status < 400 or seen.body_sha256 in {other.body_sha256 for other in good}
        assert seen not in unknown


@given(seen=answers, good=several, unknown=several)
def test_the_order_of_the_controls_does_not_matter(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...]
) -> None:
    """Nor does a repeated control."""
    one = classify_answer(Comparison(answer=seen, admitted=good, unknown=unknown), COMPARED)
    assert (
        classify_answer(
            Comparison(answer=seen, admitted=(*good[::-1], *good), unknown=unknown[::-1]), COMPARED
        )
        == one
    )
