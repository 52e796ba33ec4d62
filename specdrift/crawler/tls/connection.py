"""One TLS connection on asyncio, driven through memory BIOs to expose all its facts.

``asyncio.open_connection(ssl=…)`` drops the alert that a server sends right after our Finished, cannot read after a
failed write, and reports neither the CertificateRequest nor whether our certificate was sent.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from specdrift.crawler.tls.arrivals import Arrivals
from specdrift.crawler.tls.handshake import ALERT_RECORD, HANDSHAKE_RECORD, Transcript
from specdrift.model.exchange.observation import TlsFacts

T = TypeVar("T")
CHUNK = 65536

RECORDED = frozenset({ALERT_RECORD, HANDSHAKE_RECORD})
TRANSCRIPT = "_specdrift_transcript"
"""Attribute of a connection of OpenSSL: looked up for each message, which a weak dictionary makes ten times as long."""


def _record(conn: Any, direction: str, version: int, content_type: int, _type: int, data: bytes) -> None:  # noqa: ANN401
    if content_type in RECORDED:
        transcript: Transcript | None = getattr(conn, TRANSCRIPT, None)
        if transcript is not None:
            transcript.record(direction, version, content_type, data)


def observe(context: ssl.SSLContext) -> ssl.SSLContext:
    """Record the handshake messages of this context's connections in `TlsStream.transcript`."""
    # The property of ssl.SSLContext makes enum members of all numbers of all records, which costs as much as sending
    # a request; the property of its base class passes plain numbers.
    ssl.SSLContext.__base__._msg_callback.__set__(context, _record)  # type: ignore[union-attr] # noqa: SLF001
    return context


class Flush(Enum):
    """When OpenSSL's output is sent after a step."""

    NOW = "now"
    LATER = "later"
    """Together with the next write: the end of a TLS 1.3 handshake and the request share one packet."""


class TlsStream:
    """A connected socket with TLS (without TLS if ``context`` is None).

    Raises ssl.SSLError and OSError. A failed write raises nothing, because an alert may still be readable; see
    ``write_failed``. ``session`` is a session of the same context to resume; ``fragmented`` splits the ClientHello
    into two records; ``preamble`` is sent first.
    """

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext | None,
        server_name: str | None,
        session: ssl.SSLSession | None = None,
        *,
        fragmented: bool = False,
        preamble: bytes = b"",
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._arrivals = Arrivals(sock)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.transcript = Transcript()
        self.write_failed = False
        self.facts: TlsFacts | None = None
        self.facts_at = -1
        self.ssl_object: ssl.SSLObject | None = None
        self._fragmented, self._preamble = fragmented, preamble
        if context is not None:
            self.ssl_object = context.wrap_bio(
                self._incoming, self._outgoing, server_hostname=server_name, session=session
            )
            setattr(self.ssl_object, TRANSCRIPT, self.transcript)

    async def handshake(self) -> None:
        """Complete the client's side. In TLS 1.3 the server has not verified our certificate by then (§4.4.2.4)."""
        if self._preamble:
            await self._write(self._preamble)
        if self.ssl_object is not None:
            await self._drive(self.ssl_object.do_handshake, flush=Flush.LATER)

    async def send(self, data: bytes) -> None:
        if self.ssl_object is None:
            await self._write(data)
        else:
            tls = self.ssl_object
            await self._drive(lambda: tls.write(data))

    async def receive(self) -> bytes:
        """Return the next bytes; ``b""`` only after close_notify (or FIN without TLS).

        Raises ssl.SSLEOFError if the peer closed without close_notify.
        """
        if self.ssl_object is None:
            return await self._arrivals.next()
        tls = self.ssl_object
        try:
            return await self._drive(lambda: tls.read(CHUNK))
        except ssl.SSLZeroReturnError:
            return b""

    def read_unsolicited(self) -> bytes:
        """Return application data received by now; ``b""`` if there is none (tickets are not data).

        Raises ssl.SSLError or OSError if the peer closed.
        """
        data = self._arrivals.now()
        if data == b"":
            raise ssl.SSLEOFError("closed while idle")
        if self.ssl_object is None:
            return data or b""
        if data is not None:
            self._incoming.write(data)
        elif not self._incoming.pending:
            return b""
        try:
            return self.ssl_object.read(CHUNK)
        except ssl.SSLWantReadError:
            return b""

    def close(self) -> None:
        """Close at once, without close_notify: some peers never answer it."""
        self._arrivals.stop()
        self._sock.close()

    def abort(self) -> None:
        """Close with RST, so that the server cannot take a head whose body is missing for a whole request."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    async def _drive(self, step: Callable[[], T], flush: Flush = Flush.NOW) -> T:
        """Repeat an OpenSSL call, with network input and output, until it completes."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except ssl.SSLError:
                await self._flush()  # our own alert, if OpenSSL made one
                raise
            else:
                if flush is Flush.NOW:
                    await self._flush()
                return result

    async def _feed(self) -> None:
        data = await self._arrivals.next()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        if self._outgoing.pending:
            data = self._outgoing.read()
            # The first output is the ClientHello.
            data, self._fragmented = in_fragments(data) if self._fragmented else data, False
            await self._write(data)

    async def _write(self, data: bytes) -> None:
        if self.write_failed:
            return
        try:
            if (sent := self._sent_at_once(data)) < len(data):
                await self._loop.sock_sendall(self._sock, memoryview(data)[sent:])
        except OSError:
            # The server closed while we wrote. Its alert may be in our receive buffer: keep reading.
            self.write_failed = True

    def _sent_at_once(self, data: bytes) -> int:
        """Return the bytes that the socket's buffer took, nearly always all; asyncio first looks for a transport."""
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0


HEADER, FIRST = 5, 64
"""Length of a record's header (RFC 8446 §5.1), and of the first fragment: it ends before a ClientHello's extensions."""


def in_fragments(record: bytes) -> bytes:
    """Split a record into two of the same type and version, as handshake messages may be (RFC 8446 §5.1)."""
    kind, content = record[:3], record[HEADER:]
    parts = (content[:FIRST], content[FIRST:])
    return b"".join(kind + len(part).to_bytes(2, "big") + part for part in parts)
