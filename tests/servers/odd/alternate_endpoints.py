"""Alternate endpoints beside the guarded one: the same port without TLS, other host names; and correct twins."""

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
    """Answers plain HTTP where the first byte is no TLS handshake."""

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """Secure the connection, or serve it in plain text."""
        if raw.recv(1, socket.MSG_PEEK) == HANDSHAKE_RECORD:
            return super().handshake(raw)
        handler: Any = self.RequestHandlerClass
        handler(raw, raw.getpeername(), self)
        return None


class PlainAnswers(Guarded):
    """Serves without a guard where the connection has no TLS."""

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
        """The caller; always anonymous without TLS."""
        return super().caller if self.encrypted else None


class PlainTrustsHeaders(Guarded):
    """A listener without TLS for a proxy that terminates it: it trusts the name in a header, on the same port."""

    @property
    def caller(self) -> str | None:
        """The caller of the certificate; without TLS that of the header."""
        if isinstance(self.request, ssl.SSLSocket):
            return super().caller
        return self.claimed

    @property
    def claimed(self) -> str | None:
        """The name in the header."""
        return self.headers.get("X-SSL-Client-CN")


class PlainDropsHeaders(PlainTrustsHeaders):
    """The same listener, which deletes the header of clients."""

    @property
    def claimed(self) -> str | None:
        """Always None."""
        return None


class PlainRedirects(PlainAnswers):
    """Redirects to TLS where the connection has none."""

    def respond(self) -> None:
        """Redirect to TLS."""
        if self.encrypted:
            return super().respond()
        where = f"https://{self.headers['Host']}{self.path}"
        return self.reply(308, {"use": where}, Location=where)


class RecordsServerNames(TlsServer):
    """Records the server name (SNI) of each connection."""

    def __init__(self, context: ssl.SSLContext, handler: type[Handler]) -> None:
        """Install the SNI callback."""
        context.sni_callback = _note
        super().__init__(context, handler)


def _note(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    vars(connection)["server_name"] = name or ""


class OtherNameTrustsHeaders(Guarded):
    """The virtual host of another name is for a proxy that verifies certificates: it trusts the name in a header."""

    trusting: str | None = "public.localhost"
    """The server name (SNI) of that host; empty: connections without one."""

    @property
    def caller(self) -> str | None:
        """The caller of the certificate; without one, at the other host, that of the header."""
        trusts = vars(self.connection).get("server_name") == self.trusting
        return super().caller or (self.headers.get("X-SSL-Client-CN") if trusts else None)


class WithoutSniTrustsHeaders(OtherNameTrustsHeaders):
    """The default host, for connections without a server name, is the one that trusts (CVE-2026-46579)."""

    trusting = ""


class OtherNamesDropHeaders(OtherNameTrustsHeaders):
    """Every host reads the certificate."""

    trusting = None


class GuardsByServerName(Guarded):
    """Two virtual hosts: SNI selects the guard, Host selects the content."""

    def setup(self) -> None:
        """Guard connections without a server name; every other name is the public host's."""
        super().setup()
        if vars(self.connection).get("server_name"):
            self.guards = UNGUARDED


class MisdirectedByServerName(Guarded):
    """The same two hosts; a request must be for the host that SNI selected."""

    def respond(self) -> None:
        """Answer 421 to requests for the other host (RFC 9110 §15.5.20)."""
        if vars(self.connection).get("server_name"):
            return self.reply(421, {"error": "misdirected request"})
        return super().respond()


class GuardsByHost(Guarded):
    """Guards one host, and serves every other host the same."""

    def respond(self) -> None:
        """Select the guard by Host."""
        known = self.host.startswith("127.0.0.1:")
        self.guards = GUARDED if known else UNGUARDED
        super().respond()

    @property
    def host(self) -> str:
        """The host that the request is for."""
        return self.headers.get("Host", "")


class TrustsForwardedHost(GuardsByHost):
    """Trusts X-Forwarded-Host."""

    @property
    def host(self) -> str:
        """The host in X-Forwarded-Host, else in Host."""
        return self.headers.get("X-Forwarded-Host", super().host)


class MisdirectedByHost(GuardsByHost):
    """Serves one host and no other."""

    def respond(self) -> None:
        """Answer 421 to requests for other hosts."""
        if not self.host.startswith("127.0.0.1:"):
            return self.reply(421, {"error": "misdirected request"})
        return super().respond()


class AuthorizesOnce(Guarded):
    """Authorizes once per connection. It has no truth: the order of the requests decides."""

    admitted = False

    def denied(self) -> None:
        """Refuse, unless the connection has been admitted before."""
        if not self.admitted:
            return super().denied()
        return self.granted(find(self.path, caller=None) or Resource(template="", body={}))

    def granted(self, resource: Resource) -> None:
        """Admit the whole connection after a public path."""
        self.admitted = True
        super().granted(resource)
