"""An httpx transport that owns exactly one connection and exposes all facts about it."""

import asyncio
import contextlib
import os
import socket
import ssl
import time
from collections.abc import Callable
from enum import Enum

import h11
import httpx

from specdrift.crawler.http.client import WireRequest, WireResponse
from specdrift.crawler.http.head_forms import BETWEEN_RECORDS_S, in_form
from specdrift.crawler.http.http09 import VERSION as OLDEST
from specdrift.crawler.http.http09 import Http09
from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.http2 import Http2, TunnelledHttp2, is_switched
from specdrift.crawler.http.sans_io import (
    Continued,
    HeadUnanswered,
    HttpConnection,
    RawRequest,
    RawResponse,
    StreamRefused,
    StreamReset,
)
from specdrift.crawler.tls.connection import TlsStream
from specdrift.model.exchange.observation import Ending, NotSentReason, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Endpoint, HeadForm
from specdrift.model.exchange.proxy_header import ProxyHeader

FAILURES = (ssl.SSLError, OSError, h11.ProtocolError, StreamReset, Continued, HeadUnanswered)
"""Errors that end an exchange without a response. Any other error is a bug and propagates."""
ENDINGS = {
    StreamReset: Ending.STREAM_RESET,
    StreamRefused: Ending.STREAM_REFUSED,
    Continued: Ending.CONTINUE,
    HeadUnanswered: Ending.TIMEOUT,
}
"""Endings of the errors of `specdrift.crawler.http.sans_io`."""
NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
)
"""OpenSSL's reasons for bytes that are not a TLS record."""


class Opening(Enum):
    """What the client does first after the handshake of a new connection."""

    WRITE_FIRST = "write-first"
    READ_FIRST = "read-first"
    """Wait a little for an alert before the request is written. In TLS 1.3 the server verifies our certificate
    after our handshake is done (RFC 8446 §4.4.2.4), and a failed write can lose its alert."""


class ExchangeFailed(httpx.TransportError):
    """The exchange ended without an HTTP response. The message is for people."""

    def __init__(
        self, ending: Ending, phase: WirePhase, detail: str, *, not_sent: NotSentReason | None = None
    ) -> None:
        super().__init__(detail)
        self.ending = ending
        self.phase = phase
        self.not_sent = not_sent


class OneConnectionTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 or HTTP/2 (chosen by ALPN) over one connection, which is kept alive while the server allows it.

    ``context`` is None for plain HTTP. The attributes describe the last exchange and stay readable after it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        context: ssl.SSLContext | None,
        *,
        fragmented: bool = False,
        proxy: ProxyHeader | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._fragmented, self._proxy = fragmented, proxy
        self._context = context
        self.opening = Opening.WRITE_FIRST
        """May be set for the next connection."""
        self.offer: Callable[[], None] | None = None
        """Sets the context, which others may share, for the next connection; None if it stays as it was made."""
        self.resume: ssl.SSLSession | None = None
        """Session of the same context that the next connection resumes."""
        self._http: HttpConnection = Http1()
        self._open = False
        self._aborts = False
        """Whether the last request lacks its body."""
        self._handshake_s = 0.0
        self.stream: TlsStream | None = None
        self.reported_tls: TlsFacts | None = None
        """TLS facts reported by another program, if that made the connection instead of ``stream``."""
        self.phase = WirePhase.CONNECT
        self.tunnels = False
        """Whether the next request after 101 to an Upgrade to HTTP/2 is sent on the same connection."""
        self.keeps_rejected = False
        """Whether the connection is kept after content was rejected."""
        self.reused = False
        """Whether the last exchange used a kept connection."""
        self.connections = 0
        """Number of connections opened so far."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request of `specdrift.crawler.http.client`. Raises `ExchangeFailed` without a response."""
        if not isinstance(request, WireRequest):
            raise TypeError(f"this transport sends WireRequest, not {type(request).__name__}")
        return WireResponse(await self._exchange(request.raw))

    async def _exchange(self, request: RawRequest) -> RawResponse:
        try:
            stream = await self.connect()
            self._aborts = request.head_wait is not None
            if request.version == OLDEST:
                self._http = Http09()
            if isinstance(self._http, Http2) and not await self._http.takes(
                request, self._receive, stream.send
            ):
                raise ExchangeFailed(
                    Ending.NOT_SENT,
                    self.phase,
                    "the server does not announce extended CONNECT",
                    not_sent=NotSentReason.NO_EXTENDED_CONNECT,
                )
            if isinstance(self._http, Http1):
                self._http.keeps_rejected = self.keeps_rejected
            await self._send(stream, request)
            response = await self._http.read_response(self._receive, stream.send)
        except FAILURES as error:
            self.disconnect()
            raise self._failure(error) from error
        if self.tunnels and isinstance(self._http, Http1) and is_switched(response):
            self._http = TunnelledHttp2(self._http.after_switch)
        elif not self._http.start_next_cycle():
            self.disconnect()
        return response

    async def _send(self, stream: TlsStream, request: RawRequest) -> None:
        encoded = self._http.encode(request)
        form = request.head_form if isinstance(self._http, Http1) else HeadForm.WHOLE
        for place, part in enumerate(in_form(form, encoded)):
            if place:
                await asyncio.sleep(BETWEEN_RECORDS_S)
            await stream.send(part)

    async def listen(self) -> None:
        """Make a handshake and wait. Raises `ExchangeFailed` unless the server stays silent."""
        self.disconnect()
        try:
            await self._listen(await self.connect())
        except FAILURES as error:
            raise self._failure(error) from error
        finally:
            self.disconnect()

    def server_certificate(self) -> bytes:
        """Return the DER of the server's certificate on the current connection; empty without one."""
        tls = self.stream.ssl_object if self.stream else None
        return (tls.getpeercert(binary_form=True) or b"") if tls and tls.version() else b""

    def give_session_to(self, to: "OneConnectionTransport") -> bool:
        """Let a transport of the same context resume this session; return whether there is one.

        Call it after a response: TLS 1.3 tickets come after the handshake (RFC 8446 §4.6.1).
        """
        to.resume = None
        tls = self.stream.ssl_object if self.stream else None
        # Without a version the handshake is incomplete, and OpenSSL cannot export its session.
        if tls is None or (version := tls.version()) is None or (session := tls.session) is None:
            return False
        # Before TLS 1.3 the server may also store the session by id.
        if session.has_ticket or (session.id and version != "TLSv1.3"):
            to.resume = session
        return to.resume is not None

    def disconnect(self) -> None:
        """Close the connection; its facts stay readable."""
        if self.stream is not None:
            self.stream.abort() if self._aborts else self.stream.close()
        self._open = self._aborts = False

    async def aclose(self) -> None:
        """Close the connection; httpx calls it when the client is closed."""
        self.disconnect()

    async def connect(self) -> TlsStream:
        """Return the open connection, or a new one after its handshake."""
        self.reused = self._open and self._is_reusable()
        if self.stream is not None and self.reused:
            self.phase = WirePhase.REQUEST
            return self.stream
        self.disconnect()
        self.phase = WirePhase.CONNECT
        self.stream = None  # keep no alert of the last connection
        sock = await self._socket()
        self.connections += 1
        self.stream = self._stream(sock)
        self._open = True
        self.phase = WirePhase.HANDSHAKE
        began = time.monotonic()
        await self.stream.handshake()
        self._handshake_s = time.monotonic() - began
        self._http = Http2() if self._negotiated_http2() else Http1()
        if self.opening is Opening.READ_FIRST:
            await self._listen(self.stream)
        self.phase = WirePhase.REQUEST
        return self.stream

    def _stream(self, sock: socket.socket) -> TlsStream:
        """Return the connection over a connected socket, before its handshake."""
        if self.offer is not None:
            self.offer()
        return TlsStream(
            sock,
            self._context,
            self.endpoint.server_name or None,
            self.resume,
            fragmented=self._fragmented,
            preamble=self._proxy.encoded(self.endpoint.address, self.endpoint.port) if self._proxy else b"",
        )

    def _is_reusable(self) -> bool:
        """Whether a kept connection can carry another request: a server may close it, or send an unsolicited response
        (408), at any time.
        """
        assert self.stream is not None  # noqa: S101 - only an open connection is kept
        try:
            data = self.stream.read_unsolicited()
        except FAILURES:
            return False
        return not data or self._http.receive_unsolicited(data)

    def _negotiated_http2(self) -> bool:
        tls = self.stream.ssl_object if self.stream else None
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
        # Twice the handshake's time covers the network delay; the rest is processing time of the server.
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
        return ExchangeFailed(ending_of(error, self.phase), self.phase, text_of(error))


def ending_of(error: Exception, phase: WirePhase) -> Ending:
    """Classify an error that is not an alert of the server."""
    if phase is WirePhase.CONNECT:
        return Ending.NO_CONNECTION
    if (own := ENDINGS.get(type(error))) is not None:
        return own
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
    # Before CPython 3.12 a reset has reason None ("[SYS] unknown error").
    return Ending.CLIENT_ERROR if error.reason else Ending.CLOSED


def text_of(error: Exception) -> str:
    """Prefer the system's text: asyncio's own for a refused connection is a tuple."""
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno).lower()
    if isinstance(error, Continued | HeadUnanswered):
        return str(error)
    return f"{type(error).__name__}: {error}"
