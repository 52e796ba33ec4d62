"""A server of the small API whose /stream is for WebSocket, in variants."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs

from tests.servers.python.serve import GUARDED, KNOWN, Open

ACCEPTED = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 §1.3."""
POLICY, ERROR = 1008, 1011
DATA = json.dumps({"price": 1234.5, "symbol": "SPDR", "note": "for customers only"}).encode()


def frame(opcode: int, payload: bytes) -> bytes:
    """Return an unmasked frame of less than 126 octets."""
    return bytes((0x80 | opcode, len(payload))) + payload


def has_token(target: str) -> bool:
    """Return whether a request target has the parameter ``token``."""
    return "token" in parse_qs(target.partition("?")[2])


class Streaming(Open):
    """Refuses the handshake without a certificate (RFC 6455 §4.2.2)."""

    guards = GUARDED
    sends_data = False

    def respond(self) -> None:
        """Answer /stream by itself."""
        if self.path.partition("?")[0] != "/stream":
            return super().respond()
        if self.headers.get("Upgrade", "").lower() != "websocket":
            return self.reply(426, {"error": "this is for WebSocket"}, Upgrade="websocket")
        return self.stream()

    def stream(self) -> None:
        """Open the connection for known callers."""
        self.open() if self.caller in KNOWN else self.denied()

    def open(self) -> None:
        """Accept the handshake, and send something or nothing."""
        self.accept()
        if self.sends_data:
            self.wfile.write(frame(1, DATA))
        self.wfile.flush()
        self.rfile.read(1)  # until the client leaves

    def accept(self) -> None:
        """Answer 101."""
        key = self.headers.get("Sec-WebSocket-Key", "")
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(f"{key}{ACCEPTED}".encode()).digest())  # noqa: S324
        self.send_header("Sec-WebSocket-Accept", accept.decode())
        self.end_headers()
        self.close_connection = True


class Closing(Streaming):
    """Accepts every handshake, and closes with 1008 those without a certificate."""

    def stream(self) -> None:
        """Decide after the handshake."""
        if self.caller in KNOWN:
            return self.open()
        self.accept()
        self.wfile.write(frame(8, POLICY.to_bytes(2, "big") + b"client certificate required"))
        self.wfile.flush()
        return None


class Failing(Streaming):
    """Ends without a Close frame the connections of callers without a certificate."""

    def stream(self) -> None:
        """Decide after the handshake."""
        return self.open() if self.caller in KNOWN else self.accept()


class Unguarded(Streaming):
    """The guard covers no WebSocket."""

    def stream(self) -> None:
        """Open the connection for everybody."""
        self.open()


class UnguardedData(Unguarded):
    """Sends its data at once, too."""

    sends_data = True


class GuardedBySpelling(Streaming):
    """The guard compares the path as it is sent, and the router ignores a slash at its end."""

    def respond(self) -> None:
        """Open every other spelling."""
        if self.path == "/stream/" and self.headers.get("Upgrade", "").lower() == "websocket":
            return self.open()
        return super().respond()


class FailingForAll(Streaming):
    """Ends every connection without a Close frame: its handler fails."""

    def stream(self) -> None:
        """Fail after the handshake."""
        self.accept()


class ClosingForAll(Streaming):
    """Closes every connection with the code of an internal error (RFC 6455 §7.4.1)."""

    def stream(self) -> None:
        """Fail after the handshake, and say so."""
        self.accept()
        self.wfile.write(frame(8, ERROR.to_bytes(2, "big") + b"internal error 8841-2207"))
        self.wfile.flush()


class AnyToken(Streaming):
    """Takes any token for a certificate, and opens every path to both, as a server of WebSocket without a router."""

    sends_data = True

    def respond(self) -> None:
        """Open what asks for WebSocket."""
        if self.headers.get("Upgrade", "").lower() != "websocket":
            return super().respond()
        return self.open() if self.caller in KNOWN or has_token(self.path) else self.denied()


class GreetingTokens(Streaming):
    """Greets at every path those that have a token, with nothing of /stream."""

    sends_data = True

    def respond(self) -> None:
        """Greet before the guard."""
        asks = self.headers.get("Upgrade", "").lower() == "websocket"
        if asks and self.caller not in KNOWN and has_token(self.path):
            self.accept()
            self.wfile.write(frame(1, b'{"state": "token unknown", "retry": 30}'))
            return self.wfile.flush()
        return super().respond()
