"""One TLS connection on asyncio, driven through memory BIOs so that nothing about it is hidden.

Why not ``asyncio.open_connection(ssl=…)``: it swallows the alert that a server sends right after our
Finished, it cannot read after a failed write, and it tells neither the CertificateRequest nor whether our
certificate left. Those are the facts that this tool lives on.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from specdrift.crawler.tls.arrivals import Arrivals
from specdrift.crawler.tls.handshake import ALERT_RECORD, HANDSHAKE_RECORD, Transcript
from specdrift.model.exchange.observation import TlsFacts

T = TypeVar("T")
CHUNK = 65536

_transcripts: WeakKeyDictionary[Any, Transcript] = WeakKeyDictionary()


def _record(conn: Any, direction: str, version: int, content_type: int, _type: int, data: bytes) -> None:  # noqa: ANN401
    if (
        content_type in (ALERT_RECORD, HANDSHAKE_RECORD)
        and (transcript := _transcripts.get(conn)) is not None
    ):
        transcript.record(direction, version, content_type, data)


def observe(context: ssl.SSLContext) -> ssl.SSLContext:
    """Lets connections of this context tell their handshake messages (see ``TlsStream.transcript``)."""
    # The property of ssl.SSLContext would turn every number of every record into an enum member first, which
    # costs as much as sending a request; the one below it hands the numbers over as they are.
    ssl.SSLContext.__base__._msg_callback.__set__(context, _record)  # type: ignore[union-attr] # noqa: SLF001
    return context


class Flush(Enum):
    """When bytes that OpenSSL has ready go onto the wire once a step is done."""

    NOW = "now"
    LATER = "later"
    """Together with what is written next: the end of a TLS 1.3 handshake and the request are one packet."""


class TlsStream:
    """A connected socket with TLS on it (or, with ``context`` ``None``, without).

    Errors are the standard library's: ``ssl.SSLError`` and ``OSError``. A failed write is not an error: the
    reason may still be waiting to be read (``write_failed`` tells). ``session`` is one of the same context to resume;
    ``fragmented`` sends the ClientHello in several records.
    """

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext | None,
        server_name: str | None,
        session: ssl.SSLSession | None = None,
        *,
        fragmented: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._arrivals = Arrivals(sock)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.transcript = Transcript()
        self.write_failed: OSError | None = None
        self.facts: TlsFacts | None = None
        self.facts_at = -1
        self.object: ssl.SSLObject | None = None
        self._fragmented = fragmented
        if context is not None:
            self.object = context.wrap_bio(
                self._incoming, self._outgoing, server_hostname=server_name, session=session
            )
            _transcripts[self.object] = self.transcript

    async def handshake(self) -> None:
        """Returns when the client's side is done. In TLS 1.3 the server has not judged the client's
        certificate by then (RFC 8446 §4.4.2.4).
        """
        if self.object is not None:
            await self._drive(self.object.do_handshake, flush=Flush.LATER)

    async def send(self, data: bytes) -> None:
        if self.object is None:
            await self._write(data)
        else:
            tls = self.object
            await self._drive(lambda: tls.write(data))

    async def receive(self) -> bytes:
        """The next bytes of the peer; ``b""`` only after its close_notify (or FIN without TLS).

        Raises ``ssl.SSLEOFError`` when the peer closed without saying so.
        """
        if self.object is None:
            return await self._arrivals.next()
        tls = self.object
        try:
            return await self._drive(lambda: tls.read(CHUNK))
        except ssl.SSLZeroReturnError:
            return b""

    def unasked(self) -> bytes:
        """What the peer has said by now although nobody waits for it; ``b""`` for nothing, or for what only TLS has to
        know (tickets). Raises ``ssl.SSLError`` or ``OSError`` when it closed.
        """
        data = self._arrivals.now()
        if data == b"":
            raise ssl.SSLEOFError("closed while idle")
        if self.object is None:
            return data or b""
        if data is not None:
            self._incoming.write(data)
        elif not self._incoming.pending:
            return b""
        try:
            return self.object.read(CHUNK)
        except ssl.SSLWantReadError:
            return b""

    def close(self) -> None:
        """Closes at once; no close_notify, since the peer may be the kind that never answers one."""
        self._arrivals.stop()
        self._sock.close()

    async def _drive(self, step: Callable[[], T], flush: Flush = Flush.NOW) -> T:
        """Repeats an OpenSSL call until it has what it needs from the network."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except ssl.SSLError:
                await self._flush()  # our own alert, if OpenSSL wrote one
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
            # The first that leaves is the ClientHello.
            data, self._fragmented = in_fragments(data) if self._fragmented else data, False
            await self._write(data)

    async def _write(self, data: bytes) -> None:
        if self.write_failed is not None:
            return
        try:
            await self._loop.sock_sendall(self._sock, data)
        except OSError as error:
            # The server closed while we wrote. Its alert may lie in our receive buffer: read on.
            self.write_failed = error


HEADER, FIRST = 5, 64
"""Bytes before the content of a record (RFC 8446 §5.1), and of the content of the first fragment: less than what comes
before the extensions of a ClientHello.
"""


def in_fragments(record: bytes) -> bytes:
    """One record cut in two of the same type and version, which is what a handshake message may come in."""
    kind, content = record[:3], record[HEADER:]
    parts = (content[:FIRST], content[FIRST:])
    return b"".join(kind + len(part).to_bytes(2, "big") + part for part in parts)
