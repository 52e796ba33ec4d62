"""Reading of answers: every HTTP answer, up to the limits, and no answer ends the run."""

import hashlib
import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from specdrift.crawler.http import sans_io
from specdrift.crawler.http.sans_io import MAX_BODY
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Request
from tests.crawler.peers import OK, Visit, answering, closing_after, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_the_facts_of_a_response(client: Client, pki: TestPki) -> None:
    """Status, version, headers in wire order with lower-case names, the body's digest, excerpt and length."""
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
    """Send a body without end."""
    visit.request()
    visit.send(CHUNKED)
    for _ in range(2048):
        visit.send(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def test_an_endless_body_is_cut_and_its_connection_closed(client: Client, pki: TestPki) -> None:
    """Bytes after the first 256 KiB are not read."""
    with serving(endless, server_context(pki)) as peer:
        first, second = client.send(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    for observed in (first, second):
        assert observed.ending is Ending.RESPONSE
        assert observed.http is not None
        assert (observed.http.length, observed.http.truncated, observed.reused_connection) == (
            MAX_BODY,
            True,
            False,
        )
    assert len(peer.visits) == 2


def event_stream(visit: Visit) -> None:
    """Send one event, then nothing."""
    visit.request()
    visit.send(CHUNKED + b"7\r\nhello\r\n\r\n")
    visit.drain()


def test_an_event_stream_is_an_answer(client: Client, pki: TestPki, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head is complete: the body has its own timeout."""
    monkeypatch.setattr(sans_io, "MAX_BODY_S", 0.2)
    with serving(event_stream, server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert observed.ending is Ending.RESPONSE
    assert observed.http is not None
    assert (observed.http.status, observed.http.body_excerpt, observed.http.truncated) == (
        200,
        "hello\r\n",
        True,
    )


EVENTS = CHUNKED.replace(b"text/plain", b"text/event-stream")


@pytest.mark.slow
@pytest.mark.parametrize(("head", "limit"), [(EVENTS, "EVENTS_S"), (CHUNKED, "MAX_BODY_S")])
def test_only_an_event_stream_ends_soon_after_its_first_bytes(
    client: Client, pki: TestPki, monkeypatch: pytest.MonkeyPatch, head: bytes, limit: str
) -> None:
    """Bytes that come late are read where the body may end; the first bytes of a stream are awaited."""
    monkeypatch.setattr(sans_io, "EVENTS_S", 0.1)
    monkeypatch.setattr(sans_io, "MAX_BODY_S", 1.5)

    def late(visit: Visit) -> None:
        visit.request()
        visit.send(head)
        time.sleep(0.3)
        visit.send(b"5\r\nfirst\r\n")
        time.sleep(0.6)
        visit.send(b"4\r\nlate\r\n")
        visit.drain()

    with serving(late, server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert observed.http is not None
    assert observed.http.body_excerpt == {"EVENTS_S": "first", "MAX_BODY_S": "firstlate"}[limit]
    assert observed.http.truncated
    assert (":unread", "") in observed.http.headers


@pytest.mark.slow
def test_an_event_stream_is_an_answer_even_when_time_is_short(client: Client, pki: TestPki) -> None:
    """A deadline shorter than the body timeout must not turn a complete head into "no answer"."""
    with serving(event_stream, server_context(pki)) as peer:
        observed = client.one(probe_of(peer), replace(NETWORK, timeout=0.6))
    assert observed.ending is Ending.RESPONSE
    assert observed.http is not None
    assert (observed.http.status, observed.http.body_excerpt, observed.http.truncated) == (
        200,
        "hello\r\n",
        True,
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"not a chunk\r\n",
    ],
)
def test_a_truncated_body_is_still_an_answer(client: Client, pki: TestPki, answer: bytes) -> None:
    """The status is recorded, and the received part of the body."""
    with serving(closing_after(answer), server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert observed.ending is Ending.RESPONSE
    assert observed.http is not None
    assert (observed.http.status, observed.http.truncated, observed.attempts) == (200, True, 1)


def test_http_1_0_ends_with_the_connection(client: Client, pki: TestPki) -> None:
    """No length, no close_notify: the end of the connection is the end of the body."""
    answer = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
    with serving(closing_after(answer), server_context(pki)) as peer:
        one, two = client.send(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    for observed in (one, two):
        assert observed.http is not None
        assert (observed.http.status, observed.http.http_version) == (200, "HTTP/1.0")
        assert (observed.http.body_excerpt, observed.reused_connection, observed.attempts) == (
            "hello",
            False,
            1,
        )


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_informational_responses_are_skipped(client: Client, pki: TestPki, status: bytes) -> None:
    """The answer is the final response (RFC 9110 §15.2)."""
    early = b"HTTP/1.1 " + status + b"\r\nLink: </style.css>; rel=preload\r\n\r\n"
    with serving(answering(early + early + OK), server_context(pki)) as peer:
        one, two = client.send(probe_of(peer), probe_of(peer), network=replace(NETWORK, concurrency=1))
    assert [observed.http and observed.http.status for observed in (one, two)] == [200, 200]
    assert two.reused_connection


def test_a_response_to_head_has_no_body(client: Client, pki: TestPki) -> None:
    """Its Content-Length describes a body that is not sent."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with serving(answering(answer), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, Request(method="HEAD", target="/")))
    assert observed.http is not None
    assert (observed.http.length, observed.http.truncated) == (0, False)


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
def test_a_response_that_is_not_http_is_no_answer(client: Client, pki: TestPki, answer: bytes) -> None:
    """Neither admitted nor refused."""
    with serving(closing_after(answer), server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert (observed.ending, observed.phase, observed.http) == (Ending.NOT_HTTP, WirePhase.RESPONSE, None)
    assert (observed.attempts, bool(observed.detail)) == (1, True)


@pytest.mark.parametrize("end", [Visit.reset, Visit.drain, Visit.leave])
def test_half_a_head_is_no_answer_and_no_refusal(
    client: Client, pki: TestPki, end: Callable[[Visit], None]
) -> None:
    """A server that closes during its answer has not rejected the certificate, whatever the ending."""

    def script(visit: Visit) -> None:
        visit.request()
        visit.send(b"HTTP/1.1 200 OK\r\nContent-")
        time.sleep(0.05)
        end(visit)

    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer), replace(NETWORK, timeout=0.5))
    assert observed.ending in (Ending.NOT_HTTP, Ending.TIMEOUT)
    assert observed.phase is WirePhase.RESPONSE


@pytest.mark.parametrize(
    "location",
    [b"http://[", b"https://exa mple/", b"//", b"\xff\xfe", b"http://a:99999999/", b"x" * 60_000, b"\x7f"],
)
def test_a_location_that_is_no_url_is_only_a_header(client: Client, pki: TestPki, location: bytes) -> None:
    """No redirect is followed, so the value has no effect."""
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    with serving(answering(answer), server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert observed.http is not None
    assert (observed.http.status, observed.http.header("location")) == (302, location.decode("latin-1"))


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"zstd", b"deflate, gzip", b"made-up"])
def test_a_wrong_content_encoding_is_only_a_header(client: Client, pki: TestPki, encoding: bytes) -> None:
    """The body is kept as received."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: " + encoding + b"\r\n\r\nhello"
    with serving(answering(answer), server_context(pki)) as peer:
        http = client.one(probe_of(peer)).http
    assert http is not None
    assert (http.body_excerpt, http.length) == ("hello", 5)


def flood(visit: Visit) -> None:
    """Send informational responses without end."""
    visit.request()
    for _ in range(1_000):
        visit.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)


def test_a_flood_does_not_stop_the_clock(client: Client, pki: TestPki) -> None:
    """Continuous data must not delay the deadline, nor other probes."""
    began = time.monotonic()
    with serving(flood, server_context(pki)) as peer:
        observed = client.one(probe_of(peer), replace(NETWORK, timeout=0.4))
    assert observed.ending is Ending.TIMEOUT
    assert time.monotonic() - began < 20


def tarpit(visit: Visit) -> None:
    """Read the request, and never answer."""
    visit.request()
    visit.drain()


def test_a_tarpit_is_a_timeout(client: Client, pki: TestPki) -> None:
    """Neither admitted nor refused, and not retried: that would take the same time again."""
    with serving(tarpit, server_context(pki)) as peer:
        observed = client.one(probe_of(peer), replace(NETWORK, timeout=0.3))
    assert (observed.ending, observed.phase, observed.attempts) == (Ending.TIMEOUT, WirePhase.REQUEST, 1)
    assert observed.detail == "no answer within 0.3 s"
    assert 300 <= observed.elapsed_ms < 2000


def test_a_server_that_never_finishes_its_handshake_is_a_timeout(client: Client) -> None:
    """It reads the ClientHello and does not answer."""
    with serving(Visit.drain) as peer:
        observed = client.one(probe_of(peer), replace(NETWORK, timeout=0.3))
    assert (observed.ending, observed.phase) == (Ending.TIMEOUT, WirePhase.HANDSHAKE)
    assert (observed.tls.version, observed.tls.cipher, observed.tls.server_certificate_sha256) == ("", "", "")


def test_plain_http_has_no_tls_facts(client: Client) -> None:
    """An alternate endpoint may be served without TLS."""
    with serving(answering()) as peer:
        observed = client.one(probe_of(endpoint_of(peer, tls=False)))
        silent = client.one(probe_of(endpoint_of(peer, tls=False), None))
    assert (observed.ending, observed.http and observed.http.status, observed.tls.version) == (
        Ending.RESPONSE,
        200,
        "",
    )
    assert silent.ending is Ending.SILENCE


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi"),
        (b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 2\r\n\r\nno", "no"),
    ],
)
def test_content_in_a_response_to_connect_is_read(
    client: Client, pki: TestPki, answer: bytes, body: str
) -> None:
    """It has none (RFC 9110 §9.3.6); a handler that takes the path of it sends some all the same."""
    requests: list[bytes] = []

    def script(visit: Visit) -> None:
        while request := visit.request():
            requests.append(request)
            visit.send(answer)

    with serving(script, server_context(pki)) as peer:
        connect = probe_of(peer, Request(method="CONNECT", target="/items/1"))
        again = replace(connect, attempt=2)
        first, second = client.send(connect, again, network=replace(NETWORK, concurrency=1))
    assert [one.http and one.http.body_excerpt for one in (first, second)] == [body] * 2
    assert not second.reused_connection
    assert all(request.startswith(b"CONNECT /items/1 HTTP/1.1\r\n") for request in requests)
