"""A server for HTTP/3 on loopback, made of aioquic's server."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated
from msgspec import Struct, field

from specdrift.model.exchange.probe import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aioquic.quic.events import QuicEvent

    from tests.servers.pki import TestPki

Head = list[tuple[bytes, bytes]]


class Http3Peer(Struct):
    """What the server does, and what it received."""

    port: int = 0
    alert: int | None = None
    """The alert with which it ends a connection instead of an answer."""
    hangs: bool = False
    """It answers no request."""
    resets: bool = False
    """It resets the stream of each request."""
    interim: bool = False
    """It sends 103 before the response."""
    asks: bool = True
    """It requests a certificate, and verifies none."""
    heads: list[Head] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    presented: list[bool] = field(default_factory=list)

    def endpoint(self, name: str = "localhost") -> Endpoint:
        """Return the endpoint under a server name."""
        return Endpoint(host="localhost", port=self.port, server_name=name, address="127.0.0.1")


class _Protocol(QuicConnectionProtocol):
    peer: Http3Peer
    http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        for each in self.http.handle_event(event) if self.http else ():
            if isinstance(each, HeadersReceived):
                self._answer(each)

    def _answer(self, event: HeadersReceived) -> None:
        peer, http, stream = self.peer, self.http, event.stream_id
        assert http is not None
        peer.heads.append(event.headers)
        peer.presented.append(self._quic.tls._peer_certificate is not None)
        if peer.alert is not None:
            self._quic.close(error_code=0x100 + peer.alert, frame_type=6)
        elif peer.resets:
            self._quic.reset_stream(stream, 0x10B)
        elif not peer.hangs:
            if peer.interim:
                http.send_headers(stream, [(b":status", b"103"), (b"link", b"</a>")])
            http.send_headers(stream, [(b":status", b"200"), (b"content-type", b"text/plain")])
            http.send_data(stream, b"for known callers", end_stream=True)
        self.transmit()


@contextmanager
def http3_peer(pki: TestPki, peer: Http3Peer) -> Iterator[Http3Peer]:
    """Serve in a thread of its own until the context ends."""
    loop = asyncio.new_event_loop()
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
    configuration.load_cert_chain(pki.server_cert, pki.server_key)

    def protocol(*arguments: Any, **more: Any) -> _Protocol:  # noqa: ANN401 - aioquic's
        made = _Protocol(*arguments, **more)
        made.peer = peer
        _observe(made, peer)
        return made

    server = loop.run_until_complete(
        serve("127.0.0.1", 0, configuration=configuration, create_protocol=protocol)
    )
    assert server._transport is not None
    peer.port = server._transport.get_extra_info("sockname")[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield peer
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(asyncio.sleep(0))  # closes the socket
        loop.close()


def _observe(protocol: _Protocol, peer: Http3Peer) -> None:
    """Let the server request a certificate, and note the server name, when the first datagram makes its TLS object."""
    quic: Any = protocol._quic
    initialize = quic._initialize

    def prepare(*arguments: Any) -> None:  # noqa: ANN401 - aioquic's
        initialize(*arguments)
        quic.tls._request_client_certificate = peer.asks
        quic.tls._verify_mode = 0
        handle = quic.tls._server_handle_hello

        def noting(buffer: Any, *rest: Any) -> None:  # noqa: ANN401 - aioquic's
            from aioquic.tls import pull_client_hello

            at = buffer.tell()
            peer.names.append(pull_client_hello(buffer).server_name)
            buffer.seek(at)
            handle(buffer, *rest)

        quic.tls._server_handle_hello = noting

    quic._initialize = prepare
