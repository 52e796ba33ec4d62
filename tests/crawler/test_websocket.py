"""What a server sends first over WebSocket: data, a Close frame, or nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.crawler.http.websocket import OpeningMessages, opening_of, read_opening
from specdrift.model.exchange.websocket import ACCEPT, GONE, HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TEXT, CLOSE, PING = 1, 8, 9


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = False) -> bytes:
    """Return a frame of RFC 6455 §5.2."""
    size = len(payload)
    short, extended = (
        (size, b"")
        if size < 126
        else (126, size.to_bytes(2, "big"))
        if size < 1 << 16
        else (127, size.to_bytes(8, "big"))
    )
    mask = 0x80 if masked else 0
    return bytes(((0x80 if final else 0) | opcode, mask | short)) + extended + payload


@pytest.mark.parametrize(
    ("received", "opening"),
    [
        (b"", OpeningMessages()),
        (frame(TEXT, b"hello"), OpeningMessages(data=b"hello")),
        (frame(TEXT, b"hel", final=False) + frame(0, b"lo"), OpeningMessages(data=b"hello")),
        (frame(PING, b"?") + frame(TEXT, b"x" * 70_000), OpeningMessages(data=b"x" * 70_000)),
        (frame(CLOSE, b"\x03\xf0no\ncertificate"), OpeningMessages(closed="1008 no certificate")),
        (frame(CLOSE, b""), OpeningMessages(closed="1005")),
        (frame(TEXT, b"bye") + frame(CLOSE, b"\x03\xe8"), OpeningMessages(data=b"bye", closed="1000")),
        (frame(TEXT, b"cut off")[:-1], OpeningMessages()),
        (frame(TEXT, b"masked", masked=True), OpeningMessages()),
    ],
    ids=["nothing", "text", "fragments", "long", "policy", "no code", "data first", "cut off", "masked"],
)
def test_frames_are_read(received: bytes, opening: OpeningMessages) -> None:
    """Only complete frames of a server, which masks none."""
    assert opening_of(received) == opening


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(received: bytes) -> None:
    """A hostile server sends what it likes."""
    assert len(opening_of(received).data) <= len(received)


def receiving(*parts: bytes) -> Callable[[], Awaitable[bytes]]:
    """Return what yields these parts, and then waits."""
    left = list(parts)

    async def receive() -> bytes:
        if left:
            return left.pop(0)
        await asyncio.sleep(60)
        return b""

    return receive


@pytest.mark.parametrize(
    ("parts", "opening"),
    [
        ((), OpeningMessages()),
        ((frame(TEXT, b"one"), frame(TEXT, b"two")), OpeningMessages(data=b"onetwo")),
        ((frame(CLOSE, b"\x03\xf0")[:3], frame(CLOSE, b"\x03\xf0")[3:]), OpeningMessages(closed="1008")),
        ((b"",), OpeningMessages(closed=GONE)),
    ],
    ids=["silence", "two frames", "a frame in parts", "end"],
)
def test_reading_ends_soon(parts: tuple[bytes, ...], opening: OpeningMessages) -> None:
    """A stream is endless: what it sends in the first half second is the answer."""
    assert asyncio.run(read_opening(b"", receiving(*parts))) == opening


def test_the_field_that_servers_compute_is_that_of_our_key() -> None:
    """RFC 6455 §4.2.2."""
    key = dict(HANDSHAKE)["Sec-WebSocket-Key"]
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324
    assert ("sec-websocket-accept", base64.b64encode(digest).decode()) == ACCEPT
