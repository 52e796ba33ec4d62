"""The functions of OpenSSL's library that a server needs for early data."""

from __future__ import annotations

import ctypes as c
import ctypes.util
from functools import cache

NAME = ctypes.util.find_library("ssl")
CRYPTO = ctypes.util.find_library("crypto")
PEM, VERIFY_PEER = 1, 1
SUCCESS, FINISHED = 1, 2
"""Results of `SSL_read_early_data`: some data, end of data."""
MIN_VERSION, MAX_VERSION = 123, 124
"""Of `SSL_CTX_ctrl`."""
VERSIONS = {"1.2-1.3": (0x0303, 0x0304), "1.2": (0x0303, 0x0303), "1.3": (0x0304, 0x0304)}
POINTERS = ("TLS_server_method", "SSL_CTX_new", "SSL_new", "SSL_get1_peer_certificate")


@cache
def library() -> c.CDLL:
    """Load the library. Functions return a number, or a pointer if listed in `POINTERS`."""
    loaded = c.CDLL(NAME)
    for name in POINTERS:
        if hasattr(loaded, name):  # the last one is new in OpenSSL 3
            getattr(loaded, name).restype = c.c_void_p
    return loaded


def certificate_of(session: c.c_void_p) -> bytes:
    """The client's certificate (DER); empty without one."""
    pointer = library().SSL_get1_peer_certificate(session)
    if not pointer:
        return b""
    crypto = c.CDLL(CRYPTO)
    encoding = c.POINTER(c.c_ubyte)()
    length = crypto.i2d_X509(c.c_void_p(pointer), c.byref(encoding))
    return c.string_at(encoding, length)


def server_context(*, certificate: str, key: str, client_ca: str, tls: str, early_data: int) -> c.c_void_p:
    """Create a context that verifies presented certificates and permits this many bytes of early data."""
    made = c.c_void_p(library().SSL_CTX_new(c.c_void_p(library().TLS_server_method())))
    lowest, highest = (c.c_long(version) for version in VERSIONS[tls])
    for done in (
        library().SSL_CTX_ctrl(made, MIN_VERSION, lowest, None),
        library().SSL_CTX_ctrl(made, MAX_VERSION, highest, None),
        library().SSL_CTX_use_certificate_chain_file(made, certificate.encode()),
        library().SSL_CTX_use_PrivateKey_file(made, key.encode(), PEM),
        library().SSL_CTX_load_verify_locations(made, client_ca.encode(), None),
        library().SSL_CTX_set_session_id_context(made, b"early", 5),
        library().SSL_CTX_set_max_early_data(made, c.c_uint32(early_data)),
    ):
        assert done == 1
    library().SSL_CTX_set_verify(made, VERIFY_PEER, None)
    return made
