"""A threaded HTTPS server on 127.0.0.1 that requests a client certificate and does not require it.

The handshake runs in the worker's thread, so that a silent client does not block others.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from specdrift.demo.api import Caller, answer
from specdrift.pki.context import new_context

_TIMEOUT = 10.0
"""Read timeout, in seconds."""


class _Handler(BaseHTTPRequestHandler):
    """Answers for one connection. ``request`` is an ``ssl.SSLSocket``."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    timeout = _TIMEOUT
    # Send each response in one write, without Nagle's delay.
    wbufsize = 65536
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Make the handshake; after a failure let the alert arrive before closing."""
        super().setup()
        try:
            self.request.do_handshake()
        except OSError:
            _linger(self.request)
            raise
        self.caller = _caller(self.request)

    def answer(self) -> None:
        """Read the request and send the API's response."""
        length = self.headers.get("Content-Length", "0")
        if length.isdecimal():
            self.rfile.read(min(int(length), 1_000_000))
        found = answer(self.command, self.path, self.caller)
        self.send_response(found.status)
        self.send_header("Content-Type", found.media_type)
        self.send_header("Content-Length", str(len(found.body)))
        if found.allow:
            self.send_header("Allow", found.allow)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's names
        """Log nothing: standard error belongs to the check."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._context = context

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        """Accept without a handshake."""
        connection, address = super().get_request()
        connection.settimeout(_TIMEOUT)
        wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        """Ignore failed handshakes and closed connections: a check causes many."""


def _caller(connection: ssl.SSLSocket) -> Caller:
    """The verified certificate's names; CERT_OPTIONAL rejects invalid certificates."""
    certificate = connection.getpeercert() or {}
    subject, issuer = (_names(certificate.get(member, ())) for member in ("subject", "issuer"))
    return Caller(
        name=subject.get("commonName", ""),
        unit=subject.get("organizationalUnitName", ""),
        issuer=issuer.get("commonName", ""),
    )


def _names(distinguished_name: Any) -> dict[str, str]:  # noqa: ANN401 - typeshed's own type of it
    return {attribute[0]: attribute[1] for relative in distinguished_name for attribute in relative}


def _linger(connection: ssl.SSLSocket) -> None:
    """Let the alert arrive: closing with unread data resets the connection."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_WR)
        connection.settimeout(1.0)
        while socket.socket.recv(connection, 4096):
            pass
    except OSError:
        return


@contextmanager
def running(folder: Path, *, port: int = 0) -> Iterator[int]:
    """Serve with the certificates of ``folder``; yields the port."""
    context = new_context(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "trusted.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    server = _Server(port, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
