"""Each odd server behaves as its truth states, as seen by a client that shares no code with specdrift."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import case_named
from tests.servers.client import Answer, client_context, get

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

ANONYMOUS, ALICE, SELF_SIGNED = None, "alice", "self_signed"

ANSWERS = (
    ("odd-spa", "/nowhere", ANONYMOUS, 200),
    ("odd-spa", "/secure", ANONYMOUS, 401),
    ("odd-spa-hides-guard", "/secure", ANONYMOUS, 200),
    ("odd-spa-with-metrics", "/metrics", ANONYMOUS, 200),
    ("odd-login-page", "/secure", ANONYMOUS, 200),
    ("odd-login-page", "/nowhere", ANONYMOUS, 404),
    ("odd-redirects-to-login", "/secure", ANONYMOUS, 302),
    ("odd-denies-with-404", "/secure", ANONYMOUS, 404),
    ("odd-denies-with-200", "/secure", ANONYMOUS, 200),
    ("odd-soft-404", "/nowhere", ALICE, 200),
    ("odd-refuses-unknown-paths", "/nowhere", ANONYMOUS, 401),
    ("odd-refuses-unknown-paths", "/nowhere", ALICE, 404),
    ("odd-refuses-everyone", "/public", ALICE, 401),
    ("odd-crashes-without-certificate", "/secure", ANONYMOUS, 500),
    ("odd-validates-first", "/search", ANONYMOUS, 400),
    ("odd-validates-first", "/search?limit=10", ANONYMOUS, 401),
    ("odd-validates-first", "/lookup?code=1", ALICE, 400),
    ("odd-whoami", "/whoami", ANONYMOUS, 200),
    ("odd-empty-store", "/items/7", ANONYMOUS, 401),
    ("odd-empty-store", "/items/7", ALICE, 404),
    ("odd-resets-without-certificate", "/secure", ANONYMOUS, 0),
    ("odd-resets-without-certificate", "/secure", ALICE, 200),
    ("odd-endless-body", "/items/7", ALICE, 200),
    ("odd-giant-headers", "/items/7", ALICE, 0),
    ("odd-busy-with-items", "/items/7", ALICE, 429),
    ("odd-silent", "/secure", ANONYMOUS, 0),
    ("odd-silent", "/secure", SELF_SIGNED, 0),
)
"""Case, path, caller, and the status of the answer; 0 where there is none."""


@pytest.mark.parametrize(("name", "path", "caller", "status"), ANSWERS)
def test_an_odd_server_gives_its_unusual_answer(
    name: str, path: str, caller: str | None, status: int, pki: TestPki, tmp_path: Path
) -> None:
    """The request that distinguishes the server."""
    with case_named(name).start(pki, tmp_path) as server:
        assert get(server.base_url, path, context_of(caller, pki)).status == status


@pytest.mark.parametrize(
    ("name", "path", "caller"),
    [
        ("odd-tarpit", "/public", ALICE),
        ("odd-tarpit-for-items", "/items/7", ALICE),
        ("odd-tarpit-without-certificate", "/secure", ANONYMOUS),
    ],
)
def test_a_tarpit_accepts_the_request_and_never_answers(
    name: str, path: str, caller: str | None, pki: TestPki, tmp_path: Path
) -> None:
    """The client gives up; the server did not close."""
    with case_named(name).start(pki, tmp_path) as server:
        answer = get(server.base_url, path, context_of(caller, pki), timeout=0.3)
    assert answer == Answer(status=0, error="TimeoutError('The read operation timed out')")


def test_a_silent_server_closes_without_an_alert(pki: TestPki, tmp_path: Path) -> None:
    """Neither version of TLS has a reason."""
    with case_named("odd-silent").start(pki, tmp_path) as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(pki, version, pki.self_signed)
            assert "ALERT" not in get(server.base_url, "/secure", context).error


def test_one_connection_of_four_is_unguarded(pki: TestPki, tmp_path: Path) -> None:
    """At the rate that its truth states."""
    with case_named("odd-one-of-four-open").start(pki, tmp_path) as server:
        context = context_of(ANONYMOUS, pki)
        statuses = [get(server.base_url, "/secure", context).status for _ in range(8)]
    assert statuses == [401, 401, 401, 200] * 2


def test_eight_refusals_lock_every_caller_out(pki: TestPki, tmp_path: Path) -> None:
    """The valid certificate and the open path are refused as well."""
    with case_named("odd-lockout").start(pki, tmp_path) as server:
        anonymous, alice = context_of(ANONYMOUS, pki), context_of(ALICE, pki)
        refusals = [get(server.base_url, "/secure", anonymous).status for _ in range(8)]
        after = [get(server.base_url, path, alice).status for path in ("/secure", "/public")]
    assert (refusals, after) == ([401] * 8, [403, 403])


def test_no_two_answers_are_equal(pki: TestPki, tmp_path: Path) -> None:
    """The members are equal, the bytes are not."""
    with case_named("odd-changing-answers").start(pki, tmp_path) as server:
        answers = [get(server.base_url, "/public", context_of(ALICE, pki)) for _ in range(4)]
    assert len({answer.sha256 for answer in answers}) == 4
    assert len({answer.keys for answer in answers}) == 1


def test_a_session_cookie_admits_an_anonymous_client(pki: TestPki, tmp_path: Path) -> None:
    """Only a checker that sends cookies of another caller is misled."""
    with case_named("odd-session-cookie").start(pki, tmp_path) as server:
        anonymous = context_of(ANONYMOUS, pki)
        carried = get(server.base_url, "/secure", anonymous, cookie="session=known")
        without = get(server.base_url, "/secure", anonymous)
    assert (carried.status, without.status) == (200, 401)


def context_of(caller: str | None, pki: TestPki) -> ssl.SSLContext:
    """Create a TLS 1.3 context with a certificate of the PKI, or none."""
    return client_context(pki, ssl.TLSVersion.TLSv1_3, getattr(pki, caller) if caller else None)
