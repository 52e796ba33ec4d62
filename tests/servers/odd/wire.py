"""Guards and proxies that read a message otherwise than the server behind them, and correct ones beside them."""

from __future__ import annotations

import json
import threading
import time
from http.client import parse_headers
from io import BufferedReader
from typing import TYPE_CHECKING, ClassVar

from tests.servers.odd.bypasses import content
from tests.servers.odd.notes import Notes
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded, Open
from tests.servers.python.tls import TlsServer

if TYPE_CHECKING:
    import ssl

    from tests.servers.python.tls import Handler

OPEN_METHOD = "service.status"
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


class Calls(Guarded):
    """Serves JSON-RPC 2.0: one method is open, and others need a certificate."""

    results: ClassVar[dict[str, object]] = {
        OPEN_METHOD: {"well": True},
        "ledger.balances": {"accounts": [{"number": "4711-0815-22", "owner": "Wilhelmina Ostrander"}]},
    }

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer a call."""
        body = content(self)
        if self.path not in ("/rpc", "/status"):
            return self.missing()
        try:
            pairs: list[tuple[str, object]] = json.loads(body, object_pairs_hook=list)
            called = str(dict(pairs)["method"])
        except (ValueError, KeyError, TypeError):
            return self.reply(400, {"error": "this is no call"})
        if not self.caller and self.authorized(pairs) != OPEN_METHOD:
            return self.denied()
        if called not in self.results:
            return self.reply(
                200, {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "unknown"}}
            )
        return self.reply(200, {"jsonrpc": "2.0", "id": 1, "result": self.results[called]})

    def authorized(self, pairs: list[tuple[str, object]]) -> object:
        """Return the method that the guard looks at."""
        return dict(pairs)["method"]


class AuthorizesTheFirstMember(Calls):
    """The guard takes the first member of a name."""

    def authorized(self, pairs: list[tuple[str, object]]) -> object:
        """Return the method that the guard looks at."""
        return next(value for name, value in pairs if name == "method")


class AuthorizesWriters(Notes):
    """Keeps a connection on which something was sent to be stored for that of a member."""

    writes = False

    def refused(self) -> bool:
        """Refuse who has sent nothing before."""
        is_member, self.writes = self.writes, self.command in ("POST", "PUT")
        return not (is_member and not self.writes) and super().refused()


class GuardsOneSuite(Guarded):
    """Connections with ChaCha20 of TLS 1.2 have another configuration, without a guard."""

    def setup(self) -> None:
        """Choose the guards for the connection."""
        super().setup()
        name, version, _ = self.connection.cipher() or ("", "", 0)
        self.guards = UNGUARDED if "CHACHA20" in name and version == "TLSv1.2" else GUARDED


class ForgetsIdleConnections(Guarded):
    """Admits the first request after a pause of its connection."""

    last = 0.0

    def respond(self) -> None:
        """Select the guard by the time since the last request."""
        now = time.monotonic()
        self.guards = UNGUARDED if self.last and now - self.last > 3 else GUARDED
        self.last = now
        super().respond()


HANDLERS: dict[str, type[Handler]] = {
    "ignores-empty-lines": IgnoresEmptyLines,
    "guards-the-first-line": GuardsTheFirstLine,
    "guards-the-first-read": GuardsTheFirstRead,
    "reads-trailers": ReadsTrailers,
    "merges-trailers": MergesTrailers,
    "guards-other-suites": GuardsOneSuite,
    "forgets-idle-connections": ForgetsIdleConnections,
    "rpc-last-member": Calls,
    "rpc-first-member": AuthorizesTheFirstMember,
    "notes-for-writers": AuthorizesWriters,
    "announces-a-guarded-listener": AnnouncesAnAlternative,
    "announces-an-open-listener": AnnouncesAnAlternative,
}
SERVERS: dict[str, type[TlsServer]] = {
    "announces-a-guarded-listener": HasAnAlternative,
    "announces-an-open-listener": HasAnOpenAlternative,
}
