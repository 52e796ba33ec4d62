"""The test API over plain HTTP, without a guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.python.api import find
from tests.servers.python.tls import Handler, LoopbackServer

if TYPE_CHECKING:
    import socket


class Backend(Handler):
    """Answers every caller as anonymous."""

    def respond(self) -> None:
        """Answer the request."""
        resource = find(self.path, caller=None)
        if resource is None:
            return self.reply(404, {"error": "not found"})
        return self.reply(200, resource.body)


class Server(LoopbackServer):
    """Leaves TLS to stunnel."""

    def handshake(self, raw: socket.socket) -> socket.socket:
        """Use the connection as it is."""
        return raw


if __name__ == "__main__":
    Server(Backend).announce_and_serve()
