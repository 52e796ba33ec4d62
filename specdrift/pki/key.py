"""Reading a private key: PKCS#8 and traditional PEM, encrypted or not, or the name of a PKCS#11 object."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from specdrift.pki.credential import KeyFile, PrivateKey
from specdrift.pki.pem import Block, Kind, blocks
from specdrift.pki.sources import Prompt, complaint, passphrase_for, read_file
from specdrift.settings import IdentitySettings, Secret


def read_key(settings: IdentitySettings, *, prompt: Prompt | None = None) -> PrivateKey | KeyFile:
    """The first key in the key file, or in the certificate file when there is no key file.

    Raises ``CredentialError``.
    """
    file = settings.key_file or settings.cert_file
    found = blocks(read_file(settings, file))
    for block in found:
        if block.kind is Kind.PKCS11:
            pin = passphrase_for(settings, file, None)
            return KeyFile(file, pin=None if pin is None else Secret(pin.decode()))
        if block.kind is Kind.KEY:
            return _decrypted(settings, file, block, prompt)
    raise complaint(settings, file, *_why_no_key(settings, found))


def accepted_key(settings: IdentitySettings, file: Path, key: object) -> PrivateKey:
    """The key, if it is of a kind that TLS client authentication uses; else ``CredentialError``."""
    if isinstance(key, PrivateKey):
        return key
    kind = type(key).__name__.removesuffix("PrivateKey") or "unknown"
    raise complaint(
        settings, file, f"a {kind} key cannot sign in TLS", "use an RSA, EC, Ed25519 or Ed448 key"
    )


def _decrypted(settings: IdentitySettings, file: Path, block: Block, prompt: Prompt | None) -> PrivateKey:
    passphrase = passphrase_for(settings, file, prompt) if block.encrypted else None
    if block.encrypted and not passphrase:
        raise complaint(
            settings,
            file,
            "the private key is encrypted and no passphrase is known",
            "give key-pass-file, or key-pass from an environment variable",
        )
    try:
        return accepted_key(settings, file, load_pem_private_key(block.text, passphrase))
    except UnsupportedAlgorithm:
        what = "the private key, or its encryption, is of a kind that is not supported"
        raise complaint(settings, file, what, _CONVERT) from None
    except (ValueError, TypeError):
        if block.encrypted:
            what, todo = "the passphrase of the private key is wrong", "correct key-pass-file or key-pass"
        else:
            what, todo = "the private key is damaged", "export it again"
        raise complaint(settings, file, what, todo) from None


_CONVERT = "convert it with `openssl pkey -in KEY -out NEW -aes256`"


def _why_no_key(settings: IdentitySettings, found: Sequence[Block]) -> tuple[str, str]:
    kinds = {block.kind for block in found}
    if Kind.OPENSSH_KEY in kinds:
        return "an OpenSSH key, not a PEM one", "convert it with `ssh-keygen -p -m PEM -f KEY`"
    if settings.key_file is None:
        return "holds no private key", "name the key's file in key-file"
    if Kind.CERTIFICATE in kinds:
        return (
            "holds a certificate and no private key",
            "exchange cert-file and key-file, or name the key's file",
        )
    if found:
        return f"holds no private key but {found[0].label}", "name the key's file in key-file"
    return "not PEM", "convert it with `openssl pkey -inform DER -in KEY -out KEY.pem`"
