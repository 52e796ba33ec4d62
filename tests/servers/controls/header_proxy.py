"""A proxy that verifies client certificates, deletes a header by its name, and sets it to the caller's name.

It forwards every other line as it came, as proxies do that do not know it, but those that its variant deletes.
`header_proxy PORT VARIANT OPTIONS`: the port of the server behind it, and the options of the servers in Python.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys
from collections.abc import Callable

from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

HEADER = b"x-forwarded-user"
END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?im)^content-length: *([0-9]{1,9})")


def has_no_colon(line: bytes) -> bool:
    """Return whether a line has no colon."""
    return b":" not in line


def begins_with_a_space(line: bytes) -> bool:
    """Return whether a line begins with a space."""
    return line[:1] == b" "


VARIANTS: dict[str, Callable[[bytes], bool]] = {
    "deletes-lines-without-colon": has_no_colon,
    "deletes-lines-after-a-space": begins_with_a_space,
}


class HeaderProxy(Handler):
    """Takes each connection for one request."""

    behind = 0
    """Port of the server behind it."""
    deletes: Callable[[bytes], bool]
    """Whether a line is deleted, whatever its name is."""

    def handle(self) -> None:
        """Forward the request, and the answer until the server closes."""
        head, _, content = self._section().partition(END)
        if not head:
            return
        request, *lines = head.split(b"\r\n")
        known = (HEADER, b"connection")
        kept = [
            line
            for line in lines
            if line.partition(b":")[0].lower() not in known and not type(self).deletes(line)
        ]
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
    options = arguments()
    HeaderProxy.deletes = VARIANTS[options.variant]
    TlsServer(server_context(options, ssl.CERT_OPTIONAL), HeaderProxy).announce_and_serve()


if __name__ == "__main__":
    main()
