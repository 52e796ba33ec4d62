"""The common interface of HTTP/0.9, HTTP/1.1 and HTTP/2: sans-I/O, like h11 and h2."""

import asyncio
import math
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Protocol

import h11
from msgspec import Struct, field

from specdrift.model.exchange.probe import HeadForm

WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests have defined content semantics (RFC 9110 §9.3)."""
CHUNKED = (b"Transfer-Encoding", b"chunked")
MAX_BODY = 256 * 1024
"""Maximum number of bytes read of a response body."""
MAX_BODY_S = 3.0
"""Maximum seconds between head and end of a body."""
EVENTS_S = 0.5
"""Seconds for which an event stream is read after its first bytes: it never ends."""
MAX_HEAD = 64 * 1024

Receive = Callable[[], Awaitable[bytes]]
"""Returns the peer's next bytes; ``b""`` once it has closed."""
Send = Callable[[bytes], Awaitable[None]]


def body_ends(request_deadline: float) -> float:
    """Return the loop time until which a body is awaited, if its head is complete now."""
    return min(asyncio.get_running_loop().time() + MAX_BODY_S, request_deadline)


class BodyWait:
    """Limits the wait for a body whose head is complete. Enter ``timeout``, and call ``received`` for each part."""

    def __init__(self, request_deadline: float, fields: "Fields") -> None:
        self.timeout = asyncio.timeout_at(body_ends(request_deadline))
        self._is_endless = any(
            name.lower() == b"content-type" and value.strip().lower().startswith(b"text/event-stream")
            for name, value in fields
        )

    def received(self, size: int) -> None:
        """Take note of the first bytes: those of an event stream end the wait soon."""
        ends = self.timeout.when()
        if self._is_endless and size and ends is not None:
            self._is_endless = False
            self.timeout.reschedule(min(ends, asyncio.get_running_loop().time() + EVENTS_S))


BROKEN_OFF = (ssl.SSLError, OSError, h11.RemoteProtocolError, TimeoutError)
"""Errors that truncate a body. After a complete head this is still a response."""


class StreamReset(Exception):
    """The server reset the stream; ``code`` is the error code of RFC 9113 §7, or of RFC 9114 §8.1."""

    def __init__(self, code: int, *, version: str = "HTTP/2") -> None:
        super().__init__(f"{version} stream reset, error code {code}")
        self.code = code


class StreamRefused(StreamReset):
    """The same with a code that refuses the request, and says nothing of a fault or of another protocol."""


REFUSING = frozenset({0x7, 0x8, 0xC, 0x10B, 0x10C})
"""REFUSED_STREAM, CANCEL and INADEQUATE_SECURITY (RFC 9113 §7); H3_REQUEST_REJECTED and H3_REQUEST_CANCELLED (RFC 9114
§8.1).
"""


def reset_with(code: int, *, version: str = "HTTP/2") -> StreamReset:
    """Return the error for the code of a reset."""
    return (StreamRefused if code in REFUSING else StreamReset)(code, version=version)


class Continued(Exception):
    """The server sent 100 Continue to a head alone."""


class HeadUnanswered(Exception):
    """The server did not answer a head alone in time."""


CONTINUE = 100
AFTER_CONTINUE_S = 0.5
"""Seconds in which a final response may follow 100 Continue although the body is not sent."""


