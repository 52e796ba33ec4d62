"""A server of comments with the parts of GitHub's and GitLab's APIs that a job needs."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "not-a-secret"


@dataclass
class CommentServer:
    """``notes`` are the comments, oldest first; ``requests`` the method and path of every request."""

    port: int = 0
    notes: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def add(self, body: str, *, kind: str = "User") -> None:
        """Add an existing comment."""
        self.notes.append({"id": len(self.notes) + 1, "body": body, "user": {"type": kind}})

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Lists pages of comments, adds comments, changes comments."""

    comment_server: CommentServer

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(length)) if length else {}
        self.comment_server.requests.append(f"{self.command} {parts.path}")
        if TOKEN not in (
            self.headers.get("PRIVATE-TOKEN"),
            self.headers.get("Authorization", "").removeprefix("Bearer "),
        ):
            self._answer(403, {"message": "Resource not accessible by integration"})
        elif self.command == "GET":
            query = parse_qs(parts.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            self._answer(200, self.comment_server.notes[(page - 1) * size : page * size])
        elif self.command == "POST":
            self.comment_server.add(sent["body"], kind="Bot")
            self._answer(201, self.comment_server.notes[-1])
        else:
            note = self.comment_server.notes[int(parts.path.rpartition("/")[2]) - 1]
            note["body"] = sent["body"]
            self._answer(200, note)

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names that http.server calls


@contextmanager
def comment_server() -> Iterator[CommentServer]:
    """Run one on loopback until the block ends."""
    state = CommentServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"comment_server": state}))
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
