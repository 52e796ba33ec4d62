"""Servers that are slow, unreliable, busy or without limits."""

from __future__ import annotations

import itertools
import random
import socket
import struct
import threading
import time
import zlib
from typing import TYPE_CHECKING, ClassVar

from tests.servers.python.serve import Guarded
from tests.servers.python.tls import TlsServer

if TYPE_CHECKING:
    import ssl

    from tests.servers.python.api import Resource

SEED = 20240229
TARPIT_SECONDS = 30
CHUNK = b" " * 65536
CHUNKS = 4096


class Tarpit(Guarded):
    """Reads the request and never answers."""

    def respond(self) -> None:
        """Hold the connection until the client gives up."""
        time.sleep(TARPIT_SECONDS)
        self.close_connection = True


class TarpitForItems(Guarded):
    """Never answers on one operation, for any caller."""

    def respond(self) -> None:
        """`/items` hangs."""
        if self.path.startswith("/items/"):
            time.sleep(TARPIT_SECONDS)
        super().respond()


class TarpitWithoutCertificate(Guarded):
    """Never answers callers that are not authorized."""

    def denied(self) -> None:
        """Hold the connection; a timeout is no refusal."""
        time.sleep(TARPIT_SECONDS)
        self.close_connection = True


class ResetsWithoutCertificate(Guarded):
    """Resets the connection of callers that are not authorized."""

    def denied(self) -> None:
        """Reset; beside an admitted control, this is a refusal."""
        reset(self.connection)
        self.close_connection = True


class ResetsFirstTry(Guarded):
    """Half of all distinct requests are reset at the first attempt, and answered at the next."""

    tried: ClassVar[set[str]] = set()

    def respond(self) -> None:
        """The seed selects the half, independent of the order of the requests."""
        key = f"{SEED} {self.connection.version()} {self.caller} {self.command} {self.path}"
        if zlib.crc32(key.encode()) % 2 and key not in self.tried:
            self.tried.add(key)
            reset(self.connection)
            self.close_connection = True
            return
        super().respond()


class ResetsHalf(Guarded):
    """Half of all requests are reset, retried or not."""

    dice = random.Random(SEED)

    def respond(self) -> None:
        """Reset at random."""
        if self.dice.random() < 0.5:
            reset(self.connection)
            self.close_connection = True
            return
        super().respond()


class ResetsTwoHandshakes(TlsServer):
    """The fourth and the ninth connection are reset before the handshake."""

    turns = itertools.count(1)

    def handshake(self, raw: socket.socket) -> ssl.SSLSocket | None:
        """Secure the connection, unless it is one of the two."""
        if next(self.turns) in {4, 9}:
            reset(raw)
            return None
        return super().handshake(raw)


class EndlessBody(Guarded):
    """The body of an item does not end (256 MiB)."""

    def granted(self, resource: Resource) -> None:
        """Send spaces in chunks of 64 KiB until the client closes."""
        if resource.template != "/items/{id}" or self.command == "HEAD":
            super().granted(resource)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(CHUNKS):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        self.wfile.write(b"0\r\n\r\n")


class GiantHeaders(Guarded):
    """An item comes with a header field of 1 MiB."""

    def granted(self, resource: Resource) -> None:
        """Send more than most clients read."""
        if resource.template != "/items/{id}":
            return super().granted(resource)
        return self.reply(200, resource.body, X_Trace="a" * 2**20)


class BusyForASecond(Guarded):
    """Answers every caller with 429 for a second, once, after the first six requests."""

    turns = itertools.count(1)
    busy_until: ClassVar[list[float]] = []

    def respond(self) -> None:
        """Answer 429 until the second of Retry-After is over."""
        if next(self.turns) > 6 and not self.busy_until:
            self.busy_until.append(time.monotonic() + 1)
        if self.busy_until and time.monotonic() < self.busy_until[0]:
            return self.reply(429, {"error": "slow down"}, Retry_After="1")
        return super().respond()


class BusyWithItems(Guarded):
    """Always answers every caller with 429 on one operation."""

    def respond(self) -> None:
        """Answer 429 on `/items`."""
        if self.path.startswith("/items/"):
            return self.reply(429, {"error": "slow down"}, Retry_After="1")
        return super().respond()


class Lockout(Guarded):
    """After eight refusals it refuses everything to every caller, as some firewalls do."""

    refusals = itertools.count(1)
    locked = threading.Event()

    def respond(self) -> None:
        """Refuse valid certificates and open paths as well."""
        if self.locked.is_set():
            return self.reply(403, {"error": "your address is blocked"})
        return super().respond()

    def denied(self) -> None:
        """Count refusals."""
        if next(self.refusals) >= 8:
            self.locked.set()
        super().denied()


def reset(connection: socket.socket) -> None:
    """End the connection with RST instead of FIN, and without a TLS close_notify."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
