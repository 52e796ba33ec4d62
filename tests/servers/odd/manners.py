"""Guards that know only how most clients speak, and the same servers with the guard where it belongs."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.servers.odd.doors import GuardsByHost
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
    """Chooses the rules for a connection by what the first record of it says."""

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """Look at the record, and leave it where it is."""
        seen = raw.recv(16384, socket.MSG_PEEK)
        secured = super().handshake(raw)
        vars(secured)[UNDERSTOOD] = _is_whole(seen)
        return secured


def _is_whole(record: bytes) -> bool:
    """Whether the ClientHello ends in the record that it begins in (RFC 8446 §4 and §5.1)."""
    content = int.from_bytes(record[3:RECORD_HEADER], "big")
    message = int.from_bytes(record[RECORD_HEADER + 1 : RECORD_HEADER + MESSAGE_HEADER], "big")
    return content >= message + MESSAGE_HEADER


class GuardsWhatItUnderstood(Guarded):
    """What could not be read gets the default, and the default asks for nothing."""

    def setup(self) -> None:
        """Choose the guards for the connection."""
        super().setup()
        self.guards = GUARDED if vars(self.connection)[UNDERSTOOD] else UNGUARDED


class ChoosesProtocols(TlsServer):
    """Says which protocol is spoken (RFC 7301), to whoever asks."""

    def __init__(self, context: ssl.SSLContext, handler: type[Handler]) -> None:
        """There is but one."""
        context.set_alpn_protocols([SPOKEN])
        super().__init__(context, handler)


class GuardsTheProtocol(Guarded):
    """The guard belongs to a protocol, and a connection that has not agreed on any is the health check's."""

    def setup(self) -> None:
        """Choose the guards for the connection."""
        super().setup()
        self.guards = GUARDED if self.connection.selected_alpn_protocol() == SPOKEN else UNGUARDED


class TrustsUpgrades(Guarded):
    """Whoever wants to become a WebSocket is let through: its handler will ask, if there is one."""

    to = "websocket"

    def respond(self) -> None:
        """Look at Upgrade before the caller."""
        self.guards = UNGUARDED if self.headers.get("Upgrade") == self.to else GUARDED
        super().respond()


class TrustsUpgradesToHttp2(TrustsUpgrades):
    """Whoever wants to go on in HTTP/2 is let through, and answered in HTTP/1.1."""

    to = "h2c"


class UpgradesTheKnown(Guarded):
    """Becomes a WebSocket for whoever may have the path, and for nobody else."""

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


class UpgradesAnybody(UpgradesTheKnown):
    """Becomes a WebSocket for anybody, and asks who it is behind the switch: no operation was answered."""

    def denied(self) -> None:
        """Switch, or refuse."""
        resource = find(self.path, caller=None)
        if resource and self.headers.get("Upgrade") == self.to:
            return self.granted(resource)
        return super().denied()


class UpgradesAnybodyToHttp2(UpgradesAnybody):
    """Goes on in HTTP/2 with anybody, and asks there."""

    to = "h2c"


class TrustsOldClients(Guarded):
    """HTTP/1.0 is what the health check of the load balancer speaks."""

    def respond(self) -> None:
        """Look at the version before the caller."""
        self.guards = UNGUARDED if self.request_version == "HTTP/1.0" else GUARDED
        super().respond()


class TrustsOldestClients(Guarded):
    """Who sends no headers has none that the guard could read."""

    def respond(self) -> None:
        """Look at the version before the caller; Python's own server answers HTTP/0.9 with the body alone."""
        self.guards = UNGUARDED if self.request_version == "HTTP/0.9" else GUARDED
        super().respond()


class GuardsTheLastHost(GuardsByHost):
    """The guard reads the last Host, and everything else the first."""

    def respond(self) -> None:
        """Serve the own host alone, and guard what claims to be it."""
        first, *_ = hosts = self.headers.get_all("Host", [""])
        if not first.startswith("127.0.0.1:"):
            return self.reply(421, {"error": "misdirected request"})
        self.guards = GUARDED if hosts[-1] == first else UNGUARDED
        return Guarded.respond(self)


class RefusesTwoHosts(Guarded):
    """A request with two of them is no request (RFC 9112 §3.2)."""

    def respond(self) -> None:
        """Count before anything else."""
        if len(self.headers.get_all("Host", [])) > 1:
            return self.reply(400, {"error": "bad request"})
        return super().respond()
