"""Buffers the received bytes of a socket.

asyncio's ``sock_recv`` needs five system calls per response: a failed read, register, wait, read, unregister. Its
transports discard received bytes when a write fails, and with them a TLS alert.
"""

import asyncio
import socket
from collections import deque
from copy import copy

CHUNK = 65536
MAX_CHUNKS = 4
"""Maximum number of buffered chunks; reading pauses beyond it."""


class Arrivals:
    """The received bytes of one peer in order, then the end or the error."""

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._chunks: deque[bytes] = deque()
        self._ended: OSError | None = None
        """The error of the last read, in copies: an error keeps the frames that it passed, and so this object."""
        self._waiter: asyncio.Future[None] | None = None
        self._reading = False

    async def next(self) -> bytes:
        """Wait for the next bytes; ``b""`` at the end. Raises the OSError that ended the connection."""
        while not self._chunks:
            if self._ended is not None:
                raise copy(self._ended)
            self._start()
            self._waiter = self._loop.create_future()
            await self._waiter
        # The end stays in the buffer for further calls.
        return self._chunks.popleft() if self._chunks[0] else b""

    def now(self) -> bytes | None:
        """Return all received bytes; None if there are none, ``b""`` at the end. Raises like `next`.

        It reads the socket itself, because the event loop may not have run since the last read.
        """
        if self._reading:
            self._read()
        if self._chunks:
            data = b"".join(self._chunks)
            ended = not self._chunks[-1]
            self._chunks.clear()
            if ended:
                self._chunks.append(b"")
            return data
        if self._ended is not None:
            raise copy(self._ended)
        return None

    def stop(self) -> None:
        """Stop reading. Call it before closing the socket."""
        if self._reading:
            self._loop.remove_reader(self._sock)
            self._reading = False

    def _start(self) -> None:
        if not self._reading:
            self._loop.add_reader(self._sock, self._read)
            self._reading = True

    def _read(self) -> None:
        try:
            data = self._sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._ended, data = copy(error), b""
        else:
            self._chunks.append(data)
        if not data or len(self._chunks) >= MAX_CHUNKS:
            self.stop()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
