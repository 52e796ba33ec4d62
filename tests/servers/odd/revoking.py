"""Servers that take up a revocation list while they run, and what becomes of the sessions that are older."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from tests.servers.python.serve import GUARDED, Guarded
from tests.servers.python.tls import TlsServer, arguments, server_context

if TYPE_CHECKING:
    from collections.abc import Mapping

REVOKE = "/take-up-the-list"
"""Whoever asks for it does what the operator would do."""


class Revokes(TlsServer):
    """As a reload that keeps the keys of tickets: the list is looked at in full handshakes alone."""

    def revoke(self) -> None:
        """Verify by the list from now on."""
        _verify_by_list(self.context)


class RevokesAndForgets(TlsServer):
    """With new keys, nobody resumes what is older."""

    def revoke(self) -> None:
        """Begin anew, with the list."""
        context = server_context(arguments(), ssl.CERT_OPTIONAL)
        _verify_by_list(context)
        self.context = context


def _verify_by_list(context: ssl.SSLContext) -> None:
    context.load_verify_locations(arguments().crl)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


class Known(Guarded):
    """Whoever has a certificate may have everything."""

    server: Revokes | RevokesAndForgets
    guards: Mapping[str, frozenset[str]] = {
        path: names | {"carol", "revoked"} for path, names in GUARDED.items()
    }

    def missing(self) -> None:
        """The operator's path is in no document."""
        if self.path != REVOKE:
            return super().missing()
        self.server.revoke()
        return self.reply(200, {"list": "taken up"})
