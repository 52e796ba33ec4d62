"""What is read of an answer: all that is HTTP, never more than is useful, and nothing that can end a run."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from specdrift.crawler.http import sans_io
from specdrift.crawler.http.sans_io import MAX_BODY
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Request
from tests.crawler.asking import NETWORK, Client, endpoint_of, probe_of
from tests.crawler.peers import OK, Visit, answering, closing_after, server_context, serving
from tests.servers.pki import TestPki

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_the_facts_of_a_response(client: Client, pki: TestPki) -> None:
    """Status, version, headers in wire order with lower-case names, the body's digest, start and length."""
    answer = b'HTTP/1.1 201 Created\r\nX-B: 2\r\nx-a: \xe4\r\nX-B: 3\r\nContent-Length: 9\r\n\r\n{"id":"x"}'
    with serving(answering(answer[:-1]), server_context(pki)) as peer:
        http = client.one(probe_of(peer)).http
    assert http is not None
    assert (http.status, http.http_version) == (201, "HTTP/1.1")
    assert http.headers == (("x-b", "2"), ("x-a", "ä"), ("x-b", "3"), ("content-length", "9"))
    assert http.header("x-b") == "2"
    assert (http.body_excerpt, http.length, http.truncated) == ('{"id":"x"', 9, False)
    assert http.body_sha256 == hashlib.sha256(b'{"id":"x"').hexdigest()


def test_an_excerpt_has_at_most_two_thousand_characters_and_survives_any_bytes(
    client: Client, pki: TestPki
) -> None:
    """Undecodable bytes are replaced; the digest is that of the bytes themselves."""
    body = b"\xff\x00\xc3\xa4" * 2500
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(answering(head + body), server_context(pki)) as peer:
        http = client.one(probe_of(peer)).http
    assert http is not None
    assert (len(http.body_excerpt), http.body_excerpt[:3], http.length) == (2000, "\ufffd\0ä", 10_000)
    assert http.body_sha256 == hashlib.sha256(body).hexdigest()


