"""Where a response sends the client, and with which request a redirect is followed."""

from __future__ import annotations

import pytest

from specdrift.model.exchange.observation import BodyShape, HttpFacts
from specdrift.model.exchange.probe import Endpoint, Request
from specdrift.model.exchange.redirect import NotFollowed, Redirect, redirect_of
from specdrift.model.secrets import HIDDEN

ENDPOINT = Endpoint(host="api.test", port=8443, server_name="api.test", address="127.0.0.1")
GET = Request(method="GET", target="/items/7?a=1", headers=(("X-Key", "k"),))
POST = Request(
    method="POST",
    target="/items",
    headers=(("Content-Type", "application/json"), ("X-Key", "k")),
    body=b"{}",
)


def response(status: int, *headers: tuple[str, str]) -> HttpFacts:
    """An empty response with these headers."""
    return HttpFacts(
        status=status,
        http_version="HTTP/1.1",
        headers=headers,
        body_sha256="",
        body_excerpt="",
        length=0,
        truncated=False,
        shape=BodyShape(),
    )


def target(location: str, request: Request = GET, status: int = 302) -> str | NotFollowed | None:
    """The target that is requested, or why none is."""
    redirect = redirect_of(ENDPOINT, request, response(status, ("location", location)))
    assert redirect is not None
    return redirect.request.target if redirect.request else redirect.not_followed


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("/internal/7", "/internal/7"),
        ("8", "/items/8"),
        ("?b=2", "/items/7?b=2"),
        ("../x", "/x"),
        ("/x#part", "/x"),
        ("", None),
        ("https://api.test:8443/x", "/x"),
        ("https://API.TEST:8443", "/"),
        ("//api.test:8443/x", "/x"),
        ("https://user:pw@api.test:8443/x", "/x"),
        ("/ü x", "/%C3%BC%20x"),
        ("https://api.test/x", NotFollowed.OTHER_PORT),
        ("http://api.test:8443/x", NotFollowed.OTHER_PORT),
        ("https://evil.test:8443/x", NotFollowed.OTHER_HOST),
        ("//evil.test/x", NotFollowed.OTHER_HOST),
        ("https://api.test.evil.test:8443/", NotFollowed.OTHER_HOST),
        ("javascript:alert(1)", NotFollowed.OTHER_HOST),
        ("https://[/x", NotFollowed.UNREADABLE),
        ("https://api.test:99999999/", NotFollowed.UNREADABLE),
        (f"/x?token={HIDDEN}", NotFollowed.UNREADABLE),
        ("/" + "x" * 5000, NotFollowed.UNREADABLE),
    ],
)
def test_only_the_same_origin_is_followed(location: str, found: str | NotFollowed | None) -> None:
    """Never another host, scheme or port."""
    if found is None:
        assert redirect_of(ENDPOINT, GET, response(302, ("location", location))) is None
    else:
        assert target(location) == found


@pytest.mark.parametrize("status", [200, 300, 304, 401])
def test_other_statuses_are_no_redirect(status: int) -> None:
    """Whatever their Location says."""
    assert redirect_of(ENDPOINT, GET, response(status, ("location", "/x"))) is None


def test_headers_of_the_request_stay() -> None:
    """The caller stays the same: it is the same origin."""
    redirect = redirect_of(ENDPOINT, GET, response(307, ("location", "/x")))
    assert redirect == Redirect(request=Request(method="GET", target="/x", headers=GET.headers))


@pytest.mark.parametrize(
    ("status", "sent"), [(301, True), (302, True), (303, True), (307, False), (308, False)]
)
def test_a_body_is_never_sent_to_another_target(status: int, sent: bool) -> None:  # noqa: FBT001 - a case
    """A method that may change something becomes GET, or the redirect is not followed."""
    redirect = redirect_of(ENDPOINT, POST, response(status, ("location", "/done")))
    followed = Redirect(request=Request(method="GET", target="/done", headers=(("X-Key", "k"),)))
    assert redirect == (followed if sent else Redirect(not_followed=NotFollowed.UNSAFE))


def test_delete_stays_delete_unless_303() -> None:
    """Only POST becomes GET after 302."""
    delete = Request(method="DELETE", target="/items/7")
    assert target("/x", delete, 302) is NotFollowed.UNSAFE
    assert target("/x", delete, 303) == "/x"


def test_cookies_are_those_of_the_response() -> None:
    """Added to those that the operation sends; expired ones are not."""
    own = Request(method="GET", target="/items", headers=(("Cookie", "lang=fi"),))
    headers = (
        ("location", "/items"),
        ("set-cookie", "checked=1; Path=/; HttpOnly"),
        ("set-cookie", "old=; Max-Age=0"),
        ("set-cookie", "sid=a=b"),
    )
    redirect = redirect_of(ENDPOINT, own, response(302, *headers))
    assert redirect is not None
    assert redirect.request is not None
    assert redirect.request.headers == (("Cookie", "lang=fi; checked=1; sid=a=b"),)


def test_redacted_cookies_are_not_sent() -> None:
    """A resumed run has no cookie to send."""
    redirect = redirect_of(ENDPOINT, GET, response(302, ("location", "/x"), ("set-cookie", HIDDEN)))
    assert redirect == Redirect(not_followed=NotFollowed.UNREADABLE)
