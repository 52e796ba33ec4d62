"""One QUIC connection over a UDP socket: aioquic's sans-I/O connection on asyncio.

aioquic's own client hides a refused port and which side closed the connection.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Any

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, QuicEvent
from aioquic.quic.packet import QuicErrorCode, QuicFrameType
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.alerts import NOT_A_REFUSAL, alert_name
from specdrift.model.exchange.observation import Ending, TlsFacts
from specdrift.model.exchange.probe import HTTP_3, Endpoint

DATAGRAM = 65536
CRYPTO_ERRORS = range(0x100, 0x200)
"""Transport error codes that carry a TLS alert (RFC 9001 §4.8)."""
VERSION = "TLSv1.3"
"""The only version of TLS that QUIC has (RFC 9001 §4.2)."""


class QuicTerminated(Exception):
    """The connection ended. The message is for people."""

    def __init__(self, ending: Ending, detail: str, *, alert: str = "") -> None:
        super().__init__(detail)
        self.ending = ending
        self.alert = alert


class _Connection(QuicConnection):
    """Remembers whether the client closed it: the event is the same for both sides."""

    closed_here = False

    def close(
        self,
        error_code: int = QuicErrorCode.NO_ERROR,
        frame_type: int | None = None,
        reason_phrase: str = "",
    ) -> None:
        self.closed_here = self.closed_here or self.ended is None
        super().close(error_code, frame_type, reason_phrase)

    @property
    def ended(self) -> ConnectionTerminated | None:
        """The end of the connection, before the time in which both sides drain it (RFC 9000 §10.2)."""
        return self._close_event


class _Presented:
    """A certificate that notes whether it was sent: the server may accept no signature algorithm of its key."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self._certificate = certificate
        self.sent = False

    def public_bytes(self, encoding: Encoding) -> bytes:
        self.sent = True
        return self._certificate.public_bytes(encoding)