def endless(visit: Visit) -> None:
    """A body without end, as fast as it goes."""
    visit.request()
    visit.say(CHUNKED)
    for _ in range(2048):
        visit.say(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def test_an_endless_body_is_cut_and_its_connection_closed(client: Client, pki: TestPki) -> None:
    """What comes after the first 256 KiB tells nothing new."""
    with serving(endless, server_context(pki)) as peer:
        first, second = client.ask(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    for seen in (first, second):
        assert seen.ending is Ending.RESPONSE
        assert seen.http is not None
        assert (seen.http.length, seen.http.truncated, seen.reused_connection) == (MAX_BODY, True, False)
    assert len(peer.visits) == 2


def event_stream(visit: Visit) -> None:
    """One event, and then silence for as long as anybody listens."""
    visit.request()
    visit.say(CHUNKED + b"7\r\nhello\r\n\r\n")
    visit.drain()


def test_an_event_stream_is_an_answer(client: Client, pki: TestPki, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head came whole: the body is not waited for to the end of the world."""
    monkeypatch.setattr(sans_io, "MAX_BODY_S", 0.2)
    with serving(event_stream, server_context(pki)) as peer:
        seen = client.one(probe_of(peer))
    assert seen.ending is Ending.RESPONSE
    assert seen.http is not None
    assert (seen.http.status, seen.http.body_excerpt, seen.http.truncated) == (200, "hello\r\n", True)


def test_an_event_stream_is_an_answer_even_when_time_is_short(client: Client, pki: TestPki) -> None:
    """A deadline shorter than the wait for a body must not turn a whole head into "no answer"."""
    with serving(event_stream, server_context(pki)) as peer:
        seen = client.one(probe_of(peer), replace(NETWORK, timeout=0.6))
    assert seen.ending is Ending.RESPONSE
    assert seen.http is not None
    assert (seen.http.status, seen.http.body_excerpt, seen.http.truncated) == (200, "hello\r\n", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"not a chunk\r\n",
    ],
)
def test_a_body_that_breaks_off_is_still_an_answer(client: Client, pki: TestPki, answer: bytes) -> None:
    """The status is there, and the part that came."""
    with serving(closing_after(answer), server_context(pki)) as peer:
        seen = client.one(probe_of(peer))
    assert seen.ending is Ending.RESPONSE
    assert seen.http is not None
    assert (seen.http.status, seen.http.truncated, seen.attempts) == (200, True, 1)


def test_http_1_0_ends_with_the_connection(client: Client, pki: TestPki) -> None:
    """No length, no close_notify: the end of the connection is the end of the body."""
    answer = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
    with serving(closing_after(answer), server_context(pki)) as peer:
        one, two = client.ask(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    for seen in (one, two):
        assert seen.http is not None
        assert (seen.http.status, seen.http.http_version) == (200, "HTTP/1.0")
        assert (seen.http.body_excerpt, seen.reused_connection, seen.attempts) == ("hello", False, 1)


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_informational_responses_are_passed_over(client: Client, pki: TestPki, status: bytes) -> None:
    """The answer is the one that comes after them (RFC 9110 §15.2)."""
    early = b"HTTP/1.1 " + status + b"\r\nLink: </style.css>; rel=preload\r\n\r\n"
    with serving(answering(early + early + OK), server_context(pki)) as peer:
        one, two = client.ask(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    assert [seen.http and seen.http.status for seen in (one, two)] == [200, 200]
    assert two.reused_connection


def test_a_response_to_head_has_no_body(client: Client, pki: TestPki) -> None:
    """Its Content-Length announces a body that never comes."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with serving(answering(answer), server_context(pki)) as peer:
        seen = client.one(probe_of(peer, Request(method="HEAD", target="/")))
    assert seen.http is not None
    assert (seen.http.length, seen.http.truncated) == (0, False)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00" * 100,
        b"HTTP/9.9 what\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n",
        b"HTTP/1.1 000 Zero\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX-Giant: " + b"a" * 2**20 + b"\r\n\r\n",
    ],
    ids=["ssh", "nul", "version", "colon", "status", "switching", "lengths", "giant"],
)
def test_what_is_no_http_is_no_answer(client: Client, pki: TestPki, answer: bytes) -> None:
    """Neither admitted nor refused."""
    with serving(closing_after(answer), server_context(pki)) as peer:
        seen = client.one(probe_of(peer))
    assert (seen.ending, seen.phase, seen.http) == (Ending.NOT_HTTP, WirePhase.RESPONSE, None)
    assert (seen.attempts, bool(seen.detail)) == (1, True)


@pytest.mark.parametrize("end", [Visit.reset, Visit.drain, Visit.leave])
def test_half_a_head_is_no_answer_and_no_refusal(
    client: Client, pki: TestPki, end: Callable[[Visit], None]
) -> None:
    """A server that dies while it answers has not objected to the certificate, however its end looks."""

    def script(visit: Visit) -> None:
        visit.request()
        visit.say(b"HTTP/1.1 200 OK\r\nContent-")
        time.sleep(0.05)
        end(visit)

    with serving(script, server_context(pki)) as peer:
        seen = client.one(probe_of(peer), replace(NETWORK, timeout=0.5))
    assert seen.ending in (Ending.NOT_HTTP, Ending.TIMEOUT)
    assert seen.phase is WirePhase.RESPONSE


@pytest.mark.parametrize(
    "location",
    [b"http://[", b"https://exa mple/", b"//", b"\xff\xfe", b"http://a:99999999/", b"x" * 60_000, b"\x7f"],
)
def test_a_location_that_is_no_url_is_only_a_header(client: Client, pki: TestPki, location: bytes) -> None:
    """We follow no redirects, so nothing of it may matter, let alone end the run."""
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    with serving(answering(answer), server_context(pki)) as peer:
        seen = client.one(probe_of(peer))
    assert seen.http is not None
    assert (seen.http.status, seen.http.header("location")) == (302, location.decode("latin-1"))


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"zstd", b"deflate, gzip", b"made-up"])
def test_a_content_encoding_that_is_not_true_is_only_a_header(
    client: Client, pki: TestPki, encoding: bytes
) -> None:
    """The body is kept as it came."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: " + encoding + b"\r\n\r\nhello"
    with serving(answering(answer), server_context(pki)) as peer:
        http = client.one(probe_of(peer)).http
    assert http is not None
    assert (http.body_excerpt, http.length) == ("hello", 5)


def flood(visit: Visit) -> None:
    """Informational responses without end."""
    visit.request()
    for _ in range(1_000):
        visit.say(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)


def test_a_flood_does_not_stop_the_clock(client: Client, pki: TestPki) -> None:
    """Bytes that never stop coming must leave room for the deadline, and for everybody else."""
    began = time.monotonic()
    with serving(flood, server_context(pki)) as peer:
        seen = client.one(probe_of(peer), replace(NETWORK, timeout=0.4))
    assert seen.ending is Ending.TIMEOUT
    assert time.monotonic() - began < 20


def tarpit(visit: Visit) -> None:
    """Take the request, and never answer."""
    visit.request()
    visit.drain()


def test_a_tarpit_is_a_timeout(client: Client, pki: TestPki) -> None:
    """Neither admitted nor refused, and never asked again: that would take as long again."""
    with serving(tarpit, server_context(pki)) as peer:
        seen = client.one(probe_of(peer), replace(NETWORK, timeout=0.3))
    assert (seen.ending, seen.phase, seen.attempts) == (Ending.TIMEOUT, WirePhase.REQUEST, 1)
    assert seen.detail == "no answer within 0.3 s"
    assert 300 <= seen.elapsed_ms < 2000


def test_a_server_that_never_finishes_its_handshake_is_a_timeout(client: Client) -> None:
    """It takes our ClientHello and says nothing."""
    with serving(Visit.drain) as peer:
        seen = client.one(probe_of(peer), replace(NETWORK, timeout=0.3))
    assert (seen.ending, seen.phase) == (Ending.TIMEOUT, WirePhase.HANDSHAKE)
    assert (seen.tls.version, seen.tls.cipher, seen.tls.server_certificate_sha256) == ("", "", "")


def test_plain_http_where_that_is_asked_for(client: Client) -> None:
    """A further listener may speak without TLS; there are no TLS facts then."""
    with serving(answering()) as peer:
        seen = client.one(probe_of(endpoint_of(peer, tls=False)))
        silent = client.one(probe_of(endpoint_of(peer, tls=False), None))
    assert (seen.ending, seen.http and seen.http.status, seen.tls.version) == (Ending.RESPONSE, 200, "")
    assert silent.ending is Ending.SILENCE
