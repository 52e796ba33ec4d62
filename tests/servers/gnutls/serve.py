"""A server whose variants differ in what GnuTLS asks for, who verifies it, and what the application looks at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tests.servers.gnutls.session import Ask, Caller, Session, credentials
from tests.servers.python.api import find
from tests.servers.python.tls import Handler, LoopbackServer, arguments

if TYPE_CHECKING:
    import argparse
    import socket

PRIORITIES = {
    "1.2-1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3",
    "1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    "1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3",
}
Test = Callable[[Caller], bool]
EVERYTHING = ("/secure", "/items/{id}")


def anybody(caller: Caller) -> bool:  # noqa: ARG001 (a test)
    """No question is asked."""
    return True


def present(caller: Caller) -> bool:
    """There is a certificate."""
    return caller.certificate is not None


def verified(caller: Caller) -> bool:
    """There is a certificate, and GnuTLS likes it."""
    return caller.verified


def not_bad(caller: Caller) -> bool:
    """There is no certificate that GnuTLS does not like."""
    return caller.verified or caller.certificate is None


@dataclass(frozen=True, slots=True)
class Variant:
    """What is asked for, the test that a connection has to pass, and the one that guards the paths."""

    ask: Ask
    connection: Test = anybody
    request: Test = anybody
    guarded: Collection[str] = ()


VARIANTS = {
    "require": Variant(Ask.REQUIRE, verified),
    "require-all": Variant(Ask.REQUIRE, verified),
    "require-crl": Variant(Ask.REQUIRE, verified),
    "require-unverified": Variant(Ask.REQUIRE),
    "request": Variant(Ask.REQUEST, not_bad, present, EVERYTHING),
    "request-forgotten": Variant(Ask.REQUEST, not_bad, present, ("/secure",)),
    "request-verified": Variant(Ask.REQUEST, anybody, verified, EVERYTHING),
    "request-presence": Variant(Ask.REQUEST, anybody, present, EVERYTHING),
    "ignore": Variant(Ask.IGNORE),
}


class Api(Handler):
    """The test API; `server.variant` says who may have what."""

    def respond(self) -> None:
        """Answer what is asked for."""
        variant = cast("GnuTlsServer", self.server).variant
        session = cast("Session", self.connection)
        resource = find(self.path, caller=None)
        if resource is None:
            return self.reply(404, {"error": "not found"})
        if resource.template in variant.guarded and not variant.request(session.caller):
            return self.reply(401, {"error": "client certificate required"})
        return self.reply(200, resource.body)


class GnuTlsServer(LoopbackServer):
    """Verifies after the handshake, as `gnutls-serv` does, in TLS 1.2 as well."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Bind at once."""
        super().__init__(Api)
        self.variant = VARIANTS[options.variant]
        self.priority = PRIORITIES[options.tls]
        crl = options.crl if options.variant.endswith("-crl") else None
        self.credentials = credentials(options.cert, options.key, client_ca=options.client_ca, crl=crl)

    def handshake(self, raw: socket.socket) -> Session | None:
        """Secure one connection, None when the caller is not welcome."""
        session = Session(raw, self.credentials, ask=self.variant.ask, priority=self.priority)
        if self.variant.connection(session.caller):
            return session
        session.deny()
        return None


if __name__ == "__main__":
    GnuTlsServer(arguments()).announce_and_serve()
