"""A gRPC service beside the API that is called by gRPC-Web, over HTTP/1.1, as frameworks for Connect have it."""

from __future__ import annotations

from tests.servers.python.tls import Handler

HEALTH = "/grpc.health.v1.Health/Check"
SERVING = b"\0\0\0\0\2\x08\x01"
MEDIA_TYPE = "application/grpc-web+proto"


class WebService(Handler):
    """Answers health to everyone: the guard covers the API alone."""

    def do_GET(self) -> None:  # noqa: N802 (the name is the base class's)
        """Refuse GET where the service is."""
        if self.path == HEALTH:
            self.reply(405, {"code": "unimplemented"}, Allow="POST")
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Run the method, or end the call."""
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Content-Type") != MEDIA_TYPE:
            self.reply(405, {"error": "method not allowed"}, Allow="GET, HEAD")
        elif self.path != HEALTH or content[:1] != b"\0":
            self.end_call(12)
        elif self.may_call:
            self.end_call(0, SERVING)
        else:
            self.end_call(16)

    @property
    def may_call(self) -> bool:
        """Whether the caller may call the method."""
        return True

    def end_call(self, status: int, message: bytes = b"") -> None:
        """Send a message, and the status in the trailers that end the body; in the head without a message."""
        trailers = f"grpc-status:{status}\r\n".encode()
        body = message + b"\x80" + len(trailers).to_bytes(4, "big") + trailers if message else b""
        self.send_response(200)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(body)))
        if not message:
            self.send_header("Grpc-Status", str(status))
        self.end_headers()
        self.wfile.write(body)


class GuardedWebService(WebService):
    """Requires a certificate for calls too."""

    @property
    def may_call(self) -> bool:
        """Whether the caller has a verified certificate."""
        return self.caller is not None
