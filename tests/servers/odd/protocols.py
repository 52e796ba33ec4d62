"""Guards that depend on details of TLS and HTTP versions, and the same servers with a correct guard."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.servers.odd.alternate_endpoints import GuardsByHost
from tests.servers.python.api import find
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded
from tests.servers.python.tls import TlsServer

if TYPE_CHECKING:
    import ssl

    from tests.servers.python.api import Resource
    from tests.servers.python.tls import Handler

RECORD_HEADER, MESSAGE_HEADER = 5, 4
UNDERSTOOD = "understood"
SPOKEN = "http/1.1"


class ReadsFirstRecord(TlsServer):
    """Examines the first record of each connection."""

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """Peek at the first record, then do the handshake."""
        seen = raw.recv(16384, socket.MSG_PEEK)
        secured = super().handshake(raw)
        vars(secured)[UNDERSTOOD] = _is_whole(seen)
        return secured


def _is_whole(record: bytes) -> bool:
    """Whether the ClientHello ends in the record that it begins in (RFC 8446 §4 and §5.1)."""
    content = int.from_bytes(record[3:RECORD_HEADER], "big")
    message = int.from_bytes(record[RECORD_HEADER + 1 : RECORD_HEADER + MESSAGE_HEADER], "big")
    return content >= message + MESSAGE_HEADER


class GuardsFirstRecordOnly(Guarded):
    """Has no guard where the ClientHello was not read."""

    def setup(self) -> None:
        """Choose the guards for the connection."""
        super().setup()
        self.guards = GUARDED if vars(self.connection)[UNDERSTOOD] else UNGUARDED


class ChoosesProtocols(TlsServer):
    """Selects a protocol by ALPN (RFC 7301)."""

    def __init__(self, context: ssl.SSLContext, handler: type[Handler]) -> None:
        """Offer HTTP/1.1 only."""
        context.set_alpn_protocols([SPOKEN])
        super().__init__(context, handler)


class GuardsTheProtocol(Guarded):
    """Guards connections that selected HTTP/1.1; others are taken for health checks."""

    def setup(self) -> None:
        """Choose the guards for the connection."""
        super().setup()
        self.guards = GUARDED if self.connection.selected_alpn_protocol() == SPOKEN else UNGUARDED


class TrustsUpgrades(Guarded):
    """Lets requests for a WebSocket pass, because its handler would authorize them."""

    to = "websocket"

    def respond(self) -> None:
        """Select the guard by Upgrade."""
        self.guards = UNGUARDED if self.headers.get("Upgrade") == self.to else GUARDED
        super().respond()


class TrustsUpgradesToHttp2(TrustsUpgrades):
    """Lets requests for HTTP/2 (h2c) pass, and answers them in HTTP/1.1."""

    to = "h2c"


class UpgradesAuthorized(Guarded):
    """Switches to a WebSocket for authorized callers only."""

    to = "websocket"

    def granted(self, resource: Resource) -> None:
        """Switch, or answer."""
        if self.headers.get("Upgrade") != self.to:
            return super().granted(resource)
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", self.to)
        self.end_headers()
        self.close_connection = True
        return None


class UpgradesAll(UpgradesAuthorized):
    """Switches to a WebSocket for every caller, and authorizes after the switch: no operation was answered."""

    def denied(self) -> None:
        """Switch, or refuse."""
        resource = find(self.path, caller=None)
        if resource and self.headers.get("Upgrade") == self.to:
            return self.granted(resource)
        return super().denied()


class UpgradesAllToHttp2(UpgradesAll):
    """Switches to HTTP/2 for every caller, and authorizes there."""

    to = "h2c"


class ExemptsHttp10(Guarded):
    """Takes HTTP/1.0 for the health check of the load balancer."""

    def respond(self) -> None:
        """Select the guard by the version."""
        self.guards = UNGUARDED if self.request_version == "HTTP/1.0" else GUARDED
        super().respond()


class InspectsSmallHeads(Guarded):
    """Inspects what fits into its buffer, and passes on what does not."""

    def respond(self) -> None:
        """Select the guard by the size of the fields."""
        size = sum(len(name) + len(value) for name, value in self.headers.items())
        self.guards = UNGUARDED if size > 9000 else GUARDED
        super().respond()


class RefusesLargeHeads(Guarded):
    """Answers 431 for a head that does not fit (RFC 6585 §5)."""

    def respond(self) -> None:
        """Compare the size of the fields first."""
        if sum(len(name) + len(value) for name, value in self.headers.items()) > 9000:
            return self.reply(431, {"error": "header fields too large"})
        return super().respond()


class ExemptsHttp09(Guarded):
    """Lets requests without headers pass."""

    def respond(self) -> None:
        """Select the guard by the version; Python's own server answers HTTP/0.9 with the body alone."""
        self.guards = UNGUARDED if self.request_version == "HTTP/0.9" else GUARDED
        super().respond()


class GuardsTheLastHost(GuardsByHost):
    """The guard reads the last Host, all else the first."""

    def respond(self) -> None:
        """Serve the own host alone, and guard requests that name it last."""
        first, *_ = hosts = self.headers.get_all("Host", [""])
        if not first.startswith("127.0.0.1:"):
            return self.reply(421, {"error": "misdirected request"})
        self.guards = GUARDED if hosts[-1] == first else UNGUARDED
        return Guarded.respond(self)


class RefusesTwoHosts(Guarded):
    """Refuses a request with two Host fields (RFC 9112 §3.2)."""

    def respond(self) -> None:
        """Count the Host fields first."""
        if len(self.headers.get_all("Host", [])) > 1:
            return self.reply(400, {"error": "bad request"})
        return super().respond()
