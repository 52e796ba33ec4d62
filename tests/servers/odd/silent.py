"""An asyncio server: where it refuses a certificate, it closes and sends no alert."""

# ruff: noqa: T201 (standard output is the log that the harness keeps)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.servers.python.api import find

if TYPE_CHECKING:
    import ssl

IDLE_SECONDS = 30


async def serve(context: ssl.SSLContext) -> None:
    """Print `listening on PORT` and answer clients that pass the handshake."""
    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=context)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request, and close."""
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = head.decode("latin-1").split(" ", 2)
            writer.write(answer(method, path))
            await writer.drain()
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        print(f"connection: {error!r}", flush=True)
    finally:
        writer.close()


def answer(method: str, path: str) -> bytes:
    """Build the response to a request."""
    resource = find(path, caller="known")
    status, body = ("200 OK", resource.json) if resource else ("404 Not Found", '{"error": "not found"}')
    if method not in {"GET", "HEAD"}:
        status, body = "405 Method Not Allowed", '{"error": "no such method"}'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{'' if method == 'HEAD' else body}".encode()
