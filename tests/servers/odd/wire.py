"""Guards and proxies that read a message otherwise than the server behind them, and correct ones beside them."""

from __future__ import annotations

import threading
from http.client import parse_headers
from io import BufferedReader
from typing import TYPE_CHECKING, ClassVar

from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded, Open
from tests.servers.python.tls import TlsServer

if TYPE_CHECKING:
    import ssl

    from tests.servers.python.tls import Handler

NAME = "X-SSL-Client-CN"
EMPTY_LINES = (b"\r\n", b"\n")


class IgnoresEmptyLines(Guarded):
    """Ignores empty lines before the request line (RFC 9112 §2.2)."""

    empty = False
    raw_requestline: bytes

    def parse_request(self) -> bool:
        """Read on until the request line."""
        self.empty = False
        while self.raw_requestline in EMPTY_LINES:
            self.empty = True
            self.raw_requestline = self.rfile.readline(65537)
        return super().parse_request()


class GuardsTheFirstLine(IgnoresEmptyLines):
    """The guard looks for the path in the first line, also if it is empty."""

    def respond(self) -> None:
        """Select the guard by the first line."""
        self.guards = UNGUARDED if self.empty else GUARDED
        super().respond()


class GuardsTheFirstRead(Guarded):
    """The guard looks for the request line in the first read of each request."""

    def handle_one_request(self) -> None:
        """Peek, which reads one record of TLS."""
        first = self.rfile.peek(1) if isinstance(self.rfile, BufferedReader) else b""
        self.guards = GUARDED if b"\n" in first else UNGUARDED
        super().handle_one_request()


class ReadsTrailers(Guarded):
    """Reads the trailers of chunked bodies, and uses none."""

    trailers: dict[str, str]

    def respond(self) -> None:
        """Read the body first."""
        self.trailers = {}
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(1000).split(b";")[0], 16):
                self.rfile.read(size + 2)
            self.trailers = dict(parse_headers(self.rfile).items())
        super().respond()


class MergesTrailers(ReadsTrailers):
    """The head's field is deleted, and a trailer of that name is taken for the proxy's."""

    @property
    def caller(self) -> str | None:
        """The name in the trailers, else that of the certificate."""
        return self.trailers.get(NAME) or super().caller


class HasAnAlternative(TlsServer):
    """Has another listener at a port of its own, with the same certificate."""

    alternative: ClassVar[type[Handler]] = Guarded

    def __init__(self, context: ssl.SSLContext, handler: type[Handler]) -> None:
        """Start the other listener."""
        super().__init__(context, handler)
        self.other = TlsServer(context, self.alternative)
        threading.Thread(target=self.other.serve_forever, daemon=True).start()


class HasAnOpenAlternative(HasAnAlternative):
    """The other listener has no guard."""

    alternative = Open


class AnnouncesAnAlternative(Guarded):
    """Names the other listener in each answer (RFC 7838)."""

    def end_headers(self) -> None:
        """Add Alt-Svc."""
        if isinstance(self.server, HasAnAlternative):
            self.send_header("Alt-Svc", f'http%2F1.1=":{self.server.other.server_port}"; ma=60')
        super().end_headers()


HANDLERS: dict[str, type[Handler]] = {
    "ignores-empty-lines": IgnoresEmptyLines,
    "guards-the-first-line": GuardsTheFirstLine,
    "guards-the-first-read": GuardsTheFirstRead,
    "reads-trailers": ReadsTrailers,
    "merges-trailers": MergesTrailers,
    "announces-a-guarded-listener": AnnouncesAnAlternative,
    "announces-an-open-listener": AnnouncesAnAlternative,
}
SERVERS: dict[str, type[TlsServer]] = {
    "announces-a-guarded-listener": HasAnAlternative,
    "announces-an-open-listener": HasAnOpenAlternative,
}
