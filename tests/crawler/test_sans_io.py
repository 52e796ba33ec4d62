"""Both protocols without a connection: for any data of a server they answer or raise a declared error."""

import asyncio
from collections.abc import Sequence

import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import given
from hypothesis import strategies as st

from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.http2 import Http2
from specdrift.crawler.http.sans_io import HttpConnection, RawRequest, RawResponse
from specdrift.crawler.http.transport import FAILURES

REQUEST = RawRequest(method="GET", target=b"/items/1", headers=[(b"Host", b"a.test")])
HEAD = Encoder().encode([(":status", "200"), ("content-type", "text/plain")])
streams = st.integers(1, 4)
flags = st.sets(st.sampled_from(["END_HEADERS", "END_STREAM"]))
block = st.one_of(st.just(HEAD), st.binary(max_size=20))
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(DataFrame, streams, st.binary(max_size=20)),
    st.builds(lambda n, data, f: HeadersFrame(n, data, flags=sorted(f)), streams, block, flags),
    st.builds(lambda n, data: ContinuationFrame(n, data, flags=["END_HEADERS"]), streams, block),
    st.builds(lambda n, data: PushPromiseFrame(n, 2, data, flags=["END_HEADERS"]), streams, block),
    st.builds(lambda n, code: RstStreamFrame(n, error_code=code), streams, st.integers(0, 20)),
    st.builds(lambda code: GoAwayFrame(0, last_stream_id=1, error_code=code), st.integers(0, 20)),
    st.builds(WindowUpdateFrame, st.integers(0, 2), st.integers(1, 2**31 - 1)),
    st.builds(
        lambda pairs: SettingsFrame(0, settings=pairs),
        st.dictionaries(st.integers(1, 8), st.integers(0, 2**31), max_size=3),
    ),
)
lines = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 103 Early\r\n",
        b"HTTP/1.1 204 No\r\n",
        b"HTTP/1.0 200\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: 4, 4\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Upgrade: h2c\r\nConnection: upgrade\r\n",
        b" folded\r\n",
        b"\r\n",
        b"\n\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"abc",
    ]
)


async def talk(conversation: HttpConnection, pieces: Sequence[bytes]) -> RawResponse:
    """Run one exchange with a server that sends these pieces and closes."""
    rest = iter(pieces)

    async def receive() -> bytes:
        return next(rest, b"")

    async def send(data: bytes) -> None:
        assert data

    assert conversation.encode(REQUEST)
    return await conversation.read_response(receive, send)


def outcome(conversation: HttpConnection, pieces: Sequence[bytes]) -> RawResponse | Exception:
    """Return the answer, or the declared error. Any other is raised."""
    try:
        return asyncio.run(talk(conversation, pieces))
    except FAILURES as failure:
        return failure


@given(st.lists(st.one_of(frames.map(lambda frame: frame.serialize()), st.binary(max_size=30)), max_size=6))
def test_no_frames_raise_an_unexpected_error(pieces: list[bytes]) -> None:
    """HTTP/2 frames in any order, intact or damaged."""
    observed = outcome(Http2(), pieces)
    assert (
        100 <= observed.status <= 999 if isinstance(observed, RawResponse) else isinstance(observed, FAILURES)
    )


@given(st.lists(st.one_of(lines, st.binary(max_size=30)), max_size=8))
def test_no_lines_raise_an_unexpected_error(pieces: list[bytes]) -> None:
    """HTTP/1.1 likewise."""
    observed = outcome(Http1(), pieces)
    assert (
        200 <= observed.status <= 999 if isinstance(observed, RawResponse) else isinstance(observed, FAILURES)
    )


@pytest.mark.parametrize("conversation", [Http1, Http2])
def test_a_peer_that_closes_at_once_gave_no_answer(conversation: type[Http1] | type[Http2]) -> None:
    """Either protocol raises its error for that."""
    assert isinstance(outcome(conversation(), []), FAILURES)


def test_early_frames_are_part_of_the_answer() -> None:
    """Data that was read before the request was written."""
    conversation = Http2()
    conversation.feed(SettingsFrame(0).serialize())
    head = HeadersFrame(1, HEAD, flags=["END_HEADERS", "END_STREAM"]).serialize()
    observed = outcome(conversation, [head])
    assert isinstance(observed, RawResponse)
    assert (observed.status, observed.truncated, conversation.start_next_cycle()) == (200, False, True)


def test_fields_of_trailers_and_early_hints_are_kept() -> None:
    """They may carry data. Those that a client acts on count in the response's own head only."""
    pieces = [
        b"HTTP/1.1 103 Early Hints\r\nLink: </FI21>\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"2\r\nno\r\n0\r\nX-Owner: Oksanen\r\nLocation: /login\r\n\r\n",
    ]
    one = outcome(Http1(), pieces)
    frames = [
        HeadersFrame(1, HEAD, flags=["END_HEADERS"]),
        HeadersFrame(1, Encoder().encode([("x-owner", "Oksanen")]), flags=["END_HEADERS", "END_STREAM"]),
    ]
    two = outcome(Http2(), [frame.serialize() for frame in frames])
    assert isinstance(one, RawResponse)
    assert isinstance(two, RawResponse)
    assert [(name.lower(), value) for name, value in one.headers[1:]] == [
        (b"link", b"</FI21>"),
        (b"x-owner", b"Oksanen"),
    ]
    assert two.headers[1:] == [(b"x-owner", b"Oksanen")]


@pytest.mark.parametrize(
    ("response", "outside"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", []),
        (b"HTTP/1.1 401 \r\nContent-Length: 2\r\n\r\nno", []),
        (b"HTTP/1.1 401 PO-77120\r\nContent-Length: 2\r\n\r\nno", [(b":reason", b"PO-77120")]),
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno, 4711", [(b":surplus", b", 4711")]),
        (b"HTTP/1.1 204 No Content\r\nServer: a\r\n\r\n4711", [(b":surplus", b"4711")]),
        (b"HTTP/1.1 401 Unauthorized\r\nServer: a\r\n\r\nto the end", []),
    ],
    ids=[
        "registered phrase",
        "no phrase",
        "own phrase",
        "after the length",
        "after no content",
        "until close",
    ],
)
def test_what_stands_outside_of_fields_and_body_is_kept(
    response: bytes, outside: list[tuple[bytes, bytes]]
) -> None:
    """A client sees the reason phrase, and bytes after the body."""
    read = asyncio.run(talk(Http1(), [response]))
    assert [field for field in read.headers if field[0].startswith(b":")] == outside
