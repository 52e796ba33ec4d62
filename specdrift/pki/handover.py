"""Passes keys to OpenSSL: the only place where key material leaves our memory.

Python's ``ssl`` loads keys from files only. On Linux this is an anonymous memory file, which ends with the process.
On other systems it is a private file, encrypted with a passphrase that exists in memory only, so that a crash leaves
no usable key.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from msgspec import Struct

from specdrift.errors import CredentialError
from specdrift.pki.credential import ForgedKey, PrivateKey
from specdrift.pki.pss import pss_key
from specdrift.private_folder import private_folder

NO_PSS = "keys for RSA-PSS only need files in memory, which this system does not have; use a certificate of an RSA key"


class Handed(Struct, frozen=True):
    """A PEM file for OpenSSL, and the passphrase of its key (None: not encrypted)."""

    path: str
    passphrase: bytes | None

    def __repr__(self) -> str:
        return f"Handed({self.path!r})"


@contextmanager
def handed_to_openssl(
    certificates: bytes, key: PrivateKey | ForgedKey | None, *, pss: bytes = b""
) -> Iterator[Handed]:
    """Write the PEM certificates and the key to one file that exists while the context lasts.

    ``pss`` is the algorithm of a key for RSA-PSS only. Raises CredentialError for one where there are no memory files:
    it cannot be encrypted.
    """
    descriptor = _memory_file()
    if descriptor is not None:
        try:
            pem = pss_key(key, pss) if pss and key is not None else _key_pem(key, NoEncryption())
            _write(descriptor, certificates + pem)
            yield Handed(f"/proc/self/fd/{descriptor}", None)
        finally:
            os.close(descriptor)
        return
    if pss:
        raise CredentialError(NO_PSS)
    passphrase = secrets.token_hex(32).encode("ascii")
    with private_folder() as directory:
        path = directory / "credential.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write(descriptor, certificates + _key_pem(key, BestAvailableEncryption(passphrase)))
        finally:
            os.close(descriptor)
        yield Handed(str(path), passphrase)


def _key_pem(key: PrivateKey | ForgedKey | None, encryption: KeySerializationEncryption) -> bytes:
    if key is None:
        return b""
    if isinstance(key, ForgedKey):  # cannot be re-encoded, and is not secret
        return key.pem
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def has_memory_files() -> bool:
    """Whether keys are passed on without a file on a disk."""
    descriptor = _memory_file()
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


def _memory_file() -> int | None:
    """Return a memory file's descriptor that can be opened by path, or None on systems without."""
    if not hasattr(os, "memfd_create"):
        return None
    try:
        descriptor = os.memfd_create("specdrift", os.MFD_CLOEXEC)
    except OSError:  # forbidden in a sandbox
        return None
    if Path(f"/proc/self/fd/{descriptor}").exists():
        return descriptor
    os.close(descriptor)
    return None


def _write(descriptor: int, content: bytes) -> None:
    with memoryview(content) as rest:
        done = 0
        while done < len(rest):
            done += os.write(descriptor, rest[done:])
