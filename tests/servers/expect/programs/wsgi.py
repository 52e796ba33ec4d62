"""/guarded, /late, /open and /eager as a WSGI application, under gunicorn or wsgiref.

Logs when the application is called and when the body is complete.
"""

# ruff: noqa: T201 (standard output is the log)
from __future__ import annotations

import json
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATHS = ("/guarded", "/late", "/open", "/eager")


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Decide as the path says."""

    def reply(status: str, text: str) -> list[bytes]:
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps({"answer": text}).encode()]

    if environ["PATH_INFO"] not in PATHS:
        return reply("404 Not Found", "no such path")
    path, connection = environ["PATH_INFO"], environ.get("gunicorn.socket") or environ["connection"]
    caller = "valid" if connection.getpeercert() else "anonymous"
    if path == "/guarded" and caller == "anonymous":
        return reply("403 Forbidden", "certificate required")
    print("handler", path, caller, flush=True)
    if path != "/eager":
        wanted = int(environ.get("CONTENT_LENGTH") or 0)
        if len(environ["wsgi.input"].read(wanted)) == wanted:
            print("body", path, caller, wanted, flush=True)
        else:
            return reply("400 Bad Request", "incomplete")
    if path == "/late" and caller == "anonymous":
        return reply("403 Forbidden", "certificate required")
    return reply("201 Created", "order created")


class Handler(WSGIRequestHandler):
    """Tells the application about its connection."""

    def get_environ(self) -> dict[str, Any]:
        """Add the connection."""
        return {**super().get_environ(), "connection": self.connection}

    def log_message(self, *_: object) -> None:
        """Log nothing else."""


class Server(WSGIServer):
    """With TLS."""

    context: ssl.SSLContext

    def get_request(self) -> tuple[Any, Any]:
        """Accept; the handshake is made at the first read."""
        raw, address = super().get_request()
        raw.settimeout(10)
        return self.context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_: object) -> None:
        """Ignore failed handshakes and resets: a check causes many."""


def serve_wsgiref(cert: str, key: str, ca: str) -> None:
    """Serve until killed."""
    server = Server(("127.0.0.1", 0), Handler)
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(cert, key)
    server.context.load_verify_locations(ca)
    server.context.verify_mode = ssl.CERT_OPTIONAL
    server.set_app(app)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


def serve_gunicorn(cert: str, key: str, ca: str) -> None:
    """Serve until killed, with threads."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped,unused-ignore]

    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)

    class Application(BaseApplication):  # type: ignore[misc,unused-ignore]
        def load_config(self) -> None:
            settings: dict[str, object] = {
                "bind": f"fd://{listener.fileno()}",
                "certfile": cert,
                "keyfile": key,
            }
            settings |= {
                "ca_certs": ca,
                "cert_reqs": int(ssl.CERT_OPTIONAL),
                "threads": 4,
                "loglevel": "critical",
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:  # noqa: ANN401
            return app

    Application().run()


if __name__ == "__main__":
    {"wsgiref": serve_wsgiref, "gunicorn": serve_gunicorn}[sys.argv[1]](*sys.argv[2:])
