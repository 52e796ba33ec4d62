"""The test API over plain HTTP, with a lenient router; the first argument names how it knows its callers."""

from __future__ import annotations

import posixpath
import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.servers.python.serve import KNOWN, UNGUARDED, Guarded
from tests.servers.python.tls import LoopbackServer

if TYPE_CHECKING:
    import socket

    from tests.servers.python.api import Resource

HEADER = "X-Forwarded-Client-Cert"
ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
"""One certificate of the header: quoted values hold commas."""
IDENTITY = re.compile(r"spiffe://clients\.example/([a-z-]+)|\bCN=([a-z-]+)")


class Open(Guarded):
    """Leaves the guarding to Envoy; decodes paths, and resolves dot segments and double slashes."""

    guards = UNGUARDED

    @property
    def caller(self) -> str | None:
        """Always anonymous: without TLS there is no certificate."""
        return None

    def respond(self) -> None:
        """Answer the resource that the path means: an encoded question mark begins no query.

        Content that is left unread would begin the next request.
        """
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path = unquote(self.requestline.split(" ")[1].partition("?")[0]).replace("?", "%3F")
        slash = "/" if path.endswith(("/", "/.", "/..")) else ""
        self.path = "/" + posixpath.normpath(path).strip("/") + slash
        super().respond()


class ReadsLast(Open):
    """Guards by itself: the caller is the last certificate of the header, which Envoy appended."""

    guards = Guarded.guards
    position = -1

    @property
    def caller(self) -> str | None:
        """Name in the chosen element; None where the header is absent or names an unknown caller."""
        elements = ELEMENT.findall(self.headers.get(HEADER, ""))
        named = IDENTITY.search(elements[self.position]) if elements else None
        name = (named[1] or named[2]) if named else None
        return name if name in KNOWN else None

    def granted(self, resource: Resource) -> None:
        """Name the caller in the answer."""
        self.reply(200, {**resource.body, "to": self.caller})


class ReadsFirst(ReadsLast):
    """The caller is the first certificate of the header, which may be the client's own text."""

    position = 0


class Server(LoopbackServer):
    """Leaves TLS to Envoy."""

    def handshake(self, raw: socket.socket) -> socket.socket:
        """Return the connection as it is."""
        return raw


BACKENDS = {"open": Open, "reads-last": ReadsLast, "reads-first": ReadsFirst}

if __name__ == "__main__":
    Server(BACKENDS[sys.argv[1]]).announce_and_serve()
