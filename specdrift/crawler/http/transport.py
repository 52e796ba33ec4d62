"""An httpx transport that owns exactly one connection and tells everything it saw of it."""

import asyncio
import contextlib
import os
import socket
import ssl
import time
from enum import Enum

import h11
import httpx

from specdrift.crawler.http.client import message_of, response_of
from specdrift.crawler.http.conversation import Conversation, Message, Response, StreamReset
from specdrift.crawler.http.http09 import VERSION as OLDEST
from specdrift.crawler.http.http09 import Http09
from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.http2 import Http2
from specdrift.crawler.tls.connection import TlsStream
from specdrift.model.exchange.observation import Ending, NotSentReason, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Endpoint

FAILURES = (ssl.SSLError, OSError, h11.ProtocolError, StreamReset)
"""What may end an exchange without a response. Anything else is a bug, and stays one."""
NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
)
"""Reasons of OpenSSL for bytes that are no TLS record."""


class Opening(Enum):
    """Who speaks first on a new connection."""

    WRITE_FIRST = "write-first"
    READ_FIRST = "read-first"
    """Give the server time to object before the request is written: in TLS 1.3 its judgement of our
    certificate comes after our handshake is done (RFC 8446 §4.4.2.4), and a write may drown it."""


class ExchangeFailed(httpx.TransportError):
    """No HTTP response came. ``ending`` and ``phase`` say how and how far; the message is for people."""

    def __init__(
        self, ending: Ending, phase: WirePhase, detail: str, *, not_sent: NotSentReason | None = None
    ) -> None:
        super().__init__(detail)
        self.ending = ending
        self.phase = phase
        self.not_sent = not_sent


class OneConnectionTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 or HTTP/2 (as ALPN says) over one connection, kept alive while the server lets us.

    ``context`` is ``None`` for plain HTTP. The facts of the last exchange stay readable after it: ``stream``
    (its TLS object and transcript), or what was ``told`` of it where another program made it, ``phase``, ``reused``;
    ``connections`` counts those opened so far.
    ``opening`` and ``resume`` (a session of the same context) may be set for the next connection.
    """

    def __init__(
        self, endpoint: Endpoint, context: ssl.SSLContext | None, *, fragmented: bool = False
    ) -> None:
        self.endpoint = endpoint
        self._fragmented = fragmented
        self._context = context
        self.opening = Opening.WRITE_FIRST
        self.resume: ssl.SSLSession | None = None
        self._http: Conversation = Http1()
        self._open = False
        self._handshake_s = 0.0
        self.stream: TlsStream | None = None
        self.told: TlsFacts | None = None
        self.phase = WirePhase.CONNECT
        self.reused = False
        self.connections = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request. Raises ``ExchangeFailed`` where no response came."""
        return response_of(await self._ask(message_of(request)))

    async def _ask(self, message: Message) -> Response:
        try:
            stream = await self.connect()
            if message.version == OLDEST:
                self._http = Http09()
            await stream.send(self._http.encode(message))
            answer = await self._http.answer(self._receive, stream.send)
        except FAILURES as error:
            self.disconnect()
            raise self._failure(error) from error
        if not self._http.ready_again():
            self.disconnect()
        return answer

    async def listen(self) -> None:
        """Makes a handshake and listens. Returns when the server stayed silent; raises when it objected."""
        self.disconnect()
        try:
            await self._listen(await self.connect())
        except FAILURES as error:
            raise self._failure(error) from error
        finally:
            self.disconnect()

    def server_certificate(self) -> bytes:
        """DER of the certificate that the server showed last; empty without one."""
        tls = self.stream.object if self.stream else None
        return (tls.getpeercert(binary_form=True) or b"") if tls and tls.version() else b""

    def hand_over(self, to: "OneConnectionTransport") -> bool:
        """Gives the session to a transport of the same context; whether there is one. In TLS 1.3 tickets come with the
        first answer at the earliest (RFC 8446 §4.6.1), so it is to be handed over after one.
        """
        to.resume = None
        tls = self.stream.object if self.stream else None
        # Without a version the handshake is not done, and OpenSSL fails to write down a session that is half there.
        if tls is None or (version := tls.version()) is None or (session := tls.session) is None:
            return False
        # Before TLS 1.3 the server may also keep the session itself, by its id.
        if session.has_ticket or (session.id and version != "TLSv1.3"):
            to.resume = session
        return to.resume is not None

    def disconnect(self) -> None:
        """Closes the connection; the facts stay readable."""
        if self.stream is not None:
            self.stream.close()
        self._open = False

    async def aclose(self) -> None:
        """Closes the connection (httpx calls it with the client's own close)."""
        self.disconnect()

    async def connect(self) -> TlsStream:
        """The open connection, or a new one with its handshake done."""
        self.reused = self._open and self._still_good()
        if self.stream is not None and self.reused:
            self.phase = WirePhase.REQUEST
            return self.stream
        self.disconnect()
        self.phase = WirePhase.CONNECT
        self.stream = None  # the last connection's alert is not this one's
        sock = await self._socket()
        self.connections += 1
        self.stream = TlsStream(
            sock,
            self._context,
            self.endpoint.server_name or None,
            self.resume,
            fragmented=self._fragmented,
        )
        self._open = True
        self.phase = WirePhase.HANDSHAKE
        began = time.monotonic()
        await self.stream.handshake()
        self._handshake_s = time.monotonic() - began
        self._http = Http2() if self._speaks_http2() else Http1()
        if self.opening is Opening.READ_FIRST:
            await self._listen(self.stream)
        self.phase = WirePhase.REQUEST
        return self.stream

    def _still_good(self) -> bool:
        """Whether a kept connection can carry another request: servers close it, or say that it was idle for too long,
        when they like. What they say then is an answer to nobody.
        """
        assert self.stream is not None  # noqa: S101 - only an open connection is kept
        try:
            said = self.stream.unasked()
        except FAILURES:
            return False
        return not said or self._http.unasked(said)

    def _speaks_http2(self) -> bool:
        tls = self.stream.object if self.stream else None
        return tls is not None and tls.selected_alpn_protocol() == "h2"

    async def _socket(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self.endpoint.address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await loop.sock_connect(sock, (self.endpoint.address, self.endpoint.port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _listen(self, stream: TlsStream) -> None:
        self.phase = WirePhase.LISTEN
        # Twice the handshake's time covers the network's delay; the rest is time for the server to think.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2 + 2 * self._handshake_s):
                data = await stream.receive()
                if not data:
                    raise ssl.SSLEOFError("closed after the handshake")
                self._http.feed(data)

    async def _receive(self) -> bytes:
        assert self.stream is not None  # noqa: S101 - only an open connection is read
        data = await self.stream.receive()
        if data:
            self.phase = WirePhase.RESPONSE
        return data

    def _failure(self, error: Exception) -> ExchangeFailed:
        transcript = self.stream.transcript if self.stream else None
        if transcript is not None and transcript.alert_received:
            return ExchangeFailed(Ending.ALERT, self.phase, f"TLS alert {transcript.alert_received}")
        return ExchangeFailed(ending_of(error, self.phase), self.phase, _words(error))


def ending_of(error: Exception, phase: WirePhase) -> Ending:
    """How an exchange ended that no alert of the server ended."""
    if phase is WirePhase.CONNECT:
        return Ending.NO_CONNECTION
    if isinstance(error, StreamReset):
        return Ending.STREAM_RESET
    if isinstance(error, h11.LocalProtocolError):
        return Ending.CLIENT_ERROR
    if isinstance(error, h11.RemoteProtocolError):
        return Ending.NOT_HTTP if phase is WirePhase.RESPONSE else Ending.CLOSED
    if isinstance(error, ssl.SSLError):
        return _ending_of_tls(error)
    return Ending.CLOSED


def _ending_of_tls(error: ssl.SSLError) -> Ending:
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
        return Ending.CLOSED
    if error.reason in NOT_TLS:
        return Ending.NOT_HTTP
    # reason None is "[SYS] unknown error", the shape of a reset before CPython 3.12.
    return Ending.CLIENT_ERROR if error.reason else Ending.CLOSED


def _words(error: Exception) -> str:
    """In the words of the system where it has some: asyncio's own for a refused connection are a tuple."""
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno).lower()
    return f"{type(error).__name__}: {error}"
