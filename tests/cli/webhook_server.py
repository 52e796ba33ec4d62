"""A webhook on loopback that gives the answers of a list."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "/services/T0EXAMPLE/B0EXAMPLE/notARealTokenOfAnybody"


@dataclass
class Webhook:
    """``answers`` are statuses, used one by one; then 200."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with each answer."""
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its secret address."""
        return f"http://127.0.0.1:{self.port}{SECRET}"


class Handler(BaseHTTPRequestHandler):
    """Keeps what it gets."""

    webhook: Webhook

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        """Answer with the next status."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.webhook.paths.append(self.path)
        self.webhook.received.append(json.loads(body))
        self.send_response(self.webhook.answers.pop(0) if self.webhook.answers else 200)
        for name, value in self.webhook.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def webhook_server() -> Iterator[Webhook]:
    """Run one until the block ends."""
    state = Webhook()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"webhook": state}))
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
