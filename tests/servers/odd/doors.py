"""Doors beside the guarded one: the same port without TLS, other names, and twins that keep them shut."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

from tests.servers.python.api import Resource, find
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded
from tests.servers.python.tls import TlsServer

if TYPE_CHECKING:
    from tests.servers.python.tls import Handler

HANDSHAKE_RECORD = b"\x16"


class PlainToo(TlsServer):
    """Looks at the first byte: what is no TLS handshake is spoken to in plain HTTP."""

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """TLS, or none."""
        if raw.recv(1, socket.MSG_PEEK) == HANDSHAKE_RECORD:
            return super().handshake(raw)
        handler: Any = self.RequestHandlerClass
        handler(raw, raw.getpeername(), self)
        return None


class PlainAnswers(Guarded):
    """Without TLS there is no certificate to ask for, and nobody does."""

    def setup(self) -> None:
        """Choose the guards for the connection."""
        super().setup()
        if not self.encrypted:
            self.guards = UNGUARDED

    @property
    def encrypted(self) -> bool:
        """Whether the connection has TLS."""
        return isinstance(self.request, ssl.SSLSocket)

    @property
    def caller(self) -> str | None:
        """Nobody without TLS."""
        return super().caller if self.encrypted else None


class PlainRedirects(PlainAnswers):
    """Without TLS there is only the way to TLS."""

    def respond(self) -> None:
        """Send the caller away."""
        if self.encrypted:
            return super().respond()
        where = f"https://{self.headers['Host']}{self.path}"
        return self.reply(308, {"use": where}, Location=where)


class SeesNames(TlsServer):
    """Notes by which name (SNI) a connection was opened."""

    def __init__(self, context: ssl.SSLContext, handler: type[Handler]) -> None:
        """Ask to be told before the handshake goes on."""
        context.sni_callback = _note
        super().__init__(context, handler)


def _note(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    vars(connection)["asked_for"] = name or ""


class GuardsByServerName(Guarded):
    """Two virtual hosts: the handshake chooses the guard, Host chooses what is served."""

    def setup(self) -> None:
        """The guarded host is the one without a name; every other name is the public host's."""
        super().setup()
        if vars(self.connection).get("asked_for"):
            self.guards = UNGUARDED


class MisdirectedByServerName(Guarded):
    """The same two, where a request must be for the host that the handshake chose."""

    def respond(self) -> None:
        """Send requests for the other host away (RFC 9110 §15.5.20)."""
        if vars(self.connection).get("asked_for"):
            return self.reply(421, {"error": "misdirected request"})
        return super().respond()


class GuardsByHost(Guarded):
    """Guards the host that it knows, and serves every other one the same."""

    def respond(self) -> None:
        """Look at Host before the caller."""
        known = self.host.startswith("127.0.0.1:")
        self.guards = GUARDED if known else UNGUARDED
        super().respond()

    @property
    def host(self) -> str:
        """The host that the request is for."""
        return self.headers.get("Host", "")


class TrustsForwardedHost(GuardsByHost):
    """Believes whoever says that the request was for another host."""

    @property
    def host(self) -> str:
        """The host that the request says it was for."""
        return self.headers.get("X-Forwarded-Host", super().host)


class MisdirectedByHost(GuardsByHost):
    """Serves the host that it knows, and no other."""

    def respond(self) -> None:
        """Send requests for other hosts away."""
        if not self.host.startswith("127.0.0.1:"):
            return self.reply(421, {"error": "misdirected request"})
        return super().respond()


class RemembersTheFirst(Guarded):
    """Looks at the caller once a connection. No truth is stated: the order of the requests decides."""

    let_in = False

    def denied(self) -> None:
        """Not asked again on a connection that has been let in."""
        if not self.let_in:
            return super().denied()
        return self.granted(find(self.path, caller=None) or Resource(template="", body={}))

    def granted(self, resource: Resource) -> None:
        """Take a public path for the whole connection."""
        self.let_in = True
        super().granted(resource)
