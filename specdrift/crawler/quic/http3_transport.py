"""HTTP/3 (RFC 9114) over one QUIC connection, one request at a time."""

import asyncio
import contextlib
import socket
import ssl
import time

import h11
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.events import HandshakeCompleted, QuicEvent, StreamDataReceived
from aioquic.quic.events import StreamReset as QuicStreamReset

from specdrift.crawler.http.http2 import STATUS, is_sent
from specdrift.crawler.http.sans_io import (
    MAX_BODY,
    BodyWait,
    Fields,
    RawRequest,
    RawResponse,
    further_fields,
    reset_with,
)
from specdrift.crawler.http.transport import (
    FAILURES,
    ExchangeFailed,
    OneConnectionTransport,
    Opening,
    ending_of,
    text_of,
)
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.crawler.quic.quic_line import QuicLine, QuicTerminated
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Endpoint

QUIC_FAILURES = (*FAILURES, QuicTerminated)
LISTEN_S = 0.2
"""Seconds to wait for an alert, besides twice the time of the handshake."""


class _Response:
    """Collects the events of one stream."""

    def __init__(self, stream: int) -> None:
        self.stream = stream
        self.status = 0
        self.headers, self.further = Fields(), Fields()
        self.content = bytearray()
        self.ended = False

    def add(self, event: H3Event) -> None:
        """Take an event of the stream."""
        if not isinstance(event, HeadersReceived | DataReceived) or event.stream_id != self.stream:
            return
        if isinstance(event, DataReceived):
            self.content += event.data
        elif self.status:
            self.further += further_fields(event.headers)
        else:
            self._add_head(event.headers)
        self.ended = self.ended or event.stream_ended

    def _add_head(self, fields: Fields) -> None:
        """Take the head of an interim response (RFC 9110 §15.2) or of the final one."""
        status = next((value for name, value in fields if name == b":status"), b"")
        if not STATUS.fullmatch(status):
            raise h11.RemoteProtocolError(f"not HTTP/3: the status is {status[:20]!r}")
        if status.startswith(b"1"):
            self.further += further_fields(fields)
            return
        self.status = int(status)
        self.headers = [(name, value) for name, value in fields if not name.startswith(b":")]


