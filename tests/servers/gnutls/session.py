"""GnuTLS's sessions, as the standard library's HTTP server takes connections."""

from __future__ import annotations

import ctypes as c
import io
from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tests.servers.gnutls import library as gnutls
from tests.servers.gnutls.library import GnuTlsError, call, library

if TYPE_CHECKING:
    import socket

HANDSHAKE_MILLISECONDS = 30_000


class Ask(IntEnum):
    """`gnutls_certificate_request_t`: whether a client certificate is requested or required."""

    IGNORE = 0
    REQUEST = 1
    REQUIRE = 2


def credentials(certificate: str, key: str, *, client_ca: str, crl: str | None) -> c.c_void_p:
    """Create the credentials of all sessions of a server; files are PEM."""
    made = c.c_void_p()
    call("certificate_allocate_credentials", c.byref(made))
    call("certificate_set_x509_key_file", made, certificate.encode(), key.encode(), gnutls.PEM)
    call("certificate_set_x509_trust_file", made, client_ca.encode(), gnutls.PEM)
    if crl is not None:
        call("certificate_set_x509_crl_file", made, crl.encode(), gnutls.PEM)
    return made


class Caller(Struct, frozen=True, kw_only=True):
    """The client's certificate (DER), None without one.

    `verified`: it chains to the client CA, is valid now and not on the revocation list. Its purpose is not
    checked: GnuTLS does that only where the application names one, as `for_clients` does.
    """

    certificate: bytes | None
    verified: bool = False
    for_clients: bool = False


class Session(io.RawIOBase):
    """A connection after its handshake: a file, with the `makefile` and `shutdown` of a socket."""

    def __init__(self, raw: socket.socket, shared: c.c_void_p, *, ask: Ask, priority: str) -> None:
        """Do the handshake. Raises `GnuTlsError` after GnuTLS has sent its alert."""
        raw.settimeout(None)  # GnuTLS has its own timeout
        self.raw, self._handle = raw, c.c_void_p()
        call("init", c.byref(self._handle), gnutls.SERVER_WITHOUT_SIGPIPE)
        call("priority_set_direct", self._handle, priority.encode(), None)
        call("credentials_set", self._handle, gnutls.CERTIFICATES, shared)
        library().gnutls_certificate_server_set_request(self._handle, ask.value)
        library().gnutls_transport_set_int2(self._handle, raw.fileno(), raw.fileno())
        library().gnutls_handshake_set_timeout(self._handle, HANDSHAKE_MILLISECONDS)
        try:
            call("handshake", self._handle)
        except GnuTlsError as error:
            library().gnutls_alert_send_appropriate(self._handle, error.errno)
            self.close()
            raise
        self.caller = self._caller()

    def _caller(self) -> Caller:
        count, status = c.c_uint(), c.c_uint()
        chain = library().gnutls_certificate_get_peers(self._handle, c.byref(count))
        if not chain or not count.value:
            return Caller(certificate=None)
        verified = for_clients = False
        purpose = gnutls.TypedData(type=gnutls.PURPOSE, data=gnutls.CLIENT_AUTH, size=0)
        with suppress(GnuTlsError):  # a certificate that cannot be read
            call("certificate_verify_peers2", self._handle, c.byref(status))
            verified = status.value == 0
            call("certificate_verify_peers", self._handle, c.byref(purpose), 1, c.byref(status))
            for_clients = status.value == 0
        certificate = c.string_at(chain[0].data, chain[0].size)
        return Caller(certificate=certificate, verified=verified, for_clients=for_clients)

    def deny(self) -> None:
        """Send the alert access_denied, and end the connection."""
        with suppress(GnuTlsError):
            call("alert_send", self._handle, gnutls.FATAL, gnutls.ACCESS_DENIED)
        self.close()

    def readable(self) -> bool:
        """Return True."""
        return True

    def writable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (the base class's)
        """Read bytes; return 0 at the end of the connection."""
        part = (c.c_ubyte * len(buffer)).from_buffer(buffer)
        try:
            return call("record_recv", self._handle, part, len(buffer))
        except GnuTlsError as error:
            if error.errno in gnutls.ENDED:
                return 0
            raise

    def write(self, data: Any) -> int:  # noqa: ANN401 (the base class's)
        """Write bytes."""
        content = bytes(data)
        return call("record_send", self._handle, content, len(content))

    def makefile(self, mode: str, buffering: int) -> io.BufferedIOBase:  # noqa: ARG002 (as a socket has it)
        """Return a buffered half that does not close the connection."""
        half = _Half(self)
        return io.BufferedReader(half) if "r" in mode else io.BufferedWriter(half)

    def shutdown(self, how: int) -> None:  # noqa: ARG002 (as a socket has it)
        """Send close_notify."""
        call("bye", self._handle, gnutls.STOP_WRITING)

    def close(self) -> None:
        """End the connection; a second call has no effect."""
        if not self.closed:
            library().gnutls_deinit(self._handle)
            self.raw.close()
        super().close()


class _Half(io.RawIOBase):
    """Reads or writes a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.readable, self.writable = session.readable, session.writable  # type: ignore[method-assign]
        self.readinto, self.write = session.readinto, session.write  # type: ignore[method-assign]
