"""A server whose variants differ in what GnuTLS requests, who verifies it, and what the application checks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, cast

from msgspec import Struct

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


def every_caller(caller: Caller) -> bool:  # noqa: ARG001 (a test)
    """Accept every connection."""
    return True


def present(caller: Caller) -> bool:
    """Return whether a certificate was presented."""
    return caller.certificate is not None


def verified(caller: Caller) -> bool:
    """Return whether GnuTLS verified a certificate."""
    return caller.verified


def verified_for_clients(caller: Caller) -> bool:
    """Return whether GnuTLS verified a certificate whose purpose is to authenticate clients."""
    return caller.for_clients


def not_invalid(caller: Caller) -> bool:
    """Return whether GnuTLS rejected no certificate."""
    return caller.verified or caller.certificate is None


class Variant(Struct, frozen=True):
    """The request mode, the test of each connection, and the test of the guarded paths."""

    ask: Ask
    connection: Test = every_caller
    request: Test = every_caller
    guarded: Collection[str] = ()


VARIANTS = {
    "require": Variant(Ask.REQUIRE, verified),
    "require-all": Variant(Ask.REQUIRE, verified),
    "require-crl": Variant(Ask.REQUIRE, verified),
    "require-purpose-crl": Variant(Ask.REQUIRE, verified_for_clients),
    "require-unverified": Variant(Ask.REQUIRE),
    "request": Variant(Ask.REQUEST, not_invalid, present, EVERYTHING),
    "request-unguarded": Variant(Ask.REQUEST, not_invalid, present, ("/secure",)),
    "request-verified": Variant(Ask.REQUEST, every_caller, verified, EVERYTHING),
    "request-presence": Variant(Ask.REQUEST, every_caller, present, EVERYTHING),
    "ignore": Variant(Ask.IGNORE),
}


class Api(Handler):
    """The test API; `server.variant` guards it."""

    def respond(self) -> None:
        """Answer the request."""
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
        """Bind the port."""
        super().__init__(Api)
        self.variant = VARIANTS[options.variant]
        self.priority = PRIORITIES[options.tls]
        crl = options.crl if options.variant.endswith("-crl") else None
        self.credentials = credentials(options.cert, options.key, client_ca=options.client_ca, crl=crl)

    def handshake(self, raw: socket.socket) -> Session | None:
        """Secure one connection; None when the caller is refused."""
        session = Session(raw, self.credentials, ask=self.variant.ask, priority=self.priority)
        if self.variant.connection(session.caller):
            return session
        session.deny()
        return None


if __name__ == "__main__":
    GnuTlsServer(arguments()).announce_and_serve()
