"""Servers that load a revocation list while they run, with different handling of older sessions."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.servers.python.serve import GUARDED, Guarded
from tests.servers.python.tls import TlsServer, arguments, server_context

if TYPE_CHECKING:
    from collections.abc import Mapping

REVOKE = "/take-up-the-list"
"""A request for it loads the list, as an operator would."""


class Revokes(TlsServer):
    """Keeps the ticket keys, as a reload does: only full handshakes check the list."""

    def revoke(self) -> None:
        """Verify by the list from now on."""
        _verify_by_list(self.context)


class RevokesWithNewKeys(TlsServer):
    """Replaces the ticket keys: no older session is resumed."""

    def revoke(self) -> None:
        """Create a new context, with the list."""
        context = server_context(arguments(), ssl.CERT_OPTIONAL)
        _verify_by_list(context)
        self.context = context


class RevokesAndEnds(RevokesWithNewKeys):
    """Ends the open connections, too."""

    def __init__(self, context: ssl.SSLContext, handler: type[Guarded]) -> None:
        """Note each connection."""
        super().__init__(context, handler)
        self.open: set[ssl.SSLSocket] = set()

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """Secure one connection, and note it."""
        secured = super().handshake(raw)
        if secured is not None:
            self.open.add(secured)
        return secured

    def revoke(self) -> None:
        """No request follows on a connection from before."""
        super().revoke()
        before, self.open = self.open, set()
        for connection in before:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)


def _verify_by_list(context: ssl.SSLContext) -> None:
    context.load_verify_locations(arguments().crl)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


class Known(Guarded):
    """Authorizes every certificate."""

    server: Revokes | RevokesWithNewKeys
    guards: Mapping[str, frozenset[str]] = {
        path: names | {"carol", "revoked"} for path, names in GUARDED.items()
    }

    def missing(self) -> None:
        """Load the list at the operator's path, which is undocumented."""
        if self.path != REVOKE:
            return super().missing()
        self.server.revoke()
        return self.reply(200, {"list": "loaded"})
