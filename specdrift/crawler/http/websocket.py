"""Reads what a server sends at once after it has switched to WebSocket (RFC 6455 §5.2): data, or that it closes.

Many servers accept every handshake and close with the code 1008 whom they refuse.
"""

import asyncio
from collections.abc import Iterator

from msgspec import Struct

from specdrift.crawler.http.sans_io import BROKEN_OFF, EVENTS_S, MAX_BODY, Fields, Receive
from specdrift.model.exchange.websocket import CLOSE, GONE

OPCODE, LENGTH, MASKED = 0x0F, 0x7F, 0x80
DATA, CLOSING = frozenset({0, 1, 2}), 8
LENGTHS = {126: 2, 127: 8}
"""Octets of the extended length, by the short one."""
MOST_REASON = 123
"""Octets of a reason (RFC 6455 §5.5)."""


class OpeningMessages(Struct, frozen=True, kw_only=True):
    """What the server sent first."""

    data: bytes = b""
    closed: str = ""
    """Code and reason of the Close frame; empty if the connection is open."""

    @property
    def fields(self) -> Fields:
        """What it adds to the fields of the response."""
        return [(CLOSE.encode(), self.closed.encode())] if self.closed else []


async def read_opening(received: bytes, receive: Receive) -> OpeningMessages:
    """Read for ``EVENTS_S``, or until the server closes. ``received`` came with the head."""
    buffer, ended = bytearray(received), False
    try:
        async with asyncio.timeout(EVENTS_S):
            while len(buffer) < MAX_BODY and not opening_of(buffer).closed:
                part = await receive()
                if not part:
                    ended = True
                    break
                buffer += part
    except TimeoutError:
        pass
    except BROKEN_OFF:
        ended = True
    found = opening_of(buffer)
    return found if found.closed or not ended else OpeningMessages(data=found.data, closed=GONE)


def opening_of(received: bytes | bytearray) -> OpeningMessages:
    """Return the data of all complete frames, and the first Close frame."""
    data = bytearray()
    for opcode, payload in _frames(bytes(received)):
        if opcode == CLOSING:
            return OpeningMessages(data=bytes(data), closed=_closed(payload))
        if opcode in DATA:
            data += payload
    return OpeningMessages(data=bytes(data))


def _closed(payload: bytes) -> str:
    """Return code and reason; 1005 stands for none (RFC 6455 §7.1.5)."""
    code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else 1005
    reason = payload[2 : 2 + MOST_REASON].decode("utf-8", "replace")
    words = "".join(character if character.isprintable() else " " for character in reason).strip()
    return f"{code} {words}".rstrip()


def _frames(received: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield opcode and payload of complete frames. A server masks none; what is masked or cut off ends them."""
    at = 0
    while len(received) >= at + 2 and not received[at + 1] & MASKED:
        opcode, length, at = received[at] & OPCODE, received[at + 1] & LENGTH, at + 2
        if size := LENGTHS.get(length):
            if len(received) < at + size:
                return
            length, at = int.from_bytes(received[at : at + size], "big"), at + size
        if len(received) < at + length:
            return
        yield opcode, received[at : at + length]
        at += length
