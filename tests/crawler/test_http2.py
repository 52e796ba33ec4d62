"""The same over HTTP/2, where the server selects it."""

import ssl

import pytest
from hpack import Encoder
from hyperframe.frame import GoAwayFrame, HeadersFrame, PingFrame, SettingsFrame
from msgspec.structs import replace

from specdrift.crawler.http.http2 import Http2
from specdrift.crawler.http.sans_io import MAX_BODY, Fields, RawRequest
from specdrift.model.exchange.observation import Ending, NotSentReason, WirePhase
from specdrift.model.exchange.probe import Request, TlsRange
from specdrift.model.exchange.websocket import CLOSE, EXTENDED_CONNECT
from tests.crawler.http2_peer import ANSWER, Stream, http2
from tests.crawler.peers import answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, probe_of
from tests.servers.pki import TestPki

H2 = ("h2", "http/1.1")
ALONE = replace(NETWORK, concurrency=1)


def speaking(pki: TestPki, *, demand: ssl.VerifyMode = ssl.CERT_NONE, protocol: str = "h2") -> ssl.SSLContext:
    """Create the context of a server that selects this protocol."""
    context = server_context(pki, demand=demand)
    context.set_alpn_protocols([protocol])
    return context


def test_a_response_over_http2_has_the_facts_of_http_1_1(client: Client, pki: TestPki) -> None:
    """One connection for several requests."""
    script, streams = http2()
    with serving(script, speaking(pki, demand=ssl.CERT_REQUIRED)) as peer:
        observed = client.send(*(probe_of(peer, alpn=H2, identity="alice") for _ in range(3)), network=ALONE)
    assert [(s.ending, s.phase, s.tls.alpn) for s in observed] == [
        (Ending.RESPONSE, WirePhase.RESPONSE, "h2")
    ] * 3
    assert [s.reused_connection for s in observed] == [False, True, True]
    http = observed[0].http
    assert http is not None
    assert (http.status, http.http_version, http.body_excerpt) == (200, "HTTP/2", '{"id":1}')
    assert (http.headers, http.truncated) == ((("content-type", "application/json"),), False)
    assert [stream.number for stream in streams] == [1, 3, 5]


def test_without_alpn_the_protocol_is_http_1_1(client: Client, pki: TestPki) -> None:
    """ALPN decides, not what the client offered."""
    for context in (server_context(pki), speaking(pki, protocol="http/1.1")):
        with serving(answering(), context) as peer:
            observed = client.one(probe_of(peer, alpn=H2))
        assert (observed.ending, observed.http and observed.http.http_version) == (
            Ending.RESPONSE,
            "HTTP/1.1",
        )


def test_the_request_over_http2_is_sent_as_the_probe_states(client: Client, pki: TestPki) -> None:
    """Target, method and fields; fields that HTTP/2 forbids are omitted (RFC 9113 §8.2.2)."""
    headers = (("X-Own", "1"), ("Connection", "close"), ("TE", "gzip"))
    request = Request(method="PATCH", target="/a/../b?x=%2e", headers=headers, body=b"body")
    script, streams = http2()
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, request, alpn=H2))
    assert observed.ending is Ending.RESPONSE
    assert streams[0].fields[:4] == [
        (b":method", b"PATCH"),
        (b":scheme", b"https"),
        (b":authority", f"localhost:{peer.port}".encode()),
        (b":path", b"/a/../b?x=%2e"),
    ]
    assert [name for name, _ in streams[0].fields[4:]] == [
        b"user-agent",
        b"x-specdrift-run",
        b"accept",
        b"x-own",
        b"content-length",
    ]
    assert streams[0].body == b"body"


EXTENDED = Request(method="CONNECT", target="/stream", headers=EXTENDED_CONNECT)