class QuicLine:
    """A QUIC connection as a client. Raises OSError for the socket, and `QuicTerminated`."""

    def __init__(
        self,
        sock: socket.socket,
        endpoint: Endpoint,
        trust: ssl.SSLContext,
        presented: ClientCertificate | None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock, self._peer = sock, (endpoint.address, endpoint.port)
        self._certificate = _Presented(presented.chain[0]) if presented else None
        self.quic = _Connection(configuration=_configuration(endpoint, trust, presented, self._certificate))
        self.quic.connect(self._peer, now=self._loop.time())
        if not trust.check_hostname:
            # The ClientHello has the name; what remains is its comparison with the server's certificate.
            self.quic.tls._server_name = None  # noqa: SLF001 - the configuration has one name for both
        self.answered = False
        """Whether a datagram was received."""
        self.closed = False
        self.alert_received = ""
        self.alert_sent = ""

    async def next_event(self) -> QuicEvent:
        """Return the next event. Raises `QuicTerminated` after the last one."""
        while (event := self.quic.next_event()) is None:
            if self.quic.ended is not None:
                raise self._terminated(self.quic.ended)
            self.flush()
            await self._turn()
        if isinstance(event, ConnectionTerminated):
            raise self._terminated(event)
        return event

    def flush(self) -> None:
        """Send what is due. A datagram that the socket does not take is lost, and sent again later."""
        for data, _ in self.quic.datagrams_to_send(now=self._loop.time()):
            with contextlib.suppress(BlockingIOError):
                self._sock.send(data)

    def is_usable(self) -> bool:
        """Accept what has arrived while the connection was idle; return whether it is still open."""
        if self.closed:
            return False
        try:
            while True:
                self._received(self._sock.recv(DATAGRAM))
        except BlockingIOError:
            pass
        except OSError:
            return False
        timer, now = self.quic.get_timer(), self._loop.time()
        if timer is not None and timer <= now:
            self.quic.handle_timer(now=now)
        return self.quic.ended is None

    def close(self) -> None:
        """Close the connection at once."""
        if not self.closed:
            self.closed = True
            self.quic.close()
            with contextlib.suppress(OSError):
                self.flush()
            self._sock.close()

    def facts(self) -> TlsFacts:
        """Return what is known of the TLS handshake by now."""
        tls = self.quic.tls
        schedule, server = tls.key_schedule, tls._peer_certificate  # noqa: SLF001 - it has no accessor
        if schedule is None:
            return TlsFacts(alert_received=self.alert_received, alert_sent=self.alert_sent)
        return TlsFacts(
            version=VERSION,
            cipher=f"TLS_{schedule.cipher_suite.name}",
            alpn=tls.alpn_negotiated or "",
            certificate_requested=tls._certificate_request is not None,  # noqa: SLF001 - as above
            certificate_sent=self._certificate is not None and self._certificate.sent,
            alert_received=self.alert_received,
            alert_sent=self.alert_sent,
            server_certificate_sha256=_sha256(server),
        )

    def server_certificate(self) -> bytes:
        """Return the DER of the server's certificate; empty before it was received."""
        certificate = self.quic.tls._peer_certificate  # noqa: SLF001 - it has no accessor
        return certificate.public_bytes(Encoding.DER) if certificate else b""

    async def _turn(self) -> None:
        """Wait for a datagram, or for the timer of the connection."""
        timer = self.quic.get_timer()
        try:
            async with asyncio.timeout_at(timer):
                data = await self._loop.sock_recv(self._sock, DATAGRAM)
        except TimeoutError:
            self.quic.handle_timer(now=self._loop.time())
        else:
            self._received(data)

    def _received(self, data: bytes) -> None:
        self.answered = True
        self.quic.receive_datagram(data, self._peer, now=self._loop.time())

    def _terminated(self, event: ConnectionTerminated) -> QuicTerminated:
        """Return the error of the end. Without a frame type, the code is one of the application (RFC 9000 §19.19)."""
        detail = event.reason_phrase or f"QUIC error code {event.error_code:#x}"
        crypto = event.frame_type is not None and event.error_code in CRYPTO_ERRORS
        alert = alert_name(event.error_code - CRYPTO_ERRORS.start) if crypto else ""
        if self.quic.closed_here:
            self.alert_sent = alert
            return QuicTerminated(Ending.CLIENT_ERROR if crypto else Ending.NOT_HTTP, detail)
        if alert and alert not in NOT_A_REFUSAL:
            self.alert_received = alert
            return QuicTerminated(Ending.ALERT, f"TLS alert {alert}", alert=alert)
        # aioquic ends a connection so that got no answer; a server's own unexplained error proves as little.
        silent = event.frame_type == QuicFrameType.PADDING
        return QuicTerminated(Ending.TIMEOUT if silent else Ending.CLOSED, detail)


def _configuration(
    endpoint: Endpoint,
    trust: ssl.SSLContext,
    presented: ClientCertificate | None,
    certificate: Any,  # noqa: ANN401 - as aioquic declares it
) -> QuicConfiguration:
    """Return the settings, with the trust anchors of the identity's context for TCP."""
    anchors = trust.get_ca_certs(binary_form=True)
    paths = ssl.get_default_verify_paths()
    return QuicConfiguration(
        is_client=True,
        alpn_protocols=list(HTTP_3),
        server_name=endpoint.server_name or None,
        verify_mode=trust.verify_mode,
        cadata="".join(map(ssl.DER_cert_to_PEM_cert, anchors)).encode() or None,
        capath=None if anchors else paths.capath,
        cafile=None if anchors else paths.cafile,
        certificate=certificate,
        certificate_chain=list(presented.chain[1:]) if presented else [],
        private_key=presented.key if presented else None,
    )


def _sha256(certificate: x509.Certificate | None) -> str:
    return certificate.fingerprint(SHA256()).hex() if certificate else ""
