"""HTTP servers in threads of the test's process, on loopback, and one of them that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from socketserver import BaseServer

STOP_POLL_S = 0.01
"""How often a server looks whether it is to stop; by default, each stop takes half a second."""
MOST_WAIT_S = 60.0
R = TypeVar("R", bound="Recorder")


@contextmanager
def answering(server: BaseServer) -> Iterator[None]:
    """Let a server that listens answer until the block ends, then close it."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": STOP_POLL_S}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(MOST_WAIT_S)


class Request(NamedTuple):
    """What a server was sent. Names of ``headers`` are in lower case; ``content`` is its JSON, None without a body."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: Any


class Answer(NamedTuple):
    """What it answers. ``content`` becomes JSON; None is an empty body."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = {}


class Recorder(Struct):
    """Keeps the requests; each kind of server decides its answers."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Answer:
        """Decide the answer of one request."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    recorder: Recorder

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = json.loads(self.rfile.read(length)) if length else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, content)
        self.recorder.requests.append(request)
        answer = self.recorder.answer(request)
        body = b"" if answer.content is None else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        typed = {"Content-Type": "application/json"} if body else {}
        for name, value in {**typed, "Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names that http.server calls


@contextmanager
def recording(recorder: R) -> Iterator[R]:
    """Run it until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"recorder": recorder}))
    recorder.port = server.server_address[1]
    with answering(server):
        yield recorder
