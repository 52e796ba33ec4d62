"""A connection that returns early data before its handshake ends, with the interface of a socket."""

from __future__ import annotations

import ctypes as c
import io
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.servers.libssl.library import FINISHED, SUCCESS, certificate_of, library

if TYPE_CHECKING:
    import socket

MOST = 16384


class Session(io.RawIOBase):
    """A file, with the `makefile`, `shutdown` and `getpeercert` of a socket.

    Until the handshake ends, reads return early data, and writes are sent beside it.
    """

    def __init__(self, raw: socket.socket, context: c.c_void_p) -> None:
        """Create the session; nothing is read yet."""
        raw.settimeout(None)  # the library has its own timeout
        self.raw, self._ready = raw, b""
        self._handle = c.c_void_p(library().SSL_new(context))
        library().SSL_set_fd(self._handle, raw.fileno())
        self.early = self.complete = False

    def begin(self) -> None:
        """Read until there is early data, or the handshake is done. `OSError` when it fails."""
        buffer, length = c.create_string_buffer(MOST), c.c_size_t()
        told = library().SSL_read_early_data(self._handle, buffer, MOST, c.byref(length))
        if told == SUCCESS and length.value:
            self.early, self._ready = True, self._ready + buffer.raw[: length.value]
        elif told in (SUCCESS, FINISHED) and library().SSL_accept(self._handle) == 1:
            self.complete = True
        else:
            raise OSError("the handshake failed")

    def finish(self) -> None:
        """Read all early data and end the handshake."""
        while not self.complete:
            self.begin()

    def getpeercert(self) -> dict[str, Any]:
        """The subject's common name, as `ssl` has it; empty without a certificate, or before the handshake ends."""
        der = certificate_of(self._handle) if self.complete else b""
        if not der:
            return {}
        names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return {"subject": ((("commonName", names[0].value),),)}

    def readable(self) -> bool:
        """Return True."""
        return True

    def writable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (the base class's)
        """Read bytes; return 0 at the end of the connection."""
        if not self._ready:
            self.finish()
        if self._ready:
            part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
            buffer[: len(part)] = part
            return len(part)
        into = (c.c_ubyte * len(buffer)).from_buffer(buffer)
        return max(0, int(library().SSL_read(self._handle, into, len(buffer))))

    def write(self, data: Any) -> int:  # noqa: ANN401 (the base class's)
        """Write bytes."""
        content, length = bytes(data), c.c_size_t()
        if self.complete:
            library().SSL_write(self._handle, content, len(content))
        else:
            library().SSL_write_early_data(self._handle, content, len(content), c.byref(length))
        return len(content)

    def makefile(self, mode: str, buffering: int) -> io.BufferedIOBase:  # noqa: ARG002 (as a socket has it)
        """Return a buffered half that does not close the connection."""
        half = _Half(self)
        return io.BufferedReader(half) if "r" in mode else io.BufferedWriter(half)

    def shutdown(self, how: int) -> None:  # noqa: ARG002 (as a socket has it)
        """Send close_notify."""
        if self.complete:
            library().SSL_shutdown(self._handle)

    def close(self) -> None:
        """End the connection; a second call has no effect."""
        if not self.closed:
            library().SSL_free(self._handle)
            self.raw.close()
        super().close()


class _Half(io.RawIOBase):
    """Reads or writes a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.readable, self.writable = session.readable, session.writable  # type: ignore[method-assign]
        self.readinto, self.write = session.readinto, session.write  # type: ignore[method-assign]
