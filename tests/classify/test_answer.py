"""The two tables that read an HTTP answer: one case for each row at least, and the cases in which order matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.answer import COMPARED, CONTROL, Case, Row, read_answer
from specdrift.model.observation import HttpFacts
from specdrift.model.verdict import Confidence, Outcome
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

CONTROL_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], int, Outcome]] = [
    ("busy", answer(429), (), 0, INCONCLUSIVE),
    ("busy as for everything", answer(429), (answer(429),), 0, INCONCLUSIVE),
    ("too slow", answer(408), (), 1, INCONCLUSIVE),
    ("too early", answer(425), (), 1, INCONCLUSIVE),
    ("crashed", answer(500, '{"error": "x"}'), (), 2, INCONCLUSIVE),
    ("unavailable", answer(503), (), 2, INCONCLUSIVE),
    ("not implemented", answer(501), (), 2, INCONCLUSIVE),
    ("nginx without certificate", NGINX, (), 3, REFUSED),
    ("nginx with a bad one", answer(400, "The SSL certificate error"), (), 3, REFUSED),
    ("nginx's own 495", answer(495), (), 3, REFUSED),
    ("certificate words with another status", answer(422, "client certificate required"), (), 9, ADMITTED),
    ("unauthorized", answer(401), (), 4, REFUSED),
    ("forbidden as for everything", answer(403), (answer(403),), 4, REFUSED),
    ("misdirected", answer(421), (), 4, REFUSED),
    ("login needed on the network", answer(511), (), 4, REFUSED),
    ("to the login", answer(302, location="/login?next=/items/1"), (), 5, REFUSED),
    ("to the single sign-on", answer(307, location="https://sso.test/saml2"), (), 5, REFUSED),
    (
        "to the authorisation server",
        answer(302, location="https://idp.test/oauth2/authorize"),
        (),
        5,
        REFUSED,
    ),
    ("a slash at the end", MOVED, (), 6, INCONCLUSIVE),
    ("another host", answer(308, location="https://www.test/items/1"), (), 6, INCONCLUSIVE),
    ("wrong method", answer(405), (), 7, INCONCLUSIVE),
    ("not found as for everything", MISSING, (MISSING,), 8, INCONCLUSIVE),
    ("gone as for everything", answer(410), (answer(410),), 8, INCONCLUSIVE),
    ("not found by the handler", NO_SUCH_ITEM, (MISSING,), 9, ADMITTED),
    ("bad values", INVALID, (MISSING,), 9, ADMITTED),
    ("bad request", answer(400, '{"error": "id"}'), (), 9, ADMITTED),
    ("a login page", LOGIN, (), 10, REFUSED),
    ("a login page as for everything", LOGIN, (LOGIN,), 10, REFUSED),
    ("the page that everything gets", PAGE, (PAGE,), 11, INCONCLUSIVE),
    ("the redirect that everything gets", ELSEWHERE, (ELSEWHERE,), 11, INCONCLUSIVE),
    ("an item", ITEM, (MISSING,), 12, ADMITTED),
    ("created", answer(201), (), 12, ADMITTED),
    ("a redirect to data", ELSEWHERE, (MISSING,), 12, ADMITTED),
    ("an error object", ERROR, (MISSING,), 12, ADMITTED),
]

COMPARED_CASES: list[tuple[str, HttpFacts, tuple[HttpFacts, ...], tuple[HttpFacts, ...], int, Outcome]] = [
    ("busy", answer(429), (ITEM,), (), 0, INCONCLUSIVE),
    ("too slow where the good one gets in", answer(408), (ITEM,), (), 1, INCONCLUSIVE),
    ("too early without early data", answer(425), (ITEM,), (), 1, INCONCLUSIVE),
    ("crashed", answer(502), (ITEM,), (), 2, INCONCLUSIVE),
    ("crashed alike", answer(500), (answer(500),), (), 2, INCONCLUSIVE),
    ("nginx without certificate", NGINX, (ITEM,), (), 3, REFUSED),
    ("nginx without certificate and control", NGINX, (), (), 3, REFUSED),
    ("denied without control", answer(401), (), (), 4, REFUSED),
    ("denied", answer(403), (ITEM,), (), 4, REFUSED),
    ("denied alike", answer(403), (answer(403),), (), 4, REFUSED),
    ("to the login", answer(302, location="/users/sign_in"), (ITEM,), (), 5, REFUSED),
    ("to the login without control", answer(302, location="/auth"), (), (), 5, REFUSED),
    ("no control", ITEM, (), (), 6, INCONCLUSIVE),
    ("not found, no control", MISSING, (), (MISSING,), 6, INCONCLUSIVE),
    ("hidden behind 404", MISSING, (ITEM,), (MISSING,), 7, REFUSED),
    ("bad values where the good one gets in", INVALID, (ITEM,), (), 7, REFUSED),
    ("good ones get both", INVALID, (INVALID, ITEM), (), 7, REFUSED),
    ("both bad values", INVALID, (INVALID,), (), 8, INCONCLUSIVE),
    ("an item where the good one had bad values", ITEM, (INVALID,), (), 8, INCONCLUSIVE),
    ("the same", ITEM, (OTHER_ITEM,), (MISSING,), 9, ADMITTED),
    ("the same as one of several", ITEM, (ELSE, OTHER_ITEM), (PAGE,), 9, ADMITTED),
    ("the same redirect", ELSEWHERE, (ELSEWHERE,), (), 9, ADMITTED),
    ("everything alike", PAGE, (PAGE,), (PAGE,), 10, INCONCLUSIVE),
    ("the page instead of the item", PAGE, (ITEM,), (PAGE,), 11, REFUSED),
    ("an error that unknown paths get too", ERROR, (ITEM,), (ERROR,), 11, REFUSED),
    ("sent to another thing of the kind", OTHER_THING, (THING,), (), 9, ADMITTED),
    ("sent to another place", ELSEWHERE, (THING,), (), 12, INCONCLUSIVE),
    (
        "sent to the same place for another query",
        answer(302, location="/items/7?a=1"),
        (THING,),
        (),
        9,
        ADMITTED,
    ),
    ("sent elsewhere", ELSEWHERE, (ITEM,), (), 13, REFUSED),
    ("a login form", LOGIN, (ITEM,), (), 14, REFUSED),
    ("an error object", ERROR, (ITEM,), (MISSING,), 14, REFUSED),
    ("a problem (RFC 9457)", PROBLEM, (ITEM,), (), 14, REFUSED),
    ("a problem where the good one gets a book", PROBLEM, (BOOK,), (), 14, REFUSED),
    ("an error in the good one's envelope", FAILED, (WRAPPED,), (), 15, INCONCLUSIVE),
    ("a part of the good one's data", TITLE, (BOOK,), (), 15, INCONCLUSIVE),
    ("a part of data that looks like an error", LENT, (LETTER,), (), 16, ADMITTED),
    ("the least part of it", TITLE, (LETTER,), (), 17, INCONCLUSIVE),
    ("a login form of the good one's own tags", LOGIN, (SHOP,), (), 14, REFUSED),
    ("an error where data looks like one", ERROR, (LETTER,), (), 14, REFUSED),
    ("almost the same members", DRAFT, (ITEM,), (), 16, ADMITTED),
    ("half of the members", LESS, (ITEM,), (), 17, INCONCLUSIVE),
    ("something else", ELSE, (ITEM,), (), 17, INCONCLUSIVE),
    ("another kind", PAGE, (ITEM,), (MISSING,), 17, INCONCLUSIVE),
    ("nothing", answer(204), (ITEM,), (), 17, INCONCLUSIVE),
]


def row_of(case: Case, table: tuple[Row, ...]) -> int:
    """The number of the row that decides."""
    return next(number for number, row in enumerate(table) if row.when(case))


@pytest.mark.parametrize(
    ("seen", "unknown", "row", "outcome"), [c[1:] for c in CONTROL_CASES], ids=[c[0] for c in CONTROL_CASES]
)
def test_an_identity_that_should_get_in(
    seen: HttpFacts, unknown: tuple[HttpFacts, ...], row: int, outcome: Outcome
) -> None:
    """Which row decides, and what it says."""
    case = Case(seen=seen, target="/items/1", unknown=unknown)
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
    case = Case(seen=seen, target="/items/1", good=good, unknown=unknown)
    assert (row_of(case, COMPARED), read_answer(case, COMPARED).outcome) == (row, outcome)


def test_every_row_has_a_case() -> None:
    """A row that no case hits is dead, or untested."""
    assert {case[3] for case in CONTROL_CASES} == set(range(len(CONTROL)))
    assert {case[4] for case in COMPARED_CASES} == set(range(len(COMPARED)))


def test_early_data_is_refused_as_too_early() -> None:
    """Sent again after the handshake it may get in; as early data it did not (RFC 8470 §5.2)."""
    case = Case(seen=answer(425), target="/items/1", good=(ITEM,), early_data=True)
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
    case = Case(seen=answer(302, location=location), target=target)
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
    assert read_answer(Case(seen=seen), CONTROL).reason == reason


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
    reading = read_answer(Case(seen=seen), CONTROL)
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
    reading = read_answer(Case(seen=seen, target="/items/1", good=good, unknown=unknown), COMPARED)
    if reading.outcome is ADMITTED:
        assert 200 <= seen.status < 400
        assert any(other.status == seen.status for other in good)
        assert seen not in unknown


@given(seen=answers, good=several, unknown=several)
def test_the_order_of_the_controls_does_not_matter(
    seen: HttpFacts, good: tuple[HttpFacts, ...], unknown: tuple[HttpFacts, ...]
) -> None:
    """Nor does a control that comes twice."""
    one = read_answer(Case(seen=seen, good=good, unknown=unknown), COMPARED)
    assert read_answer(Case(seen=seen, good=(*good[::-1], *good), unknown=unknown[::-1]), COMPARED) == one