class HeadWait:
    """Limits the wait for the answer to a head alone; without a limit for other requests."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._wait = asyncio.timeout(seconds)
        self._continued = False

    def informed(self, status: int) -> None:
        """Take note of an informational response.

        After 100 Continue a head alone waits a little longer: some servers send it before their handlers run.
        """
        if status == CONTINUE and self._seconds is not None and not self._continued:
            self._continued = True
            self._wait.reschedule(asyncio.get_running_loop().time() + AFTER_CONTINUE_S)

    @asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """Raise `Continued` or `HeadUnanswered` when the time is over."""
        try:
            async with self._wait:
                yield
        except TimeoutError as error:
            if not self._wait.expired():
                raise
            if self._continued:
                raise Continued("100 Continue; the body is not sent") from error
            raise HeadUnanswered(f"no answer to the head within {self._seconds:g} s") from error


Fields = list[tuple[bytes, bytes]]
"""Header fields in wire order, names as they are written."""


class RawRequest(Struct, frozen=True, kw_only=True):
    """A request that is sent as it is: no field is added, nothing is normalized."""

    method: str
    target: bytes
    headers: Fields
    body: bytes = b""
    scheme: bytes = b"https"
    deadline: float = math.inf
    """Loop time until which the response body is awaited."""
    version: bytes = b"1.1"
    """HTTP version, unless ALPN negotiates HTTP/2."""
    head_wait: float | None = None
    """Seconds to wait for the answer to a head that declares a body, which is never sent; None for other requests."""
    head_form: HeadForm = HeadForm.WHOLE
    """How HTTP/1.1 sends the head."""
    trailers: Fields = field(default_factory=list)
    """Fields after the content. HTTP/1.1 needs chunks for them."""

    @property
    def hosts(self) -> Fields:
        """The Host fields."""
        return [(name, value) for name, value in self.headers if name.lower() == b"host"]


class RawResponse(Struct, frozen=True, kw_only=True):
    """A response as received."""

    status: int
    http_version: str
    headers: Fields
    body: bytes
    truncated: bool
    """Whether the body was not read to its end."""


ACTED_ON = frozenset(
    {
        *(b"location", b"content-type", b"content-encoding", b"content-length", b"transfer-encoding"),
        *(b"connection", b"date", b"retry-after", b"set-cookie"),
    }
)
"""Fields that change what a response means: only those of its own head count."""


def further_fields(fields: Iterable[tuple[bytes, bytes]]) -> Fields:
    """Return what 1xx responses (RFC 9110 §15.2) and trailers (§6.5) add to a response: they may carry data too."""
    named = [(bytes(name), bytes(value)) for name, value in fields]
    return [(name, value) for name, value in named if name.lower() not in ACTED_ON and name[:1] != b":"]


REASON, SURPLUS, PUSHED = b":reason", b":surplus", b":pushed"
"""Names under which a response has what stands in no field: names of real fields have no colon."""
PHRASES: Mapping[int, bytes] = {status.value: status.phrase.encode() for status in HTTPStatus}
"""The registered reason phrases."""
MOST_SURPLUS = 2000
"""Bytes after a response that are kept."""


UNREAD: tuple[bytes, bytes] = (b":unread", b"")
"""Stands among the fields of a response whose body went on when the time for it was over."""


def is_said_by_status(status: int, phrase: bytes) -> bool:
    """Return whether a reason phrase (RFC 9112 §4) says no more than the status."""
    return not phrase or phrase == PHRASES.get(status)


def outside_fields(status: int, phrase: bytes, surplus: bytes) -> Fields:
    """Return what a client sees beside fields and body: the reason phrase, and bytes after the end of the body.

    Servers write messages into the first, and the second is what a length that is too small leaves over.
    """
    stated = [] if is_said_by_status(status, phrase) else [(REASON, phrase)]
    return [*stated, *([(SURPLUS, surplus[:MOST_SURPLUS])] if surplus else [])]


class HttpConnection(Protocol):
    """The HTTP state of one connection."""

    def encode(self, message: RawRequest) -> bytes:
        """Return the bytes of a request."""
        ...

    def feed(self, data: bytes) -> None:
        """Accept bytes that arrived before the request was sent."""
        ...

    def receive_unsolicited(self, data: bytes) -> bool:
        """Accept bytes that arrived between two requests; return whether the connection is still usable."""
        ...

    async def read_response(self, receive: Receive, send: Send) -> RawResponse:
        """Read the response. Raises `h11.RemoteProtocolError`, `StreamReset`, ConnectionAbortedError (the peer closed
        without a response), `Continued` and `HeadUnanswered` for a head alone, or an error of ``receive``.
        """
        ...

    def start_next_cycle(self) -> bool:
        """Prepare for another request; return whether the connection allows one."""
        ...
