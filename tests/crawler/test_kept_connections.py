"""A server may send a response on an idle connection without a request (RFC 9112 §9.2)."""

import asyncio
import socket
import ssl
from collections.abc import Callable

import pytest
from hpack import Encoder
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame, PingFrame, SettingsFrame, WindowUpdateFrame
from msgspec.structs import replace

from specdrift.crawler.limits import Pace
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import TlsRange
from tests.crawler.http2_peer import Stream, http2
from tests.crawler.peers import OK, Script, Visit, answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

ALONE = replace(NETWORK, concurrency=1)
PACED = replace(ALONE, rate_limit=5.0)
"""With time between requests in which data could arrive."""
A_MOMENT_S, PATIENCE = 0.01, 200
"""Poll interval for the server's data, and its number."""
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


Said = list[int]
"""The connections on which a script has sent all its data, one entry per request."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """The notes of a script; the next request is not sent before the last one is noted."""
    notes: Said = []
    turns = 0

    async def turn(_pace: Pace) -> None:
        nonlocal turns
        for _ in range(PATIENCE):
            if len(notes) >= turns:
                break
            await asyncio.sleep(A_MOMENT_S)
        await asyncio.sleep(2 * A_MOMENT_S)  # the data must arrive
        turns += 1

    monkeypatch.setattr(Pace, "turn", turn)
    return notes


def in_one_breath(more: bytes, said: Said) -> Script:
    """Send more data with each answer."""

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(OK + more)
            said.append(visit.number)

    return script


def a_moment_later(more: bytes, said: Said) -> Script:
    """Send more data after each answer, in a record of its own."""

    def script(visit: Visit) -> None:
        visit.sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # otherwise it is sent with the next answer
        while visit.request():
            visit.send(OK)
            visit.send(more)
            said.append(visit.number)

    return script


def statuses(observed: list[Observation]) -> list[int]:
    """Return the status of each answer; 0 without one."""
    return [observation.http.status if observation.http else 0 for observation in observed]


@pytest.mark.slow
@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3, None], ids=["1.2", "1.3", "plain"])
@pytest.mark.parametrize("more", [TIMED_OUT, FORBIDDEN, OK, b"\r\n\0"])
@pytest.mark.parametrize("saying", [in_one_breath, a_moment_later])
def test_data_before_a_request_is_not_its_answer(
    client: Client,
    pki: TestPki,
    said: Said,
    tls: TlsRange | None,
    more: bytes,
    saying: Callable[[bytes, Said], Script],
) -> None:
    """The connection is not used again; each request has its own answer, at its first attempt."""
    with serving(saying(more, said), server_context(pki) if tls else None) as peer:
        where = endpoint_of(peer, tls=tls is not None)
        probes = [probe_of(where, f"/{number}", tls=tls or TlsRange.ANY) for number in range(3)]
        observed = client.send(*probes, network=ALONE)
    assert statuses(observed) == [200] * 3
    assert [(s.attempts, s.reused_connection) for s in observed] == [(1, False)] * 3
    assert peer.lines == [f"GET /{number} HTTP/1.1" for number in range(3)]
    assert (client.tally.requests, client.tally.connections) == (3, 3)


def test_a_connection_that_was_closed_while_idle_gets_no_request(
    client: Client, pki: TestPki, said: Said
) -> None:
    """The request would be sent again and count against the budget."""

    def script(visit: Visit) -> None:
        visit.request()
        visit.send(OK)
        visit.leave()
        said.append(visit.number)

    with serving(script, server_context(pki)) as peer:
        observed = client.send(probe_of(peer, "/1"), probe_of(peer, "/2"), network=ALONE)
    assert (statuses(observed), client.tally.requests) == ([200, 200], 2)


@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_a_connection_without_unexpected_data_is_used_again(
    client: Client, pki: TestPki, tls: TlsRange
) -> None:
    """Session tickets are data of TLS, not of HTTP."""
    with serving(answering(), server_context(pki, tls=tls)) as peer:
        observed = client.send(*(probe_of(peer, f"/{number}", tls=tls) for number in range(3)), network=PACED)
    assert [s.reused_connection for s in observed] == [False, True, True]
    assert client.tally.connections == len(peer.visits) == 1


def test_a_timeout_that_crosses_the_request_is_not_its_answer(client: Client, pki: TestPki) -> None:
    """The server reports the idle time (RFC 9110 §15.5.9): the request is repeated without counting as an attempt."""

    def script(visit: Visit) -> None:
        visit.request()
        visit.send(OK)
        if visit.request():
            visit.send(TIMED_OUT.replace(b"Connection: close\r\n", b""))
            visit.drain()

    with serving(script, server_context(pki)) as peer:
        observed = client.send(probe_of(peer, "/1"), probe_of(peer, "/2"), network=ALONE)
    assert (statuses(observed), [s.attempts for s in observed]) == ([200, 200], [1, 1])
    assert client.tally.requests == len(peer.requests) == 3


def test_a_timeout_on_a_new_connection_is_the_answer(client: Client, pki: TestPki) -> None:
    """Repetitions are limited."""
    with serving(answering(TIMED_OUT), server_context(pki)) as peer:
        observed = client.one(probe_of(peer), ALONE)
    assert (statuses([observed]), len(peer.requests)) == ([408], 1)


def speaking_http2(pki: TestPki) -> ssl.SSLContext:
    """Create the context of a server that selects HTTP/2."""
    context = server_context(pki)
    context.set_alpn_protocols(["h2"])
    return context


@pytest.mark.parametrize(
    ("frame", "reused"),
    [
        (PingFrame(0, b"12345678"), True),
        (WindowUpdateFrame(0, 1000), True),
        (SettingsFrame(0, settings={SettingsFrame.MAX_CONCURRENT_STREAMS: 1}), True),
        (GoAwayFrame(0, last_stream_id=1), False),
        (HeadersFrame(3, Encoder().encode([(":status", "403")]), flags=["END_HEADERS", "END_STREAM"]), False),
    ],
)
def test_http2_frames_between_requests_are_expected(
    client: Client, pki: TestPki, said: Said, frame: Frame, *, reused: bool
) -> None:
    """On the connection at any time; but a stream is opened by the client (RFC 9113 §5.1)."""

    def handler(stream: Stream) -> None:
        stream.answer()
        if stream.number == 1:
            stream.visit.send(frame.serialize())
        said.append(stream.number)

    script, _ = http2(handler)
    with serving(script, speaking_http2(pki)) as peer:
        observed = client.send(*(probe_of(peer, f"/{n}", alpn=("h2",)) for n in range(2)), network=ALONE)
    assert statuses(observed) == [200, 200]
    assert ([s.reused_connection for s in observed], client.tally.requests) == ([False, reused], 2)
    assert {s.ending for s in observed} == {Ending.RESPONSE}
