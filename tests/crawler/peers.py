"""Small servers on loopback that follow a script and record what they receive."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from msgspec import Struct, field

from specdrift.model.exchange.probe import TlsRange
from tests.servers.pki import TestPki

PATIENCE = 5.0
"""Seconds after which an unused server thread stops; no test waits that long."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n" + b'{"id":1}'
VERSIONS = {TlsRange.ONLY_1_2: ssl.TLSVersion.TLSv1_2, TlsRange.ONLY_1_3: ssl.TLSVersion.TLSv1_3}


class Visit(Struct):
    """One connection on the server side. ``number`` counts from 1; ``caller`` is the name in the client's
    certificate, empty without one; ``name`` is the SNI.
    """

    sock: socket.socket
    number: int
    caller: str = ""
    name: str = ""
    requests: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    """Arrival time of each request (monotonic)."""
    refused: str = ""
    """OpenSSL's reason where the handshake failed on the server side."""

    def request(self) -> bytes:
        """Read the next request, head and body; empty when the client has closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (chunk := self.sock.recv(65536)):
                return b""
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(v) for n, v in fields(head) if n == b"content-length"), 0)
        while len(body) < length:
            body += self.sock.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        self.times.append(time.monotonic())
        return self.requests[-1]

    def send(self, data: bytes) -> None:
        """Send."""
        self.sock.sendall(data)

    def reset(self) -> None:
        """Close with RST instead of FIN, and without close_notify."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def drain(self) -> None:
        """Wait until the client closes, so that a reset loses none of the sent data."""
        with suppress(OSError):
            while self.sock.recv(65536):
                pass

    def leave(self) -> None:
        """Close with FIN, without close_notify."""
        self.sock.close()


Script = Callable[[Visit], None]


class Peer(Struct):
    """A running server and its records."""

    port: int
    address: str
    listener: socket.socket
    visits: list[Visit] = field(default_factory=list)

    def stop(self) -> None:
        """Accept no further connection."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    @property
    def requests(self) -> list[bytes]:
        """Return every request, connection by connection."""
        return [request for visit in self.visits for request in visit.requests]

    @property
    def times(self) -> list[float]:
        """Return the arrival times of the requests, in order."""
        return sorted(moment for visit in self.visits for moment in visit.times)

    @property
    def lines(self) -> list[str]:
        """Return the request line of each request."""
        return [request.partition(b"\r\n")[0].decode() for request in self.requests]


def fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Return the header fields of a head, names in lower case."""
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:] if line)
    return [(name.lower(), value.strip()) for name, _, value in pairs]


def answering(answer: bytes = OK) -> Script:
    """Build a script that gives the same answer to every request."""

    def script(visit: Visit) -> None:
        while visit.request():
            visit.send(answer)

    return script


def closing_after(answer: bytes) -> Script:
    """Build a script that answers one request and closes."""

    def script(visit: Visit) -> None:
        if visit.request():
            visit.send(answer)

    return script


def server_context(
    pki: TestPki, *, demand: ssl.VerifyMode = ssl.CERT_NONE, tls: TlsRange = TlsRange.ANY
) -> ssl.SSLContext:
    """Create a server context that trusts the client CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls in VERSIONS:
        context.minimum_version = context.maximum_version = VERSIONS[tls]
    context.load_cert_chain(pki.server_cert, pki.server_key)
    context.load_verify_locations(pki.client_ca)
    context.verify_mode = demand
    return context


@contextmanager
def serving(
    script: Script, context: ssl.SSLContext | None = None, *, address: str = "127.0.0.1", port: int = 0
) -> Iterator[Peer]:
    """Run ``script`` for each connection, in its own thread; with ``context`` after a TLS handshake. ``port`` 0 is any
    that is free.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.create_server((address, port), family=family, backlog=64)) as listener:
        peer = Peer(port=listener.getsockname()[1], address=address, listener=listener)
        threads: list[threading.Thread] = []
        acceptor = threading.Thread(target=_accept, args=(listener, peer, script, context, threads))
        acceptor.start()
        try:
            yield peer
        finally:
            peer.stop()
            acceptor.join(PATIENCE)
            for thread in threads:
                thread.join(PATIENCE)


def _accept(
    listener: socket.socket,
    peer: Peer,
    script: Script,
    context: ssl.SSLContext | None,
    threads: list[threading.Thread],
) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        plain.settimeout(PATIENCE)
        visit = Visit(sock=plain, number=len(peer.visits) + 1)
        peer.visits.append(visit)
        thread = threading.Thread(target=_serve, args=(visit, script, context))
        threads.append(thread)
        thread.start()


def _serve(visit: Visit, script: Script, context: ssl.SSLContext | None) -> None:
    try:
        if context is None or _secured(visit, context):
            with suppress(OSError):
                script(visit)
    finally:
        visit.sock.close()


def _secured(visit: Visit, context: ssl.SSLContext) -> bool:
    """Return whether the handshake succeeded. If not, end the stream, and wait until the client has read the alert.

    Without the end, a client that speaks no TLS waits for an answer until its time limit.
    """
    tls = context.wrap_socket(visit.sock, server_side=True, do_handshake_on_connect=False)
    visit.sock = tls
    try:
        tls.do_handshake()
    except OSError as error:
        visit.refused = getattr(error, "reason", None) or type(error).__name__
        visit.sock = socket.socket(fileno=tls.detach())
        visit.sock.settimeout(PATIENCE)
        with suppress(OSError):
            visit.sock.shutdown(socket.SHUT_WR)
        visit.drain()
        return False
    visit.caller = caller_of(tls)
    return True


def handshake_by_hand(visit: Visit, context: ssl.SSLContext) -> tuple[bytes, int]:
    """Make the server's side of a handshake. Gives what it would say last (its Finished, tickets, or an alert), for
    the script to send or not, and how many bytes it was sent.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    received = 0
    with suppress(ssl.SSLError):
        while not tls.version():
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                visit.send(outgoing.read())
                data = visit.sock.recv(65536)
                received += len(data)
                incoming.write(data)
    return outgoing.read(), received


def caller_of(tls: ssl.SSLSocket) -> str:
    """Return the common name in the client's verified certificate."""
    subject: Any = (tls.getpeercert() or {}).get("subject", ())
    return next((str(value) for rdn in subject for key, value in rdn if key == "commonName"), "")
