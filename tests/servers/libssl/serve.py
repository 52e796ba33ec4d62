"""A server whose variants differ in what they do with early data (RFC 8446 §2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.libssl.library import server_context
from tests.servers.libssl.session import MOST, Session
from tests.servers.python.api import find
from tests.servers.python.serve import Guarded
from tests.servers.python.tls import Handler, LoopbackServer, arguments

if TYPE_CHECKING:
    import argparse
    import socket


class AfterHandshake(Guarded):
    """Requires a verified certificate on the guarded paths, after the handshake."""

    connection: Session  # type: ignore[assignment]

    def respond(self) -> None:
        """Complete the handshake, then answer."""
        self.connection.finish()
        super().respond()


class BeforeHandshake(Guarded):
    """Answers before the handshake ends, and takes a session for that of a caller with a certificate."""

    connection: Session  # type: ignore[assignment]

    def respond(self) -> None:
        """Answer at once."""
        resource = find(self.path, caller=None)
        if self.connection.early and not self.connection.complete and resource is not None:
            return self.granted(resource)
        return super().respond()


class TooEarly(Guarded):
    """Answers no guarded path before the handshake ends (RFC 8470 §5.2)."""

    connection: Session  # type: ignore[assignment]

    def denied(self) -> None:
        """Answer 425 to early data, else 401."""
        if self.connection.complete:
            return super().denied()
        return self.reply(425, {"error": "too early"})


VARIANTS: dict[str, tuple[type[Handler], int]] = {
    "early-data-at-once": (BeforeHandshake, MOST),
    "early-data-waits": (AfterHandshake, MOST),
    "early-data-too-early": (TooEarly, MOST),
    "no-early-data": (Guarded, 0),
}


class Server(LoopbackServer):
    """OpenSSL's `SSL_read_early_data`."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Bind the port."""
        handler, early_data = VARIANTS[options.variant]
        super().__init__(handler)
        self._context = server_context(
            certificate=options.cert,
            key=options.key,
            client_ca=options.client_ca,
            tls=options.tls,
            early_data=early_data,
        )

    def handshake(self, raw: socket.socket) -> Session:
        """Read early data, or complete the handshake."""
        session = Session(raw, self._context)
        session.begin()
        return session


def main() -> None:
    """Serve the variant that the command line names."""
    Server(arguments()).announce_and_serve()


if __name__ == "__main__":
    main()
