"""The functions of GnuTLS that a server needs, called through `ctypes`."""

from __future__ import annotations

import ctypes as c
from functools import cache

NAME = "libgnutls.so.30"
SERVER_WITHOUT_SIGPIPE = 1 | 1 << 6
CERTIFICATES = 1
"""GNUTLS_CRD_CERTIFICATE."""
PEM = 1
STOP_WRITING = 1
FATAL, ACCESS_DENIED = 2, 49
TRY_AGAIN = frozenset({-28, -52})
"""GNUTLS_E_AGAIN and GNUTLS_E_INTERRUPTED."""
ENDED = frozenset({-110, -54})
"""GNUTLS_E_PREMATURE_TERMINATION and GNUTLS_E_PULL_ERROR: the client closed without close_notify."""


class Datum(c.Structure):
    """`gnutls_datum_t`."""

    _fields_ = (("data", c.POINTER(c.c_ubyte)), ("size", c.c_uint))


class TypedData(c.Structure):
    """`gnutls_typed_vdata_st`: what a certificate must be for."""

    _fields_ = (("type", c.c_uint), ("data", c.c_char_p), ("size", c.c_uint))


PURPOSE = 2
"""GNUTLS_DT_KEY_PURPOSE_OID."""
CLIENT_AUTH = b"1.3.6.1.5.5.7.3.2"

POINTER, TEXT, NUMBER, SIZE = c.c_void_p, c.c_char_p, c.c_int, c.c_size_t
HANDLE = c.POINTER(c.c_void_p)
COUNT = c.POINTER(c.c_uint)
# The result (None for void) and the arguments of each function, without the `gnutls_` before its name.
FUNCTIONS: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "strerror": (TEXT, (NUMBER,)),
    "certificate_allocate_credentials": (NUMBER, (HANDLE,)),
    "certificate_set_x509_key_file": (NUMBER, (POINTER, TEXT, TEXT, NUMBER)),
    "certificate_set_x509_trust_file": (NUMBER, (POINTER, TEXT, NUMBER)),
    "certificate_set_x509_crl_file": (NUMBER, (POINTER, TEXT, NUMBER)),
    "init": (NUMBER, (HANDLE, c.c_uint)),
    "priority_set_direct": (NUMBER, (POINTER, TEXT, POINTER)),
    "credentials_set": (NUMBER, (POINTER, NUMBER, POINTER)),
    "certificate_server_set_request": (None, (POINTER, NUMBER)),
    "transport_set_int2": (None, (POINTER, NUMBER, NUMBER)),
    "handshake_set_timeout": (None, (POINTER, c.c_uint)),
    "handshake": (NUMBER, (POINTER,)),
    "alert_send": (NUMBER, (POINTER, NUMBER, NUMBER)),
    "alert_send_appropriate": (NUMBER, (POINTER, NUMBER)),
    "certificate_get_peers": (c.POINTER(Datum), (POINTER, COUNT)),
    "certificate_verify_peers2": (NUMBER, (POINTER, COUNT)),
    "certificate_verify_peers": (NUMBER, (POINTER, c.POINTER(TypedData), c.c_uint, COUNT)),
    "record_recv": (c.c_ssize_t, (POINTER, POINTER, SIZE)),
    "record_send": (c.c_ssize_t, (POINTER, POINTER, SIZE)),
    "bye": (NUMBER, (POINTER, NUMBER)),
    "deinit": (None, (POINTER,)),
}


class GnuTlsError(OSError):
    """A call failed: the negative error number of GnuTLS, and its text."""


@cache
def library() -> c.CDLL:
    """Load the library and declare its functions. Raises `OSError` where it is not installed."""
    loaded = c.CDLL(NAME)
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(loaded, f"gnutls_{name}")
        function.restype, function.argtypes = result, arguments
    return loaded


def call(name: str, *arguments: object) -> int:
    """Call a function that returns a number, and repeat it while it returns EAGAIN."""
    function = getattr(library(), f"gnutls_{name}")
    result: int = function(*arguments)
    while result in TRY_AGAIN:
        result = function(*arguments)
    if result < 0:
        raise GnuTlsError(result, f"{name}: {library().gnutls_strerror(result).decode()}")
    return result
