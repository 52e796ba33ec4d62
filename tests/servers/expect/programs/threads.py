"""/guarded, /behind, /late, /open and /eager with the standard library: http.server, or plain behind a proxy.

Logs when a handler starts and when the body is complete. `plain` is the backend of a proxy, which names the caller
in X-Caller, and sends 100 Continue when it reads the body.
"""

# ruff: noqa: T201 (standard output is the log)
from __future__ import annotations

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATHS = ("/guarded", "/behind", "/late", "/open", "/eager")


class Handler(BaseHTTPRequestHandler):
    """Sends 100 Continue before `do_POST`, as the standard library does, unless `lazy`."""

    protocol_version = "HTTP/1.1"
    lazy = False

    def handle_expect_100(self) -> bool:
        """Send it, or leave that to the handler."""
        return True if self.lazy else super().handle_expect_100()

    @property
    def caller(self) -> str:
        """By the certificate, or by the proxy's word."""
        if isinstance(self.connection, ssl.SSLSocket):
            return "valid" if self.connection.getpeercert() else "anonymous"
        certificate = self.headers.get("X-Forwarded-Client-Cert")
        return self.headers.get("X-Caller") or ("valid" if certificate else "anonymous")

    def do_POST(self) -> None:
        """Decide as the path says."""
        if self.path not in PATHS:
            return self.reply(404, "no such path")
        known = self.caller == "valid"
        if self.path in ("/guarded", "/behind") and not known:
            return self.reply(403, "certificate required")
        print("handler", self.path, self.caller, flush=True)
        if self.path != "/eager":
            if self.lazy and self.headers.get("Expect"):
                self.send_response_only(100)
                self.end_headers()
            wanted = int(self.headers.get("Content-Length") or 0)
            if len(self.rfile.read(wanted)) < wanted:
                self.close_connection = True
                return None
            print("body", self.path, self.caller, wanted, flush=True)
        if self.path == "/late" and not known:
            return self.reply(403, "certificate required")
        return self.reply(201, "order created")

    def reply(self, status: int, text: str) -> None:
        """Answer with JSON."""
        body = json.dumps({"answer": text}).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing else."""


class Lazy(Handler):
    """Sends 100 Continue when it reads the body."""

    lazy = True


class Server(ThreadingHTTPServer):
    """With or without TLS."""

    context: ssl.SSLContext | None = None

    def get_request(self) -> tuple[Any, Any]:
        """Accept; the handshake is made by the handler's thread at its first read."""
        raw, address = super().get_request()
        if self.context is None:
            return raw, address
        return self.context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_: object) -> None:
        """Ignore failed handshakes and resets: a check causes many."""


def main() -> None:
    """Serve; the first argument is `http.server` or `plain`."""
    name, *files = sys.argv[1:]
    server = Server(("127.0.0.1", 0), Lazy if name == "plain" else Handler)
    if files:
        cert, key, ca = files
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(cert, key)
        server.context.load_verify_locations(ca)
        server.context.verify_mode = ssl.CERT_OPTIONAL
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