class Http3Transport(OneConnectionTransport):
    """Sends requests over HTTP/3. ``context`` has the trust anchors; ``presented`` is None for no certificate."""

    def __init__(
        self, endpoint: Endpoint, context: ssl.SSLContext, *, presented: ClientCertificate | None
    ) -> None:
        super().__init__(endpoint, context)
        self._trust, self._presented = context, presented
        self._line: QuicLine | None = None
        self._h3: H3Connection | None = None
        self._handshake_took = 0.0

    async def _exchange(self, request: RawRequest) -> RawResponse:
        try:
            line, http = await self._opened()
            response = _Response(_send(line, http, request))
            await self._read(line, http, response, request)
        except QUIC_FAILURES as error:
            raise self._failed(error) from error
        finally:
            self._report()
        if not response.ended:
            self.disconnect()
        return RawResponse(
            status=response.status,
            http_version="HTTP/3",
            headers=[*response.headers, *response.further],
            body=bytes(response.content[:MAX_BODY]),
            truncated=not response.ended,
        )

    async def listen(self) -> None:
        """Make a handshake and wait. Raises `ExchangeFailed` unless the server stays silent."""
        self.disconnect()
        try:
            line, http = await self._opened()
            await self._await_alert(line, http)
        except QUIC_FAILURES as error:
            raise self._failed(error) from error
        finally:
            self._report()
            self.disconnect()

    def server_certificate(self) -> bytes:
        """Return the DER of the server's certificate; empty without one."""
        return self._line.server_certificate() if self._line else b""

    def give_session_to(self, to: OneConnectionTransport) -> bool:
        """Return False: sessions of QUIC are not resumed."""
        to.resume = None
        return False

    def disconnect(self) -> None:
        """Close the connection; its facts stay readable."""
        if self._line is not None:
            self._line.close()

    async def _opened(self) -> tuple[QuicLine, H3Connection]:
        """Return the open connection, or a new one after its handshake."""
        self.reused = self._line is not None and self._line.is_usable()
        if self._line is not None and self._h3 is not None and self.reused:
            self.phase = WirePhase.REQUEST
            return self._line, self._h3
        self.disconnect()
        self._line, self.phase, self.reported_tls = None, WirePhase.CONNECT, None
        if self._presented is not None and self._presented.problem:
            raise QuicTerminated(Ending.CLIENT_ERROR, self._presented.problem)
        line = self._line = QuicLine(self._udp_socket(), self.endpoint, self._trust, self._presented)
        self.connections += 1
        http = self._h3 = H3Connection(line.quic)
        began = time.monotonic()
        while not isinstance(await self._next(line, http), HandshakeCompleted):
            pass
        self._handshake_took = time.monotonic() - began
        line.flush()
        if self.opening is Opening.READ_FIRST:
            await self._await_alert(line, http)
        self.phase = WirePhase.REQUEST
        return line, http

    def _udp_socket(self) -> socket.socket:
        if not self.endpoint.address:
            raise QuicTerminated(Ending.NO_CONNECTION, "the host does not resolve to an address")
        family = socket.AF_INET6 if ":" in self.endpoint.address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        try:
            # A connected socket reports a closed port, and accepts datagrams of this address only.
            sock.connect((self.endpoint.address, self.endpoint.port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _await_alert(self, line: QuicLine, http: H3Connection) -> None:
        """Wait for an alert: the server verifies the certificate after the client's handshake (RFC 8446 §4.4.2.4)."""
        self.phase = WirePhase.LISTEN
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_S + 2 * self._handshake_took):
                while True:
                    await self._next(line, http)

    async def _read(
        self, line: QuicLine, http: H3Connection, response: _Response, request: RawRequest
    ) -> None:
        while not response.status:
            await self._add_next(line, http, response)
        try:
            wait = BodyWait(request.deadline, response.headers)
            async with wait.timeout:
                while not response.ended and len(response.content) < MAX_BODY:
                    wait.received(len(response.content))
                    await self._add_next(line, http, response)
        except (*QUIC_FAILURES, TimeoutError):
            pass  # after a complete head this is a response

    async def _add_next(self, line: QuicLine, http: H3Connection, response: _Response) -> None:
        """Give the response what belongs to it of the next event."""
        event = await self._next_event(line)
        own = getattr(event, "stream_id", None) == response.stream
        if own and isinstance(event, QuicStreamReset):
            raise reset_with(event.error_code, version="HTTP/3")
        if own and isinstance(event, StreamDataReceived):
            self.phase = WirePhase.RESPONSE
        for each in http.handle_event(event):
            response.add(each)

    async def _next(self, line: QuicLine, http: H3Connection) -> QuicEvent:
        """Return the next event, after HTTP/3 has taken what concerns the connection."""
        event = await self._next_event(line)
        http.handle_event(event)
        return event

    async def _next_event(self, line: QuicLine) -> QuicEvent:
        try:
            return await line.next_event()
        finally:
            if line.answered and self.phase is WirePhase.CONNECT:
                self.phase = WirePhase.HANDSHAKE

    def _report(self) -> None:
        self.reported_tls = self._line.facts() if self._line else None

    def _failed(self, error: Exception) -> ExchangeFailed:
        self.disconnect()
        if isinstance(error, QuicTerminated):
            return ExchangeFailed(error.ending, self.phase, str(error))
        return ExchangeFailed(ending_of(error, self.phase), self.phase, text_of(error))


def _send(line: QuicLine, http: H3Connection, request: RawRequest) -> int:
    """Send a request and return its stream. Raises `h11.LocalProtocolError` for what HTTP/3 does not have."""
    if request.head_wait is not None:
        raise h11.LocalProtocolError("a head without its body is not sent over HTTP/3")
    stream = line.quic.get_next_available_stream_id()
    hosts = [value for _, value in request.hosts]
    headers = [
        (b":method", request.method.encode()),
        (b":scheme", request.scheme),
        (b":authority", next(iter(hosts), b"")),
        (b":path", request.target),
        *((name.lower(), value) for name, value in request.headers if is_sent(name.lower(), value)),
        *((b"host", host) for host in hosts[1:]),
    ]
    http.send_headers(stream, headers, end_stream=not request.body)
    if request.body:
        http.send_data(stream, request.body, end_stream=True)
    line.flush()
    return stream
