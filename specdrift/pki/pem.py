"""Splits PEM content into blocks (RFC 7468). Pure."""

import re
from base64 import b64decode, encodebytes
from enum import Enum

from msgspec import Struct

# No block has another one in it: a marker without an end costs no more than the text up to the next marker.
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9#. ]+)-----\s[^-]*(?:-(?!----BEGIN )[^-]*)*?-----END \1-----")
_TRADITIONAL_ENCRYPTION = b"Proc-Type: 4,ENCRYPTED"


class PemKind(Enum):
    """The content type of a block, by its labels."""

    CERTIFICATE = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
    KEY = frozenset({"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
    PKCS11 = frozenset({"PKCS#11 PROVIDER URI"})
    OPENSSH_KEY = frozenset({"OPENSSH PRIVATE KEY"})
    OTHER = frozenset[str]()


_KINDS = {label: kind for kind in PemKind for label in kind.value}


class PemBlock(Struct, frozen=True):
    """One PEM block. ``text`` includes the markers, and is not in the repr because it may be a key."""

    label: str
    text: bytes

    @property
    def kind(self) -> PemKind:
        return _KINDS.get(self.label, PemKind.OTHER)

    @property
    def encrypted(self) -> bool:
        """Whether it is encrypted, by its label (RFC 5958) or OpenSSL's traditional header."""
        return self.label.startswith("ENCRYPTED") or _TRADITIONAL_ENCRYPTION in self.text

    def __repr__(self) -> str:
        return f"PemBlock({self.label!r})"


def blocks(content: bytes) -> tuple[PemBlock, ...]:
    """Return all blocks in order; text between them is ignored (RFC 7468 §5.2)."""
    return tuple(PemBlock(match[1].decode("ascii"), match[0] + b"\n") for match in _BLOCK.finditer(content))


def pem_encode(label: str, der: bytes) -> bytes:
    """Encode DER as a PEM block."""
    marker = label.encode("ascii")
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (marker, encodebytes(der), marker)


def pem_content(text: bytes) -> bytes:
    """Return the DER of a PEM block without headers."""
    return b64decode(b"".join(text.strip().splitlines()[1:-1]))
