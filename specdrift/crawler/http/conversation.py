"""What HTTP/1.1 and HTTP/2 have in common, seen from the connection that carries them."""

import asyncio
import math
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import h11

WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests have content by right (RFC 9110 §9.3)."""
MAX_BODY = 256 * 1024
"""Bytes of a response body that are read; what comes after tells nothing new."""
MAX_BODY_S = 3.0
"""Seconds that a body is waited for once its head is there: event streams never end."""
MAX_HEAD = 64 * 1024

Receive = Callable[[], Awaitable[bytes]]
"""The peer's next bytes; ``b""`` when it closed."""
Send = Callable[[bytes], Awaitable[None]]


def body_ends(request_deadline: float) -> float:
    """Until when (loop time) a body is waited for once its head is there: not past the exchange's end."""
    return min(asyncio.get_running_loop().time() + MAX_BODY_S, request_deadline)


BROKEN_OFF = (ssl.SSLError, OSError, h11.RemoteProtocolError, TimeoutError)
"""How a body may break off after its head came whole: that is still an answer."""


class StreamReset(Exception):
    """The server reset the HTTP/2 stream; ``code`` is the error code of RFC 9113 §7."""

    def __init__(self, code: int) -> None:
        super().__init__(f"HTTP/2 stream reset, error code {code}")
        self.code = code


Fields = list[tuple[bytes, bytes]]
"""Header fields in wire order, names as they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request, to the byte: nothing is added to ``headers``, and ``target`` is not normalised. ``deadline`` is the
    loop time until which a body may be waited for. ``version`` is that of HTTP/1.x, where ALPN has not chosen another.
    """

    method: str
    target: bytes
    headers: Fields
    body: bytes = b""
    scheme: bytes = b"https"
    deadline: float = math.inf
    version: bytes = b"1.1"

    @property
    def hosts(self) -> Fields:
        """The fields of the name Host."""
        return [(name, value) for name, value in self.headers if name.lower() == b"host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response. ``truncated``: its body was not read to the end."""

    status: int
    http_version: str
    headers: Fields
    body: bytes
    truncated: bool


class Conversation(Protocol):
    """HTTP on one connection, without the connection."""

    def encode(self, message: Message) -> bytes:
        """The bytes that ask."""
        ...

    def feed(self, data: bytes) -> None:
        """Takes bytes that came before they were asked for."""
        ...

    def unasked(self, data: bytes) -> bool:
        """Takes bytes that came between two requests; whether the connection can carry another one all the same."""
        ...

    async def answer(self, receive: Receive, send: Send) -> Response:
        """Reads the response. Raises ``h11.RemoteProtocolError``, ``StreamReset``, ``ConnectionAbortedError``
        when the peer closed instead, or what ``receive`` raises.
        """
        ...

    def ready_again(self) -> bool:
        """Whether the connection can carry one more request; gets ready for it."""
        ...
