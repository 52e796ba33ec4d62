"""/guarded, /late, /open and /eager under uvicorn (h11 or httptools) or hypercorn.

Logs when a handler starts and when the body is complete.
"""

# ruff: noqa: T201 (standard output is the log)
from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from typing import Any, cast

import hypercorn
import hypercorn.asyncio
import uvicorn

PATHS = ("/guarded", "/late", "/open", "/eager")
JSON = [(b"content-type", b"application/json")]


async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own types
    """Decide as the path says. Neither server names the caller, so that /guarded refuses everyone but in its header."""
    path, headers = scope["path"], dict(scope["headers"])
    caller = "valid" if headers.get(b"x-caller") else scope.get("caller", "unknown")
    if path == "/guarded" and caller != "valid":
        await _reply(send, 403, "certificate required")
        return
    if path not in PATHS:
        await _reply(send, 404, "no such path")
        return
    print("handler", path, caller, flush=True)
    if path != "/eager":
        length = await _read(receive)
        if length is None:
            return
        print("body", path, caller, length, flush=True)
    if path == "/late" and caller != "valid":
        await _reply(send, 403, "certificate required")
        return
    await _reply(send, 201, "order created")


async def _read(receive: Any) -> int | None:  # noqa: ANN401
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            return length


async def _reply(send: Any, status: int, text: str) -> None:  # noqa: ANN401
    await send({"type": "http.response.start", "status": status, "headers": JSON})
    await send({"type": "http.response.body", "body": json.dumps({"answer": text}).encode()})


def naming(base: Any) -> Any:  # noqa: ANN401
    """Return a protocol of uvicorn that tells the application who calls: uvicorn leaves the extension out."""

    class Naming(base):  # type: ignore[misc]
        def connection_made(self, transport: Any) -> None:  # noqa: ANN401
            super().connection_made(transport)
            caller = "valid" if transport.get_extra_info("peercert") else "anonymous"

            async def named(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
                await app({**scope, "caller": caller}, receive, send)

            self.app = named

    return Naming


def serve_uvicorn(protocol: str, files: list[str], listener: socket.socket) -> None:
    """Serve until killed."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    base: Any = H11Protocol
    if protocol == "httptools":
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

        base = HttpToolsProtocol
    cert, key, ca = files
    config = uvicorn.Config(
        cast("Any", app),
        http=naming(base),
        lifespan="off",
        log_level="warning",
        ssl_certfile=cert,
        ssl_keyfile=key,
        ssl_ca_certs=ca,
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
    )
    uvicorn.Server(config).run(sockets=[listener])


def serve_hypercorn(files: list[str], listener: socket.socket) -> None:
    """Serve until killed. Hypercorn does not tell the application who calls; the caller is patched in."""
    from hypercorn.asyncio.tcp_server import TCPServer

    original = TCPServer.run

    async def run(self: TCPServer) -> None:
        tls = self.writer.get_extra_info("ssl_object")
        caller = "valid" if tls is not None and tls.getpeercert() else "anonymous"
        inner: Any = self.app

        async def named(scope: Any, receive: Any, send: Any, *rest: Any) -> None:  # noqa: ANN401
            await inner({**scope, "caller": caller}, receive, send, *rest)

        self.app = cast("Any", named)
        await original(self)

    TCPServer.run = run  # type: ignore[method-assign]
    config = hypercorn.Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile, config.keyfile, config.ca_certs = files
    config.verify_mode = ssl.CERT_OPTIONAL
    asyncio.run(hypercorn.asyncio.serve(cast("Any", app), config))


def main() -> None:
    """Serve with the server that the first argument names, on an ephemeral port of 127.0.0.1."""
    name, *files = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    if name == "hypercorn":
        serve_hypercorn(files, listener)
    else:
        serve_uvicorn(name, files, listener)


if __name__ == "__main__":
    main()
