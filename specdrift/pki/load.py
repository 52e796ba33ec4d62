"""Loads the credentials of configured identities."""

from collections.abc import Iterable
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from specdrift.errors import CredentialError
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.policy import Expect
from specdrift.pki.chain import certified_key, read_chain
from specdrift.pki.credential import Credential, KeyFile, PrivateKey, facts_of
from specdrift.pki.handover import NO_PSS, has_memory_files
from specdrift.pki.pkcs12 import read_archive
from specdrift.pki.private_key import read_key
from specdrift.pki.pss import pss_algorithm
from specdrift.pki.sources import Files, Prompt
from specdrift.settings import CertificateFormat, Identity


def load_credential(settings: Identity, *, prompt: Prompt | None = None) -> Credential:
    """Read certificates and key of a configured identity, and check that they belong together.

    ``prompt`` asks for a passphrase if one is needed and not configured. Raises CredentialError.
    """
    chain: tuple[x509.Certificate, ...]
    key: PrivateKey | KeyFile
    files = Files.of(settings)
    if settings.format is CertificateFormat.PKCS12:
        chain, key = read_archive(files, prompt=prompt)
    else:
        chain, key = read_chain(files), read_key(files, prompt=prompt)
    mismatch = explain_mismatch(chain, key)
    if mismatch:
        raise files.complaint(settings.key_file or settings.cert_file, *mismatch)
    credential = Credential(chain, key, name=settings.name)
    if pss_algorithm(credential.chain[0]) and not isinstance(key, KeyFile) and not has_memory_files():
        raise CredentialError(f"{files.owner}: {NO_PSS}")
    return credential


def configured_certificates(identities: Iterable[Identity]) -> tuple[bytes, ...]:
    """Return the end-entity certificates (DER) of identities that are valid, as far as they can be read without a key.

    Nothing is prompted for, and no command is run.
    """
    found: list[bytes] = []
    for one in identities:
        if one.expect is Expect.ACCEPTED:
            with suppress(CredentialError):
                files = Files.of(one)
                chain = (
                    read_archive(files, prompt=None)[0]
                    if one.format is CertificateFormat.PKCS12
                    else read_chain(files)
                )
                found.append(chain[0].public_bytes(Encoding.DER))
    return tuple(found)


def contradiction(configured: Iterable[tuple[str, Expect, str]]) -> str:
    """Return which identities have one certificate that is to be accepted and refused; empty if none.

    ``configured``: the name, the expectation and the fingerprint of each. No server can meet both.
    """
    first: dict[str, tuple[str, Expect]] = {}
    for name, expect, sha256 in configured:
        other, expected = first.setdefault(sha256, (name, expect))
        if sha256 and expected is not expect:
            return (
                f'identities "{other}" (expected to be {expected}) and "{name}" (expected to be {expect}) have the '
                "same certificate, and no server can do both; give each its own, or remove one"
            )
    return ""


def identity_of(settings: Identity, credential: Credential) -> ClientIdentity:
    """Return the public part of an identity, for plans and reports."""
    return ClientIdentity(
        name=settings.name,
        kind=IdentityKind.CONFIGURED,
        expect=settings.expect,
        roles=settings.roles,
        certificate=facts_of(credential.leaf),
        names=settings.names,
    )


def explain_mismatch(
    chain: tuple[x509.Certificate, ...], key: PrivateKey | KeyFile
) -> tuple[str, str] | tuple[()]:
    """Return why the key is not that of the first certificate, and what to do; empty if it is.

    Keys on tokens are not checked: only OpenSSL can access them.
    """
    if isinstance(key, KeyFile):
        return ()
    places = [number for number, one in enumerate(chain) if belongs_to(one, key)]
    if not places:
        return "the private key does not belong to the certificate", "name the key that it was issued for"
    if places[0] > 0:
        return (
            f"the private key belongs to certificate {places[0] + 1} of the chain",
            "put the end-entity certificate first, then its issuers",
        )
    return ()


def belongs_to(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Whether the certificate has this key."""
    certified = certified_key(certificate)
    return certified is not None and _encoded(certified) == _encoded(key.public_key())


def _encoded(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
