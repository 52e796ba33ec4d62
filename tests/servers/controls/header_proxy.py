"""A proxy that verifies client certificates, deletes a header by its name, and sets it to the caller's name.

It forwards every other line as it came, as proxies do that do not know it. `header_proxy PORT OPTIONS`: the port of the
server behind it, and the options of the servers in Python.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys

from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

HEADER = b"x-forwarded-user"
END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?im)^content-length: *([0-9]{1,9})")


class HeaderProxy(Handler):
    """Takes each connection for one request."""

    behind = 0
    """Port of the server behind it."""

    def handle(self) -> None:
        """Forward the request, and the answer until the server closes."""
        head, _, content = self._section().partition(END)
        if not head:
            return
        request, *lines = head.split(b"\r\n")
        kept = [line for line in lines if line.partition(b":")[0].lower() not in (HEADER, b"connection")]
        own = [b"Connection: close", *([HEADER + b": " + self.caller.encode()] if self.caller else [])]
        with socket.create_connection(("127.0.0.1", self.behind)) as server:
            # Its own lines come last: a space before the first line stays where it was.
            server.sendall(b"\r\n".join((request, *kept, *own)) + END + content)
            while part := server.recv(65536):
                self.wfile.write(part)
        self.wfile.flush()

    def _section(self) -> bytes:
        """Read the header section and the content."""
        received = b""
        while self._lacks(received) and (part := self.connection.recv(65536)):
            received += part
        return received

    def _lacks(self, received: bytes) -> bool:
        head, end, content = received.partition(END)
        length = LENGTH.search(head)
        return not end or (length is not None and len(content) < int(length[1]))


def main() -> None:
    """Serve."""
    HeaderProxy.behind = int(sys.argv.pop(1))
    TlsServer(server_context(arguments(), ssl.CERT_OPTIONAL), HeaderProxy).announce_and_serve()


if __name__ == "__main__":
    main()
