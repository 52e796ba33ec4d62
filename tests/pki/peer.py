"""Real TLS servers on loopback, and what a client gets from them."""

import socket
import ssl
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cryptography import x509
from msgspec import Struct

from specdrift.model.exchange.probe import TlsRange
from specdrift.pki.context import client_context
from specdrift.pki.credential import Credential
from specdrift.settings import ServerSettings
from tests.pki.world import World, pem, written

CERTIFICATE, COMPRESSED_CERTIFICATE = 11, 25
ZLIB = 1
"""Its number in RFC 8879; the only algorithm that OpenSSL chooses when both ends are Debian's."""
TIMEOUT = 10.0


class Result(Struct, frozen=True, kw_only=True):
    """`answer` is the HTTP status line, or OpenSSL's reason for there being none; `sent` are the bytes of our
    Certificate message; `peer` is the subject that the server saw.
    """

    answer: str
    sent: bytes
    version: str

    @property
    def admitted(self) -> bool:
        """Whether the server answered over HTTP."""
        return self.answer == "HTTP/1.1 200 OK"


class Peer(Struct, frozen=True, kw_only=True):
    """A running server: where it listens and the CA of its certificate."""

    port: int
    ca_file: Path

    def exchange(self, credential: Credential | None, version: TlsRange = TlsRange.ANY) -> Result:
        """One connection and one request."""
        settings = ServerSettings(ca_file=self.ca_file)
        with client_context(credential, server=settings, tls_range=version, alpn=["http/1.1"]) as context:
            return exchange(context, self.port)


def exchange(context: ssl.SSLContext, port: int, host: str = "localhost") -> Result:
    """One request over one connection, read to the end whatever happens."""
    messages: list[bytes] = []

    def watch(_c: object, direction: str, _v: object, _t: object, _m: object, data: bytes) -> None:
        if direction == "write" and data[:1] == bytes([CERTIFICATE]):
            messages.append(data)
        elif direction == "write" and data[:1] == bytes([COMPRESSED_CERTIFICATE]):
            messages.append(decompressed(data))

    context._msg_callback = watch  # type: ignore[attr-defined]
    version = ""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
        ):
            version = connection.version() or ""
            with suppress(OSError):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = connection.recv(4096).partition(b"\r\n")[0].decode()
    except ssl.SSLError as error:
        answer = error.reason or "closed"
    return Result(answer=answer, sent=b"".join(messages), version=version)


def decompressed(message: bytes) -> bytes:
    """The Certificate message inside a CompressedCertificate (RFC 8879), which OpenSSL sends from 3.2 on."""
    algorithm = int.from_bytes(message[4:6])
    assert algorithm == ZLIB
    return zlib.decompress(message[12:])


@contextmanager
def verifying_server(
    world: World, directory: Path, *, crl: x509.CertificateRevocationList | None = None
) -> Iterator[Peer]:
    """A correct server of the standard library: it demands a certificate of `world.ca`, and honours `crl`."""
    certificate = written(directory / "server.pem", pem(world.server.certificate, world.server.key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(written(directory / "client-ca.pem", pem(world.ca.certificate)))
    context.verify_mode = ssl.CERT_REQUIRED
    if crl is not None:
        context.load_verify_locations(written(directory / "crl.pem", pem(crl)))
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    ca_file = written(directory / "server-ca.pem", pem(world.server_ca.certificate))
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        acceptor = threading.Thread(target=_accept, args=(listener, context), daemon=True)
        acceptor.start()
        yield Peer(port=listener.getsockname()[1], ca_file=ca_file)
        listener.shutdown(socket.SHUT_RDWR)
        acceptor.join(TIMEOUT)


def _accept(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Serve one connection after another until the listener is closed."""
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        with plain, suppress(OSError):
            plain.settimeout(TIMEOUT)
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def credulous_server(world: World, directory: Path) -> Iterator[Peer]:
    """A careless server: openssl s_server asks for a certificate and accepts any."""
    certificate = written(directory / "server.pem", pem(world.server.certificate, world.server.key))
    ca_file = written(directory / "server-ca.pem", pem(world.server_ca.certificate))
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", str(certificate), "-verify", "8"]
    # Level 0 lets it look at weak keys at all; -www answers with 200 and what it knows of the connection.
    command += ["-www", "-cipher", "DEFAULT:@SECLEVEL=0", "-no_ticket"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        port = next(line for line in process.stdout if line.startswith("ACCEPT")).rpartition(":")[2]
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield Peer(port=int(port), ca_file=ca_file)
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        if process.stdout is not None:
            process.stdout.close()
