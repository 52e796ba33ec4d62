"""A server of the attacker: keeps every byte and every certificate that it receives."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TLS_HANDSHAKE = 0x16
PEEK_SECONDS = 5.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Recorder(Struct):
    """Answers every request alike, with TLS and without on one port."""

    port: int = 0
    answer: bytes = ANSWER
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)
    certificates: set[bytes] = field(default_factory=set)
    """Client certificates in DER."""

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"https://localhost:{self.port}"

    def serve(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        """Handle one connection until the client closes it."""
        self.connections += 1
        with suppress(OSError), connection:
            connection.settimeout(PEEK_SECONDS)
            first = connection.recv(1, socket.MSG_PEEK)
            if first and first[0] == TLS_HANDSHAKE:
                with context.wrap_socket(connection, server_side=True) as protected:
                    certificate = protected.getpeercert(binary_form=True)
                    self.certificates |= {certificate} if certificate else set()
                    self._exchange(protected)
            else:
                self._exchange(connection)

    def _exchange(self, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            self.received += data
            connection.sendall(self.answer)


@contextmanager
def recorder(certificates: Path, answer: bytes = ANSWER) -> Iterator[Recorder]:
    """Run it on loopback. ``certificates`` has those of the demo: it accepts the clients of that CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.load_verify_locations(certificates / "client-ca.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Recorder(port=listener.getsockname()[1], answer=answer)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=running.serve, args=(connection, context), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield running
        listener.shutdown(socket.SHUT_RDWR)
