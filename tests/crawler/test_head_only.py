"""A head without its body: what leaves, what ends it, and that nothing follows on its connection."""

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Request, head_of, with_broken_body, without_expect
from tests.crawler.http2_peer import Http2Script, Stream
from tests.crawler.peers import Script, Visit, answering, server_context, serving
from tests.crawler.sending import NETWORK, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

BODY = b'{"name":"secret-of-the-body"}'
HEAD = head_of(
    Request(method="POST", target="/items", headers=(("Content-Type", "application/json"),), body=BODY)
)
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\n\r\n"


def answered(data: bytes, kept: list[bytes]) -> Script:
    """Read a head, send an answer, and keep all bytes that arrive."""

    def script(visit: Visit) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (chunk := visit.sock.recv(65536)):
            head += chunk
        kept.append(head)
        if data:
            visit.send(data)
        try:
            while chunk := visit.sock.recv(65536):
                kept.append(chunk)
        except OSError:
            kept.append(b"RST")

    return script


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "ending", "status"),
    [
        (CONTINUE, Ending.CONTINUE, None),
        (EARLY_HINTS + CONTINUE, Ending.CONTINUE, None),
        (CONTINUE + CONTINUE, Ending.CONTINUE, None),
        (CONTINUE + FORBIDDEN, Ending.RESPONSE, 403),
        (FORBIDDEN, Ending.RESPONSE, 403),
        (EARLY_HINTS + FORBIDDEN, Ending.RESPONSE, 403),
        (b"", Ending.TIMEOUT, None),
        (b"HTTP/1.1 100 Con", Ending.TIMEOUT, None),
        (b"220 mail.example ESMTP\r\n\r\n", Ending.NOT_HTTP, None),
    ],
)
def test_the_answer_to_a_head(
    client: Client, pki: TestPki, data: bytes, ending: Ending, status: int | None
) -> None:
    """The first final response, or 100 Continue, ends the exchange; the body is never sent."""
    kept: list[bytes] = []
    impatient = replace(NETWORK, expect100_timeout=0.3)
    with serving(answered(data, kept), server_context(pki)) as peer:
        began = time.monotonic()
        observed = client.one(probe_of(peer, HEAD), impatient)
        assert time.monotonic() - began < 2
        time.sleep(0.05)
    assert (observed.ending, observed.http and observed.http.status, observed.attempts) == (ending, status, 1)
    assert observed.phase is (WirePhase.RESPONSE if data else WirePhase.REQUEST)
    assert b"content-length: 29\r\nexpect: 100-continue\r\n" in kept[0].lower()
    assert not any(BODY in part or b"secret-of-the-body" in part for part in kept)


@pytest.mark.parametrize(("alter", "last"), [(without_expect, b""), (with_broken_body, b"-\r\n")])
def test_a_head_without_expect(
    client: Client, pki: TestPki, alter: Callable[[Request], Request], last: bytes
) -> None:
    """Nothing follows it, or a chunk that is none; beside it is the length of the body that is never sent."""
    kept: list[bytes] = []
    with serving(answered(FORBIDDEN, kept), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, alter(HEAD)))
    assert observed.http
    assert observed.http.status == 403
    head, _, rest = kept[0].lower().partition(b"\r\n\r\n")
    assert b"content-length: 29" in head
    assert b"expect" not in head
    assert (b"transfer-encoding: chunked" in head) is bool(last)
    assert rest == last
    assert b"secret-of-the-body" not in b"".join(kept)


def test_the_connection_is_reset(client: Client) -> None:
    """A FIN could be taken for the end of a body. Over plain HTTP, since Python hides the reset below TLS."""
    kept: list[bytes] = []
    with serving(answered(CONTINUE, kept)) as peer:
        assert client.one(probe_of(endpoint_of(peer, tls=False), HEAD)).ending is Ending.CONTINUE
    assert kept[-1] == b"RST"


@pytest.mark.slow
@pytest.mark.parametrize("after", ["close", "reset", "refuse"])
def test_what_follows_100_continue(client: Client, pki: TestPki, after: str) -> None:
    """A final response or a close within half a second counts, as without 100 Continue."""

    def script(visit: Visit) -> None:
        visit.sock.recv(65536)
        visit.send(CONTINUE)
        time.sleep(0.1)
        match after:
            case "reset":
                visit.reset()
            case "refuse":
                visit.send(FORBIDDEN)
                visit.drain()

    with serving(script, server_context(pki)) as peer:
        observed = client.one(probe_of(peer, HEAD))
    ending, attempts = (Ending.RESPONSE, 1) if after == "refuse" else (Ending.CLOSED, 3)
    assert (observed.ending, observed.attempts) == (ending, attempts)


def test_a_head_has_a_connection_of_its_own(client: Client, pki: TestPki) -> None:
    """No other request comes before or after it there, also after a final response that keeps it open."""

    def script(visit: Visit) -> None:
        (answered(FORBIDDEN, []) if visit.number == 2 else answering(FORBIDDEN))(visit)

    with serving(script, server_context(pki)) as peer:
        probes = [probe_of(peer, "/1", variant="1"), probe_of(peer, HEAD, variant="2"), probe_of(peer, "/3")]
        observed = client.send(*probes, network=replace(NETWORK, concurrency=1))
    assert [one.http.status for one in observed if one.http] == [403, 403, 403]
    assert [visit.number for visit in peer.visits] == [1, 2, 3]


@pytest.mark.parametrize(
    ("status", "ending"),
    [("403", Ending.RESPONSE), ("100", Ending.CONTINUE), ("103", Ending.TIMEOUT), ("", Ending.TIMEOUT)],
)
def test_a_head_over_http2_leaves_the_stream_open(
    client: Client, pki: TestPki, status: str, ending: Ending
) -> None:
    """Neither END_STREAM nor the body is sent (RFC 9113 §8.1)."""
    heads: list[Stream] = []

    def at_head(stream: Stream) -> None:
        heads.append(stream)
        if status:
            last = status == "403"
            stream.http.send_headers(stream.number, [(b":status", status.encode())], end_stream=last)
            stream.flush()

    script = Http2Script(Stream.answer, at_head=at_head)
    context = server_context(pki)
    context.set_alpn_protocols(["h2"])
    impatient = replace(NETWORK, expect100_timeout=0.3)
    with serving(script, context) as peer:
        observed = client.one(probe_of(peer, HEAD, alpn=("h2",)), impatient)
        time.sleep(0.05)
    assert (observed.ending, observed.attempts) == (ending, 1)
    (head,) = heads
    assert (b"expect", b"100-continue") in head.fields
    assert (script.streams, head.body) == ([], b"")
