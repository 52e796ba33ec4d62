"""Reads private keys: PKCS#8 and traditional PEM, encrypted or not, or a PKCS#11 URI."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from specdrift.pki.credential import KeyFile, PrivateKey
from specdrift.pki.pem import PemBlock, PemKind, blocks
from specdrift.pki.sources import Files, Prompt
from specdrift.settings import Secret


def read_key(files: Files, *, prompt: Prompt | None = None) -> PrivateKey | KeyFile:
    """Read the first key of the key file, or of the certificate file if there is no key file.

    Raises CredentialError.
    """
    file = files.key_file or files.cert_file
    found = blocks(files.read(file))
    for block in found:
        if block.kind is PemKind.PKCS11 and files.pem is not None:
            raise files.complaint(file, "prints a key on a token", "name cert-file and key-file instead")
        if block.kind is PemKind.PKCS11:
            pin = files.passphrase(file, None)
            return KeyFile(file, pin=None if pin is None else Secret(pin.decode(errors="replace")))
        if block.kind is PemKind.KEY:
            return _decrypted(files, file, block, prompt)
    raise files.complaint(file, *_why_no_key(files, found))


def accepted_key(files: Files, file: Path, key: object) -> PrivateKey:
    """Check that TLS clients can sign with the key's type. Raises CredentialError."""
    if isinstance(key, PrivateKey):
        return key
    kind = type(key).__name__.removesuffix("PrivateKey") or "unknown"
    if kind.startswith(_ML_DSA):
        name = f"ML-DSA-{kind.removeprefix(_ML_DSA)}"
        library = " ".join(ssl.OPENSSL_VERSION.split()[:2])
        what = (
            f"{name} keys are not supported (TLS needs OpenSSL 3.5 or newer for them; Python has {library})"
        )
    else:
        what = f"a {kind} key cannot sign in TLS"
    raise files.complaint(file, what, "use an RSA, EC, Ed25519 or Ed448 key")


_ML_DSA = "MLDSA"
"""The names of these classes of keys begin with it; cryptography before 48 has none."""


def _decrypted(files: Files, file: Path, block: PemBlock, prompt: Prompt | None) -> PrivateKey:
    passphrase = files.passphrase(file, prompt) if block.encrypted else None
    if block.encrypted and not passphrase:
        raise files.complaint(
            file,
            "the private key is encrypted and no passphrase is known",
            "give key-pass-file, or key-pass from an environment variable",
        )
    try:
        return accepted_key(files, file, load_pem_private_key(block.text, passphrase))
    except UnsupportedAlgorithm:
        what = "the private key, or its encryption, is of an unsupported type"
        raise files.complaint(file, what, _CONVERT) from None
    except (ValueError, TypeError):
        if block.encrypted:
            what, todo = "the passphrase of the private key is wrong", "correct key-pass-file or key-pass"
        else:
            what, todo = "the private key is damaged", "export it again"
        raise files.complaint(file, what, todo) from None


_CONVERT = "convert it with `openssl pkey -in KEY -out NEW -aes256`"


def _why_no_key(files: Files, found: Sequence[PemBlock]) -> tuple[str, str]:
    kinds = {block.kind for block in found}
    if PemKind.OPENSSH_KEY in kinds:
        return "an OpenSSH key, not a PEM one", "convert it with `ssh-keygen -p -m PEM -f KEY`"
    if files.key_file is None:
        return "holds no private key", "name the key's file in key-file"
    if PemKind.CERTIFICATE in kinds:
        return (
            "holds a certificate and no private key",
            "exchange cert-file and key-file, or name the key's file",
        )
    if found:
        return f"holds no private key but {found[0].label}", "name the key's file in key-file"
    return "not PEM", "convert it with `openssl pkey -inform DER -in KEY -out KEY.pem`"
