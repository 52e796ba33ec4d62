"""The three tables that read an HTTP answer: one case for each row at least, and the cases in which order matters."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.answer import COMPARED, CONTROL, OPEN, Row, read_answer
from specdrift.classify.comparison import Comparison
from specdrift.model.exchange.observation import BodyShape, HttpFacts
from specdrift.model.result.verdict import Confidence, Obstacle, Outcome
from tests.classify.exchanges import answer

ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
ITEM, OTHER_ITEM = answer(200, '{"id": 1, "name": "a"}'), answer(200, '{"id": 2, "name": "b"}')
LESS = answer(200, '{"id": 1}')
DRAFT = answer(200, '{"id": 1, "name": "a", "draft": {"of": 1}}')
ELSE = answer(200, '{"count": 3}')
ERROR = answer(200, '{"error": "no"}')
PROBLEM = answer(200, '{"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "no"}')
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
SITE_SAYS_YES, SITE_SAYS_NO = answer(200, SITE.format("Orders")), answer(200, SITE.format("Access denied"))
SITE_ANMELDUNG = answer(200, SITE.format("Anmeldung"))
OPEN_ALONE = len(OPEN) - len(CONTROL)
"""Where the rows begin that read an answer by itself."""


def head(media_type: str, length: str = "") -> HttpFacts:
    """A success without a body, and what is said of it."""
    said = (("content-type", media_type), *((("content-length", length),) if length else ()))
    return replace(answer(200), headers=said)


def picture(content: bytes) -> HttpFacts:
    """A success with a file."""
    shape = BodyShape(kind="binary", skeleton="image/png")
    digest = hashlib.sha256(content).hexdigest()
    return replace(answer(200), shape=shape, body_sha256=digest, length=len(content))


CONTROL_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], int, Outcome]] = [
    ("busy", answer(429), (), 1, INCONCLUSIVE),
    ("busy as for everything", answer(429), (answer(429),), 1, INCONCLUSIVE),
    ("too slow", answer(408), (), 2, INCONCLUSIVE),
    ("too early", answer(425), (), 2, INCONCLUSIVE),
    ("crashed", answer(500, '{"error": "x"}'), (), 3, INCONCLUSIVE),
    ("unavailable", answer(503), (), 3, INCONCLUSIVE),
    ("not implemented", answer(501), (), 3, INCONCLUSIVE),
    ("nginx without certificate", NGINX, (), 4, REFUSED),
    ("nginx with a bad one", answer(400, "The SSL certificate error"), (), 4, REFUSED),
    ("nginx's own 495", answer(495), (), 4, REFUSED),
    ("certificate words with another status", answer(422, "client certificate required"), (), 10, ADMITTED),
    ("unauthorized", answer(401), (), 5, REFUSED),
    ("forbidden as for everything", answer(403), (answer(403),), 5, REFUSED),
    ("misdirected", answer(421), (), 5, REFUSED),
    ("login needed on the network", answer(511), (), 5, REFUSED),
    ("to the login", answer(302, location="/login?next=/items/1"), (), 6, REFUSED),
    ("to the single sign-on", answer(307, location="https://sso.test/saml2"), (), 6, REFUSED),
    (
        "to the authorisation server",
        answer(302, location="https://idp.test/oauth2/authorize"),
        (),
        6,
        REFUSED,
    ),
    ("a slash at the end", MOVED, (), 7, INCONCLUSIVE),
    ("another host", answer(308, location="https://www.test/items/1"), (), 7, INCONCLUSIVE),
    ("wrong method", answer(405), (), 8, INCONCLUSIVE),
    ("not found as for everything", MISSING, (MISSING,), 9, INCONCLUSIVE),
    ("gone as for everything", answer(410), (answer(410),), 9, INCONCLUSIVE),
    ("not found by the handler", NO_SUCH_ITEM, (MISSING,), 10, ADMITTED),
    ("bad values", INVALID, (MISSING,), 10, ADMITTED),
    ("bad request", answer(400, '{"error": "id"}'), (), 10, ADMITTED),
    ("a login page", LOGIN, (), 11, REFUSED),
    ("a login page as for everything", LOGIN, (LOGIN,), 11, REFUSED),
    ("the page that everything gets", PAGE, (PAGE,), 13, INCONCLUSIVE),
    ("the redirect that everything gets", ELSEWHERE, (ELSEWHERE,), 13, INCONCLUSIVE),
    ("an item", ITEM, (MISSING,), 14, ADMITTED),
    ("created", answer(201), (), 14, ADMITTED),
    ("a redirect to data", ELSEWHERE, (MISSING,), 14, ADMITTED),
    ("an error object", ERROR, (MISSING,), 12, INCONCLUSIVE),
    ("an error object as for everything", ERROR, (ERROR,), 12, INCONCLUSIVE),
    ("what may look like an error", TITLE, (MISSING,), 14, ADMITTED),
]

COMPARED_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], tuple[HttpFacts, ...], int, Outcome]] = [
    ("busy", answer(429), (ITEM,), (), 1, INCONCLUSIVE),
    ("too slow where the good one gets in", answer(408), (ITEM,), (), 2, INCONCLUSIVE),
    ("too early without early data", answer(425), (ITEM,), (), 2, INCONCLUSIVE),
    ("crashed", answer(502), (ITEM,), (), 3, INCONCLUSIVE),
    ("crashed alike", answer(500), (answer(500),), (), 3, INCONCLUSIVE),
    ("nginx without certificate", NGINX, (ITEM,), (), 4, REFUSED),
    ("nginx without certificate and control", NGINX, (), (), 4, REFUSED),
    ("denied without control", answer(401), (), (), 5, REFUSED),
    ("denied", answer(403), (ITEM,), (), 5, REFUSED),
    ("denied alike", answer(403), (answer(403),), (), 5, REFUSED),
    ("to the login", answer(302, location="/users/sign_in"), (ITEM,), (), 6, REFUSED),
    ("to the login without control", answer(302, location="/auth"), (), (), 6, REFUSED),
    ("no control", ITEM, (), (), 7, INCONCLUSIVE),
    ("not found, no control", MISSING, (), (MISSING,), 7, INCONCLUSIVE),
    ("hidden behind 404", MISSING, (ITEM,), (MISSING,), 9, REFUSED),
    ("bad values where the good one gets in", INVALID, (ITEM,), (), 9, REFUSED),
    ("good ones get both", INVALID, (INVALID, ITEM), (), 8, INCONCLUSIVE),
    ("both bad values", INVALID, (INVALID,), (), 10, INCONCLUSIVE),
    ("an item where the good one had bad values", ITEM, (INVALID,), (), 10, INCONCLUSIVE),
    ("the same", ITEM, (OTHER_ITEM,), (MISSING,), 14, ADMITTED),
    ("the same as one of several", ITEM, (ELSE, OTHER_ITEM), (PAGE,), 14, ADMITTED),
    ("the same redirect", ELSEWHERE, (ELSEWHERE,), (), 14, ADMITTED),
    ("everything alike", PAGE, (PAGE,), (PAGE,), 15, INCONCLUSIVE),
    ("the page instead of the item", PAGE, (ITEM,), (PAGE,), 16, REFUSED),
    ("an error that unknown paths get too", ERROR, (ITEM,), (ERROR,), 12, REFUSED),
    ("sent to another thing of the kind", OTHER_THING, (THING,), (), 14, ADMITTED),
    ("sent to another place", ELSEWHERE, (THING,), (), 17, INCONCLUSIVE),
    (
        "sent to the same place for another query",
        answer(302, location="/items/7?a=1"),
        (THING,),
        (),
        14,
        ADMITTED,
    ),
    ("sent elsewhere", ELSEWHERE, (ITEM,), (), 19, REFUSED),
    ("a login form", LOGIN, (ITEM,), (), 20, REFUSED),
    ("an error object", ERROR, (ITEM,), (MISSING,), 12, REFUSED),
    ("a problem (RFC 9457)", PROBLEM, (ITEM,), (), 12, REFUSED),
    ("a problem where the good one gets a book", PROBLEM, (BOOK,), (), 12, REFUSED),
    ("an error in the good one's envelope", FAILED, (WRAPPED,), (), 12, REFUSED),
    ("a part of the good one's data", TITLE, (BOOK,), (), 21, INCONCLUSIVE),
    ("a part of data that looks like an error", LENT, (LETTER,), (), 22, ADMITTED),
    ("the least part of it", TITLE, (LETTER,), (), 23, INCONCLUSIVE),
    ("a login form of the good one's own tags", LOGIN, (SHOP,), (), 20, REFUSED),
    ("an error where data looks like one", ERROR, (LETTER,), (), 12, REFUSED),
    ("almost the same members", DRAFT, (ITEM,), (), 22, ADMITTED),
    ("half of the members", LESS, (ITEM,), (), 23, INCONCLUSIVE),
    ("something else", ELSE, (ITEM,), (), 23, INCONCLUSIVE),
    ("another kind", PAGE, (ITEM,), (MISSING,), 23, INCONCLUSIVE),
    ("nothing", answer(204), (ITEM,), (), 23, INCONCLUSIVE),
    ("refused, with what the good one gets", answer(403, LETTER.body_excerpt), (LETTER,), (), 0, ADMITTED),
    ("sent away with it", answer(302, LETTER.body_excerpt, location="/login"), (LETTER,), (), 0, ADMITTED),
    ("refused as everywhere", answer(401, LETTER.body_excerpt), (LETTER,), (LETTER,), 5, REFUSED),
    ("refused with a word that the good one gets", answer(403, "{}"), (answer(200, "{}"),), (), 5, REFUSED),
    ("limited, with it", answer(429, LETTER.body_excerpt), (LETTER,), (), 1, INCONCLUSIVE),
    ("a slash at the end", MOVED, (ITEM,), (), 18, INCONCLUSIVE),
    ("itself with a cookie", answer(302, location="/items/1?c=1"), (ITEM,), (), 18, INCONCLUSIVE),
    ("an error in the query", answer(302, location="/items/7?error=x"), (THING,), (), 12, REFUSED),
    ("a page of the site that says no", SITE_SAYS_NO, (SITE_SAYS_YES,), (), 12, REFUSED),
    ("another page of the site", SITE_ANMELDUNG, (SITE_SAYS_YES,), (), 23, INCONCLUSIVE),
    ("the vocabulary of a fault", FAULT, (FAULTLESS,), (), 11, INCONCLUSIVE),
    ("the same elements", XML, (OTHER_XML,), (), 14, ADMITTED),
    ("more elements", OTHER_XML, (FAULTLESS,), (), 23, INCONCLUSIVE),
    ("an envelope that says no", answer(200, '{"code": 7, "success": false}'), (WRAPPED,), (), 12, REFUSED),
    ("the same through a proxy", answer(203, ITEM.body_excerpt), (ITEM,), (), 22, ADMITTED),
    (
        "no body, and nothing said of it",
        head("application/json"),
        (head("application/json"),),
        (),
        13,
        ADMITTED,
    ),
    ("no body of the same length", head("a/b", "7"), (head("a/b", "7"),), (), 14, ADMITTED),
    ("no body of another length", head("a/b", "7"), (head("a/b", "9"),), (), 23, INCONCLUSIVE),
    ("no body of another type", head("a/b", "7"), (head("a/c", "7"),), (), 23, INCONCLUSIVE),
    ("the same file", picture(b"p" * 4000), (picture(b"p" * 4000),), (), 14, ADMITTED),
    ("a file of about the length", picture(b"p" * 4000), (picture(b"q" * 4100),), (), 22, ADMITTED),
    ("a placeholder", picture(b"p" * 400), (picture(b"q" * 400),), (), 23, INCONCLUSIVE),
]

OPEN_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], tuple[HttpFacts, ...], int, Outcome]] = [
    ("busy", answer(429), (ITEM,), (), 2, INCONCLUSIVE),
    ("too slow", answer(408), (ITEM,), (), 3, INCONCLUSIVE),
    ("crashed", answer(500), (ITEM,), (), 4, INCONCLUSIVE),
    ("nginx without certificate", NGINX, (ITEM,), (), 5, REFUSED),
    ("denied", answer(403), (ITEM,), (), 6, REFUSED),
    ("to the login", answer(302, location="/login"), (ITEM,), (), 7, REFUSED),
    ("a slash at the end", MOVED, (ITEM,), (), 0, INCONCLUSIVE),
    ("hidden", MISSING, (ITEM,), (MISSING,), 8, REFUSED),
    ("bad values", INVALID, (ITEM,), (), 8, REFUSED),
    ("an error object", ERROR, (ITEM,), (), 9, REFUSED),
    ("a login form", LOGIN, (ITEM,), (), 9, REFUSED),
    ("the same", ITEM, (OTHER_ITEM,), (), 10, ADMITTED),
    ("everything alike", PAGE, (PAGE,), (PAGE,), 10, ADMITTED),
    (
        "to the login like everybody",
        answer(302, location="/login"),
        (answer(302, location="/login"),),
        (),
        1,
        ADMITTED,
    ),
    ("sent elsewhere", ELSEWHERE, (ITEM,), (), 11, INCONCLUSIVE),
    ("another kind", PAGE, (ITEM,), (), 12, INCONCLUSIVE),
    ("nothing", answer(204), (ITEM,), (), 12, INCONCLUSIVE),
    ("other data", ELSE, (ITEM,), (), OPEN_ALONE + 14, ADMITTED),
    ("bad values for everybody", INVALID, (INVALID,), (MISSING,), OPEN_ALONE + 10, ADMITTED),
    ("an error where nobody gets in", ERROR, (), (), OPEN_ALONE + 12, INCONCLUSIVE),
    ("nobody to compare", ITEM, (), (), OPEN_ALONE + 14, ADMITTED),
]


def row_of(case: Comparison, table: tuple[Row, ...]) -> int:
    """The number of the row that decides."""
    return next(number for number, row in enumerate(table) if row.when(case))


@pytest.mark.parametrize(
    ("seen", "unknown", "row", "outcome"), [c[1:] for c in CONTROL_CASES], ids=[c[0] for c in CONTROL_CASES]
)
def test_an_identity_that_should_get_in(
    seen: HttpFacts, unknown: tuple[HttpFacts, ...], row: int, outcome: Outcome
) -> None:
    """Which row decides, and what it says."""
    case = Comparison(seen=seen, target="/items/1", unknown=unknown)
    assert (row_of(case, CONTROL), read_answer(case, CONTROL).outcome) == (row, outcome)


@pytest.mark.parametrize(
    ("seen", "good", "unknown", "row", "outcome"),
    [c[1:] for c in COMPARED_CASES],
    ids=[c[0] for c in COMPARED_CASES],
)
def test_anybody_else(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...], row: int, outcome: Outcome
) -> None:
    """Beside what a good identity gets, and beside what is not there."""
    case = Comparison(seen=seen, target="/items/1", good=good, unknown=unknown)
    assert (row_of(case, COMPARED), read_answer(case, COMPARED).outcome) == (row, outcome)


@pytest.mark.parametrize(
    ("seen", "good", "unknown", "row", "outcome"), [c[1:] for c in OPEN_CASES], ids=[c[0] for c in OPEN_CASES]
)
def test_a_caller_whom_the_document_lets_in(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...], row: int, outcome: Outcome
) -> None:
    """Without a certificate it should get what those with a good one get."""
    case = Comparison(seen=seen, target="/items/1", good=good, unknown=unknown)
    assert (row_of(case, OPEN), read_answer(case, OPEN).outcome) == (row, outcome)


def test_every_row_has_a_case() -> None:
    """A row that no case hits is dead, or untested; those of a single caller stand in two tables."""
    assert {case[3] for case in CONTROL_CASES} == set(range(1, len(CONTROL)))
    assert {case[4] for case in COMPARED_CASES} == set(range(len(COMPARED)))
    assert {case[4] for case in OPEN_CASES} > set(range(OPEN_ALONE))


@pytest.mark.parametrize(
    ("seen", "strangers", "outcome"),
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
def test_what_only_looks_like_a_refusal_of_a_good_certificate(
    seen: HttpFacts, strangers: tuple[HttpFacts, ...], outcome: Outcome
) -> None:
    """An operation that authorizes, or one about certificates, answers so by itself; strangers are told otherwise."""
    case = Comparison(seen=seen, target="/items/1", strangers=strangers)
    assert read_answer(case, CONTROL).outcome is outcome


def test_what_a_good_certificate_gets_at_another_time_refuses_nobody() -> None:
    """It was created, taken or deleted by then: the stranger may only have come too late."""
    gone = answer(404, '{"error": "gone"}')
    late = Comparison(seen=gone, target="/items/1", good=(answer(204),), others=(gone,))
    kept_out = Comparison(seen=MISSING, target="/items/1", good=(answer(204),), others=(gone,))
    readings = [read_answer(case, COMPARED) for case in (late, kept_out)]
    assert [reading.outcome for reading in readings] == [INCONCLUSIVE, REFUSED]
    assert readings[0].obstacle is Obstacle.ONCE


def test_an_open_operation_that_everybody_gets_alike_is_open() -> None:
    """OPTIONS that a layer answers for every path, and so for good certificates too."""
    case = Comparison(seen=answer(204), target="/items/1", others=(answer(204),), unknown=(answer(204),))
    assert read_answer(case, OPEN).outcome is ADMITTED


def test_early_data_is_refused_as_too_early() -> None:
    """Sent again after the handshake it may get in; as early data it did not (RFC 8470 §5.2)."""
    case = Comparison(seen=answer(425), target="/items/1", good=(ITEM,), early_data=True)
    assert read_answer(case, COMPARED).outcome is REFUSED


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
def test_which_redirects_lead_to_a_login(location: str, target: str, outcome: Outcome) -> None:
    """By the place they name; a path that is only spelled another way is no login, whatever its name."""
    case = Comparison(seen=answer(302, location=location), target=target)
    assert read_answer(case, CONTROL).outcome is outcome


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (answer(403), "HTTP 403"),
        (answer(302, location="/login?{status}{x}"), "redirected to /login?{status}{x}"),
        (answer(302, location="/login/" + "x" * 500), "redirected to /login/" + "x" * 113),
    ],
)
def test_the_reason_quotes_the_answer(seen: HttpFacts, reason: str) -> None:
    """As it is, and not for ever."""
    assert read_answer(Comparison(seen=seen), CONTROL).reason == reason


@pytest.mark.parametrize(
    ("seen", "certificate", "confidence"),
    [
        (NGINX, True, Confidence.HIGH),
        (answer(403), False, Confidence.HIGH),
        (INVALID, False, Confidence.LOW),
        (ITEM, False, Confidence.HIGH),
    ],
)
def test_what_a_reading_carries(seen: HttpFacts, certificate: bool, confidence: Confidence) -> None:  # noqa: FBT001
    """Whether the certificate was named as the cause, and how sure we are."""
    reading = read_answer(Comparison(seen=seen), CONTROL)
    assert (reading.certificate, reading.confidence) == (certificate, confidence)


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
def test_nobody_is_admitted_by_an_answer_that_refuses_or_that_everybody_gets(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...]
) -> None:
    """For anybody who is compared: no error and no denial is an admission, nor is an answer without a control."""
    reading = read_answer(Comparison(seen=seen, target="/items/1", good=good, unknown=unknown), COMPARED)
    if reading.outcome is ADMITTED:
        assert any(other.status == seen.status or 200 <= other.status < 300 for other in good)
        assert 200 <= seen.status < 400 or seen.body_sha256 in {other.body_sha256 for other in good}
        assert seen not in unknown


@given(seen=answers, good=several, unknown=several)
def test_the_order_of_the_controls_does_not_matter(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...]
) -> None:
    """Nor does a control that comes twice."""
    one = read_answer(Comparison(seen=seen, good=good, unknown=unknown), COMPARED)
    assert (
        read_answer(Comparison(seen=seen, good=(*good[::-1], *good), unknown=unknown[::-1]), COMPARED) == one
    )
