"""Cutting a PEM file into its blocks (RFC 7468). Pure; no files."""

import re
from base64 import encodebytes
from dataclasses import dataclass
from enum import Enum

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9#. ]+)-----\s.*?-----END \1-----", re.DOTALL)
_TRADITIONAL_ENCRYPTION = b"Proc-Type: 4,ENCRYPTED"


class Kind(Enum):
    """What a block holds, as far as a client credential can use it."""

    CERTIFICATE = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
    KEY = frozenset({"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
    PKCS11 = frozenset({"PKCS#11 PROVIDER URI"})
    OPENSSH_KEY = frozenset({"OPENSSH PRIVATE KEY"})
    OTHER = frozenset[str]()


_KINDS = {label: kind for kind in Kind for label in kind.value}


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """One ``-----BEGIN LABEL-----`` block; ``text`` includes the markers. It may hold a key: no ``repr``."""

    label: str
    text: bytes

    @property
    def kind(self) -> Kind:
        return _KINDS.get(self.label, Kind.OTHER)

    @property
    def encrypted(self) -> bool:
        """Whether a passphrase is needed, by the label (RFC 5958) or OpenSSL's traditional header."""
        return self.label.startswith("ENCRYPTED") or _TRADITIONAL_ENCRYPTION in self.text

    def __repr__(self) -> str:
        return f"Block({self.label!r})"


def blocks(content: bytes) -> tuple[Block, ...]:
    """All blocks of a file in their order; text between them is ignored, as the RFC allows."""
    return tuple(Block(match[1].decode("ascii"), match[0] + b"\n") for match in _BLOCK.finditer(content))


def armour(label: str, der: bytes) -> bytes:
    """DER as a PEM block."""
    marker = label.encode("ascii")
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (marker, encodebytes(der), marker)
