"""The services behind gateways that are compared: each repeats the path and some headers that arrive."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.loopback import answering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SERVICES = "xy"
"""Their names, each of a letter."""


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EchoServer

    def _answer(self) -> None:
        values = (", ".join(self.headers.get_all(name) or ()) for name in self.server.shown)
        # ``self.path`` has one slash for several at the beginning.
        target = self.requestline.split(" ")[1]
        text = " ".join((self.server.letter, target, *(f"[{value}]" for value in values)))
        body = text.encode("latin-1", "replace")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = _answer  # noqa: N815 - the names in the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Write nothing."""


class EchoServer(ThreadingHTTPServer):
    """Answers with its letter, the path and the values of the headers ``shown``."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, letter: str, shown: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.letter, self.shown = letter, shown


@contextmanager
def services(shown: Sequence[str]) -> Iterator[dict[str, int]]:
    """Run the services; yield their ports by name."""
    with ExitStack() as stack:
        running = [EchoServer(letter, shown) for letter in SERVICES]
        for one in running:
            stack.enter_context(answering(one))
        yield {one.letter: one.server_port for one in running}
