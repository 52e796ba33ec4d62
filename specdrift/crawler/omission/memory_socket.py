"""The socket of a TLS library that does its own input and output: two buffers."""

import errno


class MemorySocket:
    """Has what arrived for the library, and takes what it sends. Raises BlockingIOError where a socket would wait."""

    def __init__(self) -> None:
        self._arrived = bytearray()
        self._ended = False
        self._to_send = bytearray()

    def feed(self, data: bytes) -> None:
        """Add received bytes; none are the end."""
        self._arrived += data
        self._ended = self._ended or not data

    def take(self) -> bytes:
        """Return what is to be sent, once."""
        data = bytes(self._to_send)
        self._to_send.clear()
        return data

    def recv(self, size: int) -> bytes:
        """Return received bytes; none at the end."""
        if not self._arrived and not self._ended:
            raise BlockingIOError(errno.EWOULDBLOCK, "nothing has arrived")
        data = bytes(self._arrived[:size])
        del self._arrived[:size]
        return data

    def send(self, data: bytes) -> int:
        """Take all bytes."""
        self._to_send += data
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Take all bytes."""
        self._to_send += data

    def close(self) -> None:
        """Nothing: the connection is closed by its owner."""
