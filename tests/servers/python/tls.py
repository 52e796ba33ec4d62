"""A threading HTTP server over TLS: one thread a connection, which also does the handshake."""

# ruff: noqa: T201 (standard output is the log that the harness keeps)

from __future__ import annotations

import argparse
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

IDLE_SECONDS = 30
VERSIONS = {
    "1.2-1.3": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    "1.2": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    "1.3": (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
}


def arguments() -> argparse.Namespace:
    """Parse the options of every Python server: variant, TLS versions and files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("variant")
    parser.add_argument("--tls", choices=VERSIONS, required=True)
    for option in ("--cert", "--key", "--client-ca", "--crl"):
        parser.add_argument(option, required=True)
    return parser.parse_args()


def server_context(options: argparse.Namespace, verify: ssl.VerifyMode) -> ssl.SSLContext:
    """Create a server context that trusts the client CA; with CERT_NONE it requests no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = VERSIONS[options.tls]
    context.load_cert_chain(options.cert, options.key)
    context.load_verify_locations(options.client_ca)
    context.verify_mode = verify
    context.num_tickets = 1  # each takes as long as the rest of a handshake; usual are two
    return context


class LoopbackServer(ThreadingHTTPServer):
    """Serves on an ephemeral port of 127.0.0.1 and prints it; subclasses secure the connections."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Bind the port; `handler` answers the requests."""
        super().__init__(("127.0.0.1", 0), handler)

    def announce_and_serve(self) -> None:
        """Print `listening on PORT` and serve until killed."""
        print(f"listening on {self.server_port}", flush=True)
        self.serve_forever()

    def finish_request(self, request: Any, client_address: object) -> None:  # noqa: ANN401 (the base class's)
        """Do the handshake in the connection's own thread, so that no client delays others."""
        request.settimeout(IDLE_SECONDS)
        try:
            secured = self.handshake(request)
        except OSError as error:
            print(f"handshake: {error}", flush=True)
            return
        if secured is not None:
            try:
                super().finish_request(secured, client_address)
            finally:
                self.shutdown_request(secured)

    def handshake(self, raw: socket.socket) -> Any:  # noqa: ANN401 (what the handler reads and writes)
        """Secure one connection; None when it is served otherwise."""
        raise NotImplementedError

    def handle_error(self, request: object, client_address: object) -> None:
        """Log one line: a client that closes is no error of the server."""
        print(f"{request} of {client_address} ended early: {sys.exception()!r}", flush=True)


class TlsServer(LoopbackServer):
    """Python's `ssl`."""

    def __init__(self, context: ssl.SSLContext, handler: type[Handler]) -> None:
        """Bind the port; `handler` answers the requests."""
        super().__init__(handler)
        self.context = context

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """Secure one connection; None when it is served otherwise."""
        return self.context.wrap_socket(raw, server_side=True)


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD through `respond`, everything else with 405."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment for head and body, or Nagle's algorithm costs 40 ms an answer
    connection: ssl.SSLSocket

    def respond(self) -> None:
        """Answer one GET or HEAD request by calling `reply`."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Answer GET."""
        self.respond()

    def do_HEAD(self) -> None:
        """Answer HEAD as GET, without the body."""
        self.respond()

    def do_OPTIONS(self) -> None:
        """Answer 405."""
        self.reply(405, {"error": "method not allowed"}, Allow="GET, HEAD")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS  # noqa: N815 (the names are the base class's)

    @property
    def caller(self) -> str | None:
        """The common name of the verified certificate, None without one."""
        certificate = self.connection.getpeercert()
        if not certificate:
            return None
        subject: Any = certificate["subject"]
        return next(str(value) for rdn in subject for key, value in rdn if key == "commonName")

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Answer with JSON, or with HTML when the body is a string."""
        html = isinstance(body, str)
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if html else "application/json")
        self.send_header("Content-Length", str(len(payload)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Log to the standard output, which the harness keeps."""
        print(format % args, flush=True)
