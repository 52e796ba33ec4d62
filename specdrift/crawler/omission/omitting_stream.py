"""One TLS connection of `OmittingClient` on asyncio."""

import socket
import ssl
from collections.abc import Generator
from typing import Any, NoReturn

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tlslite.errors import BaseTLSException, TLSAbruptCloseError, TLSClosedConnectionError, TLSRemoteAlert
from tlslite.handshakesettings import HandshakeSettings
from tlslite.utils.keyfactory import parsePEMKey
from tlslite.x509certchain import X509CertChain

from specdrift.crawler.omission.memory_socket import MemorySocket
from specdrift.crawler.omission.omitting_client import OmittingClient
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.crawler.tls.connection import CHUNK, TlsStream
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.alerts import NOT_A_REFUSAL, alert_name
from specdrift.model.exchange.observation import TlsFacts
from specdrift.model.exchange.probe import Endpoint, Omission, TlsRange

TLS_1_2, TLS_1_3 = (3, 3), (3, 4)
RANGES = {
    TlsRange.ANY: (TLS_1_2, TLS_1_3),
    TlsRange.ONLY_1_2: (TLS_1_2, TLS_1_2),
    TlsRange.ONLY_1_3: (TLS_1_3, TLS_1_3),
}
NAMES = {TLS_1_2: "TLSv1.2", TLS_1_3: "TLSv1.3"}
HTTP_1 = bytearray(b"http/1.1")


class ClientFailed(ssl.SSLError):
    """The client itself ended the connection. The message is for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(1, detail)
        self.reason = "CLIENT_FAILED"
        """What tells it from a connection that the server closed."""


class OmittingStream(TlsStream):
    """A connected socket with TLS by tlslite-ng. Raises what `TlsStream` raises."""

    def __init__(
        self,
        sock: socket.socket,
        endpoint: Endpoint,
        *,
        tls: TlsRange,
        omits: Omission,
        presented: ClientCertificate | None,
    ) -> None:
        super().__init__(sock, None, None)
        self._memory = MemorySocket()
        self._client = OmittingClient(self._memory, omits)
        self._endpoint, self._tls, self._presented = endpoint, tls, presented

    async def handshake(self) -> None:
        """Complete the client's side."""
        chain, key = _loaded(self._presented)
        settings = HandshakeSettings()
        settings.minVersion, settings.maxVersion = RANGES[self._tls]
        # Servers without RFC 8879 end the handshake at a compressed certificate that they did not ask for.
        settings.certificate_compression_send = settings.certificate_compression_receive = []
        name = self._endpoint.server_name
        steps = self._client.handshakeClientCert(
            chain,
            key,
            settings=settings,
            serverName=name if name and not is_address(name) else None,
            alpn=[HTTP_1],
            async_=True,
        )
        await self._complete(steps)

    async def send(self, data: bytes) -> None:
        await self._complete(self._client.writeAsync(data))

    async def receive(self) -> bytes:
        """Return the next bytes; none after close_notify."""
        return await self._complete(self._client.readAsync(max=CHUNK, min=1)) or b""

    def read_unsolicited(self) -> bytes:
        """Raise ssl.SSLEOFError: the connection is used for one request."""
        raise ssl.SSLEOFError("not kept")

    def server_certificate(self) -> bytes:
        """Return the DER of the server's certificate; none before it was verified to hold its key."""
        session = self._client.session
        chain = session.serverCertChain if session else None
        return bytes(chain.x509List[0].bytes) if chain else b""

    def observed(self) -> TlsFacts:
        """Return what is known of the connection; the digest of the server's certificate is not part of it."""
        client, complete = self._client, self._client.session is not None
        return TlsFacts(
            version=NAMES.get(client.version, "") if complete else "",
            cipher=(client.getCipherName() or "") if complete else "",
            alpn=HTTP_1.decode() if complete and client.session.appProto else "",
            certificate_requested=client.requested,
            post_handshake=client.post_handshake,
            certificate_sent=client.sent,
            alert_received=self.transcript.alert_received,
        )

    async def _complete(self, steps: Generator[Any, None, None]) -> bytes | None:
        """Run tlslite's steps, with network input and output between them; return what they read, if anything."""
        result: Any = None
        try:
            for result in steps:
                await self._write_out()
                if result == 0:
                    self._memory.feed(await self._arrivals.next())
        except (
            BaseTLSException,
            SyntaxError,
        ) as error:  # tlslite has errors of syntax for malformed messages
            await self._write_out()
            self._failed(error)
        await self._write_out()
        return result if isinstance(result, bytes) else None

    async def _write_out(self) -> None:
        if data := self._memory.take():
            await self._write(data)

    def _failed(self, error: Exception) -> NoReturn:
        """Raise the error as one of `TlsStream`."""
        if isinstance(error, TLSRemoteAlert):
            name = alert_name(error.description)
            if name not in NOT_A_REFUSAL:
                self.transcript.alert_received = name
            raise ssl.SSLEOFError(f"TLS alert {name}") from error
        if isinstance(error, TLSAbruptCloseError | TLSClosedConnectionError):
            raise ssl.SSLEOFError("closed without close_notify") from error
        raise ClientFailed(f"tlslite-ng: {type(error).__name__}: {error}") from error


def _loaded(presented: ClientCertificate | None) -> tuple[Any, Any]:
    """Return certificates and key as tlslite has them; none for a client without a certificate."""
    if presented is None:
        return None, None
    if presented.problem or presented.key is None:
        raise ClientFailed(presented.problem or "it has no key")
    chain = X509CertChain()
    pem = presented.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    try:
        chain.parsePemList("".join(each.public_bytes(Encoding.PEM).decode() for each in presented.chain))
        return chain, parsePEMKey(pem, private=True)
    except (SyntaxError, ValueError) as error:
        raise ClientFailed(f"tlslite-ng cannot use the certificate or its key: {error}") from error