@pytest.mark.slow
@pytest.mark.parametrize("closes", [False, True])
def test_a_websocket_is_opened_where_the_server_announces_it(
    client: Client,
    pki: TestPki,
    closes: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Its 2xx is what 101 is in HTTP/1.1 (RFC 8441 §5); what follows are frames of WebSocket."""
    sent: list[Fields] = []

    def greet(stream: Stream) -> None:
        sent.append(stream.fields)
        stream.http.send_headers(stream.number, [(b":status", b"200")])
        stream.http.send_data(stream.number, b"\x81\x02hi" + (b"\x88\x02\x03\xf0" if closes else b""))
        stream.flush()

    script, _ = http2(at_head=greet, announces=True)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, EXTENDED, alpn=H2))
    assert observed.http is not None
    assert (observed.http.status, observed.http.body_excerpt) == (101, "hi")
    assert observed.http.header(CLOSE) == ("1008" if closes else "")
    ((first, second, *_),) = sent
    assert (first, second) == ((b":method", b"CONNECT"), (b":protocol", b"websocket"))


def test_no_websocket_is_opened_where_the_server_does_not_announce_it(client: Client, pki: TestPki) -> None:
    """RFC 8441 §3: a client must not use it then."""
    script, streams = http2()
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, EXTENDED, alpn=H2))
    assert (observed.ending, observed.not_sent) == (Ending.NOT_SENT, NotSentReason.NO_EXTENDED_CONNECT)
    assert streams == []


def test_a_grpc_call_has_its_fields_and_trailers(client: Client, pki: TestPki) -> None:
    """TE may list trailers, and nothing else, over HTTP/2; the trailers follow the fields of the head."""
    headers = (("content-type", "application/grpc"), ("te", "trailers"))
    request = Request(method="POST", target="/a.B/C", headers=headers, body=b"\0\0\0\0\0")

    def answer(stream: Stream) -> None:
        stream.http.send_headers(stream.number, [(b":status", b"200"), headers_of_grpc])
        stream.http.send_data(stream.number, b"\0\0\0\0\2\x08\1")
        stream.http.send_headers(stream.number, [(b"grpc-status", b"0")], end_stream=True)

    headers_of_grpc = (b"content-type", b"application/grpc")
    script, streams = http2(answer)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, request, alpn=H2))
    assert streams[0].body == b"\0\0\0\0\0"
    assert [value for name, value in streams[0].fields if name == b"te"] == [b"trailers"]
    assert observed.http is not None
    assert (observed.http.header("grpc-status"), observed.http.length) == ("0", 7)


@pytest.mark.parametrize("size", [16_384, 16_385, 65_535])
def test_a_body_of_several_frames_is_sent(client: Client, pki: TestPki, size: int) -> None:
    """Up to the initial window (RFC 9113 §6.9.2)."""
    request = Request(method="POST", target="/", body=b"a" * size)
    script, streams = http2()
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, request, alpn=H2))
    assert (observed.ending, [stream.body for stream in streams]) == (Ending.RESPONSE, [request.body])


def test_a_body_beyond_the_window_is_a_client_failure(client: Client, pki: TestPki) -> None:
    """It is reported so, and the next probe is sent."""
    request = Request(method="POST", target="/", body=b"a" * 65_536)
    script, _ = http2()
    with serving(script, speaking(pki)) as peer:
        bad, good = client.send(probe_of(peer, request, alpn=H2), probe_of(peer, alpn=H2), network=ALONE)
    assert (bad.ending, good.ending) == (Ending.CLIENT_ERROR, Ending.RESPONSE)


@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_a_refusal_over_http2_is_read(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """The alert is read after the settings, or instead of them."""
    script, _ = http2()
    with serving(script, speaking(pki, demand=ssl.CERT_REQUIRED)) as peer:
        observed = client.one(probe_of(peer, alpn=H2, identity="expired", tls=tls))
    assert (observed.ending, observed.tls.alert_received) == (Ending.ALERT, "certificate_expired")


@pytest.mark.parametrize(
    ("code", "ending", "attempts"),
    [(2, Ending.STREAM_RESET, 1), (13, Ending.STREAM_RESET, 1), (7, Ending.STREAM_REFUSED, 3)],
)
def test_a_stream_reset_is_recorded(
    client: Client, pki: TestPki, code: int, ending: Ending, attempts: int
) -> None:
    """Apache sends HTTP_1_1_REQUIRED (13); the connection stays open. A refused stream (7) is tried again."""

    def handler(stream: Stream) -> None:
        stream.http.reset_stream(stream.number, code)
        stream.flush()

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert (observed.ending, observed.http, observed.attempts) == (ending, None, attempts)
    assert f"error code {code}" in observed.detail


def test_informational_responses_over_http2_are_skipped(client: Client, pki: TestPki) -> None:
    """The final one is the answer; their fields may carry data, and are kept."""

    def handler(stream: Stream) -> None:
        stream.http.send_headers(stream.number, [(b":status", b"103"), (b"link", b"</a>")])
        stream.answer([(b":status", b"201")])

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert (observed.http and observed.http.status, observed.http and observed.http.headers) == (
        201,
        (("link", "</a>"),),
    )


def test_an_altsvc_frame_is_recorded_as_the_field(client: Client, pki: TestPki) -> None:
    """It is the field in another place (RFC 7838 §4)."""

    def handler(stream: Stream) -> None:
        stream.http.advertise_alternative_service(b'h2=":8443"', stream_id=stream.number)
        stream.answer()

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert observed.http is not None
    assert observed.http.header("alt-svc") == 'h2=":8443"'


def test_trailers_follow_the_content(client: Client, pki: TestPki) -> None:
    """In a second HEADERS frame (RFC 9113 §8.1)."""
    request = Request(method="POST", target="/", body=b"1", trailers=(("X-Own", "1"),))
    script, streams = http2()
    with serving(script, speaking(pki)) as peer:
        client.one(probe_of(peer, request, alpn=H2))
    assert streams[0].body == b"1"
    assert (b"trailer", b"X-Own") in streams[0].fields


def test_the_data_of_a_goaway_after_a_refusal_are_kept(client: Client, pki: TestPki) -> None:
    """They come after the end of the response (RFC 9113 §6.8)."""

    def handler(stream: Stream) -> None:
        stream.http.send_headers(stream.number, [(b":status", b"403")], end_stream=True)
        stream.http.close_connection(last_stream_id=stream.number, additional_data=b"of alice")
        stream.flush()
        stream.visit.drain()

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert observed.http is not None
    assert observed.http.headers == ((":surplus", "of alice"),)


def test_a_push_is_kept_with_the_response_that_announces_it(client: Client, pki: TestPki) -> None:
    """Its target, and its content, which may end after the response."""

    def handler(stream: Stream) -> None:
        asked = [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", b"localhost"),
            (b":path", b"/b"),
        ]
        stream.http.push_stream(stream.number, 2, asked)
        stream.answer([(b":status", b"200")])
        stream.http.send_headers(2, [(b":status", b"200")])
        stream.http.send_data(2, b"of alice", end_stream=True)
        stream.flush()

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert observed.http is not None
    assert observed.http.headers == ((":pushed", "/b"), (":surplus", "of alice"))


def test_goaway_ends_the_connection_after_its_answer(client: Client, pki: TestPki) -> None:
    """The next request gets a new connection."""

    def handler(stream: Stream) -> None:
        stream.http.send_headers(stream.number, ANSWER, end_stream=True)
        stream.http.close_connection(last_stream_id=stream.number)
        stream.flush()
        stream.visit.drain()

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.send(probe_of(peer, alpn=H2), probe_of(peer, alpn=H2), network=ALONE)
    assert [(s.ending, s.reused_connection) for s in observed] == [(Ending.RESPONSE, False)] * 2


def test_goaway_before_the_request_is_a_close() -> None:
    """Read by a client that read first: nothing can be sent on the connection."""
    goodbye = GoAwayFrame(0, last_stream_id=0, error_code=13).serialize()
    http = Http2()
    http.feed(SettingsFrame(0).serialize() + goodbye)
    with pytest.raises(ConnectionAbortedError, match="GOAWAY"):
        http.encode(RawRequest(method="GET", target=b"/", headers=Fields()))


def test_goaway_instead_of_an_answer_is_no_refusal(client: Client, pki: TestPki) -> None:
    """The library stops reading: the outcome is inconclusive, and the next probe gets an answer."""

    def handler(stream: Stream) -> None:
        if stream.visit.number > 1:
            stream.answer()
            return
        goodbye = GoAwayFrame(0, last_stream_id=stream.number).serialize()
        head = HeadersFrame(stream.number, Encoder().encode(ANSWER), flags=["END_HEADERS", "END_STREAM"])
        stream.visit.send(goodbye + head.serialize())
        stream.visit.drain()

    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        first, second = client.send(probe_of(peer, alpn=H2), probe_of(peer, alpn=H2), network=ALONE)
    assert (first.ending, second.ending, second.reused_connection) == (
        Ending.NOT_HTTP,
        Ending.RESPONSE,
        False,
    )


def test_a_close_after_the_settings_is_a_close(client: Client, pki: TestPki) -> None:
    """Settings are no answer."""
    script, _ = http2(lambda stream: stream.visit.reset())
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert (observed.ending, observed.attempts, observed.tls.alert_received) == (Ending.CLOSED, 3, "")


def endless(stream: Stream) -> None:
    """Send more of a body than the limit."""
    stream.http.send_headers(stream.number, ANSWER)
    stream.flush()
    for _ in range(60):
        size = min(16_384, stream.http.local_flow_control_window(stream.number))
        if not size:
            data = stream.visit.sock.recv(65536)
            if not data:
                return
            stream.http.receive_data(data)
            continue
        stream.http.send_data(stream.number, b"a" * size)
        stream.flush()


def test_an_endless_body_is_cut(client: Client, pki: TestPki) -> None:
    """At the same length as over HTTP/1.1."""
    script, _ = http2(endless)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2))
    assert observed.http is not None
    assert (observed.http.length, observed.http.truncated) == (MAX_BODY, True)


def unfinished(stream: Stream) -> None:
    """Send a head, the beginning of a body, and nothing more."""
    stream.http.send_headers(stream.number, ANSWER)
    stream.http.send_data(stream.number, b"[1,")
    stream.flush()


def broken_off(stream: Stream) -> None:
    """The same, then a reset of the stream."""
    unfinished(stream)
    stream.http.reset_stream(stream.number)
    stream.flush()


@pytest.mark.parametrize("handler", [unfinished, broken_off])
def test_an_unfinished_or_reset_body_is_still_an_answer(
    client: Client, pki: TestPki, handler: object
) -> None:
    """The head is complete."""
    assert callable(handler)
    script, _ = http2(handler)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2), replace(NETWORK, timeout=0.5))
    assert observed.http is not None
    assert (observed.http.status, observed.http.body_excerpt, observed.http.truncated) == (200, "[1,", True)


@pytest.mark.parametrize(
    "status", [b"abc", b"", b"0", b"99", b"1000", b"-1", b"2 0", b"\xb2\xb2\xb2", b"9" * 5000]
)
def test_an_invalid_status_is_no_answer(client: Client, pki: TestPki, status: bytes) -> None:
    """Three digits (RFC 9110 §15); anything else is not HTTP, and ends no run."""
    script, _ = http2(lambda stream: stream.answer([(b":status", status)]))
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2), replace(NETWORK, timeout=0.5))
    assert (observed.ending, observed.http) == (Ending.NOT_HTTP, None)


def test_a_response_that_is_not_http2_is_no_answer(client: Client, pki: TestPki) -> None:
    """A server that selects h2 and answers in HTTP/1.1."""
    with serving(answering(), speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2), replace(NETWORK, timeout=0.5))
    assert observed.ending in (Ending.NOT_HTTP, Ending.TIMEOUT)
    assert (observed.phase, observed.http) == (WirePhase.RESPONSE, None)


def flood(stream: Stream) -> None:
    """Send PING without end."""
    ping = PingFrame(0, opaque_data=b"12345678").serialize() * 500
    for _ in range(1_000):
        stream.visit.send(ping)


@pytest.mark.slow
def test_a_flood_does_not_stop_the_clock(client: Client, pki: TestPki) -> None:
    """The deadline holds."""
    script, _ = http2(flood)
    with serving(script, speaking(pki)) as peer:
        observed = client.one(probe_of(peer, alpn=H2), replace(NETWORK, timeout=0.4))
    assert observed.ending in (Ending.TIMEOUT, Ending.CLOSED)
    assert observed.elapsed_ms < 3000
