"""What a QUIC client presents, and whether the extra ``http3`` is installed. Imports nothing of it."""

import importlib.util
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from msgspec import Struct


def http3_available() -> bool:
    """Return whether requests can be sent over HTTP/3."""
    return importlib.util.find_spec("aioquic") is not None


class ClientCertificate(Struct, frozen=True, kw_only=True):
    """The certificates of an identity, end entity first, and the private key of the first. The key stays in memory."""

    chain: Sequence[x509.Certificate] = ()
    key: PrivateKeyTypes | None = None
    problem: str = ""
    """Why it cannot be presented over QUIC, for people; empty if it can."""

    def __repr__(self) -> str:
        return f"ClientCertificate(certificates={len(self.chain)}, key=***)"
