"""HTTP/1.1 over a connection whose client omits messages of client authentication."""

import hashlib
import socket
import ssl
from collections.abc import Mapping

from msgspec.structs import replace

from specdrift.crawler.http.sans_io import RawRequest, RawResponse
from specdrift.crawler.http.transport import OneConnectionTransport
from specdrift.crawler.omission.omitting_stream import ClientFailed, OmittingStream
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.crawler.tls.connection import TlsStream
from specdrift.model.exchange.probe import Connection, Omission

NOT_VERIFIED = "the server's certificate is not one that was verified on another connection of the run"


class OmittingTransport(OneConnectionTransport):
    """One request on each connection.

    tlslite-ng checks that the server has the key of its certificate, and no chain: nothing is sent to a server whose
    certificate is not in ``verified`` (by SHA-256), which `ssl` accepted before.
    """

    def __init__(
        self,
        connection: Connection,
        context: ssl.SSLContext | None,
        *,
        presented: ClientCertificate | None,
        verified: Mapping[str, bytes],
    ) -> None:
        super().__init__(connection.endpoint, context)
        self._connection, self._presented, self._verified = connection, presented, verified
        self._own: OmittingStream | None = None

    async def connect(self) -> TlsStream:
        """Return a new connection to a server that was verified before."""
        self._open, self.reported_tls = False, None
        stream = await super().connect()
        certificate = self.server_certificate()
        if hashlib.sha256(certificate).hexdigest() not in self._verified:
            raise ClientFailed(NOT_VERIFIED)
        return stream

    def server_certificate(self) -> bytes:
        """Return the DER of the server's certificate; empty without one."""
        return self._own.server_certificate() if self._own else b""

    def _stream(self, sock: socket.socket) -> TlsStream:
        connection = self._connection
        self._own = OmittingStream(
            sock,
            connection.endpoint,
            tls=connection.tls,
            omits=connection.omits or Omission.NOTHING,
            presented=self._presented,
        )
        return self._own

    async def _exchange(self, request: RawRequest) -> RawResponse:
        try:
            return await super()._exchange(request)
        finally:
            self._report()
            self.disconnect()

    async def listen(self) -> None:
        """Make a handshake and wait. Raises `ExchangeFailed` unless the server stays silent."""
        try:
            await super().listen()
        finally:
            self._report()

    def _report(self) -> None:
        if self._own is not None:
            certificate = self._own.server_certificate()
            digest = hashlib.sha256(certificate).hexdigest() if certificate else ""
            self.reported_tls = replace(self._own.observed(), server_certificate_sha256=digest)
