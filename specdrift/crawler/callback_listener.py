"""Listens for requests to URLs that generated certificates name, and answers each with 404."""

import asyncio
import contextlib

from msgspec import Struct, field

HEAD = 8192
"""Bytes of a request that are read."""
PATIENCE_S = 5.0
MOST = 1000
"""Targets that are kept."""
ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class CallbackListener(Struct):
    """Keeps the targets of the requests that it received."""

    url: str = ""
    """Its own URL, without a path."""
    targets: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _answering: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    async def opened(cls, host: str, port: int) -> "CallbackListener":
        """Listen on an address and a port; 0 means any. Raises OSError."""
        listener = cls()
        server = await asyncio.start_server(listener._start, host, port, limit=HEAD)
        listener._server = server
        own = server.sockets[0].getsockname()[1]
        listener.url = f"http://[{host}]:{own}" if ":" in host else f"http://{host}:{own}"
        return listener

    async def close(self) -> None:
        """Accept no more connections, and end those that are open."""
        if self._server is not None:
            self._server.close()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._answer(reader, writer))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await reader.readline()
                parts = line.decode("latin-1").split(" ")
                if len(parts) > 1 and len(self.targets) < MOST:
                    self.targets.append(parts[1])
                writer.write(ANSWER)
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # the client's fault: its request does not count
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
