"""What comes in on a socket, taken off it as it comes.

asyncio's ``sock_recv`` asks the kernel five times for each answer: it reads in vain, registers, waits, reads and
unregisters. Its transports throw away what has arrived when a write fails, and a TLS alert may be among it.
"""

import asyncio
import socket
from collections import deque

CHUNK = 65536
MOST = 4
"""Chunks that may wait to be taken; a peer that sends more has to wait itself."""


class Arrivals:
    """The bytes of one peer in order, and then how it ended."""

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._chunks: deque[bytes] = deque()
        self._ended: OSError | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._listening = False

    async def next(self) -> bytes:
        """The next bytes; ``b""`` at the end. Raises the ``OSError`` that ended the connection."""
        while not self._chunks:
            if self._ended is not None:
                raise self._ended
            self._listen()
            self._waiting = self._loop.create_future()
            await self._waiting
        # The end stays, however often it is asked for.
        return self._chunks.popleft() if self._chunks[0] else b""

    def now(self) -> bytes | None:
        """All that has come by now; ``None`` for nothing, ``b""`` at the end. Raises as ``next``.

        It looks at the socket itself: the loop may not have had a turn since bytes were taken last.
        """
        if self._listening:
            self._take()
        if self._chunks:
            data = b"".join(self._chunks)
            ended = not self._chunks[-1]
            self._chunks.clear()
            if ended:
                self._chunks.append(b"")
            return data
        if self._ended is not None:
            raise self._ended
        return None

    def stop(self) -> None:
        """Takes nothing more; to be called before the socket is closed."""
        if self._listening:
            self._loop.remove_reader(self._sock)
            self._listening = False

    def _listen(self) -> None:
        if not self._listening:
            self._loop.add_reader(self._sock, self._take)
            self._listening = True

    def _take(self) -> None:
        try:
            data = self._sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._ended, data = error, b""
        else:
            self._chunks.append(data)
        if not data or len(self._chunks) >= MOST:
            self.stop()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
