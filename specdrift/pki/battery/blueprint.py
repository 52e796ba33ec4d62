"""Unsigned certificates as values, to be varied and then signed by an issuer (RFC 5280 §4.1). Pure."""

from datetime import datetime
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID
from msgspec import Struct
from msgspec.structs import replace

from specdrift.pki.credential import PrivateKey


class Issuer(Struct, frozen=True, kw_only=True):
    """A CA's name and key, and the authority key identifier of its certificates (None: omitted)."""

    name: x509.Name
    key: PrivateKey
    key_id: x509.AuthorityKeyIdentifier | None


class Extension(Struct, frozen=True):
    """One certificate extension."""

    value: x509.ExtensionType
    critical: bool


class Blueprint(Struct, frozen=True, kw_only=True):
    """A certificate without issuer and signature. ``sign`` adds key identifiers unless ``key_ids`` is false."""

    subject: x509.Name
    public_key: CertificatePublicKeyTypes
    not_before: datetime
    not_after: datetime
    serial: int
    extensions: tuple[Extension, ...]
    key_ids: bool = True

    def having(self, value: x509.ExtensionType, *, critical: bool = False) -> Self:
        """Return a copy with this extension; it replaces one of the same type."""
        return replace(self, extensions=(*self.lacking(type(value)).extensions, Extension(value, critical)))

    def lacking(self, kind: type[x509.ExtensionType]) -> Self:
        """Return a copy without extensions of this type."""
        return replace(self, extensions=tuple(e for e in self.extensions if not isinstance(e.value, kind)))

    def sign(self, issuer: Issuer) -> x509.Certificate:
        """Sign with SHA-256 (Edwards curves and ML-DSA: their own hash)."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(issuer.name)
            .public_key(self.public_key)
            .serial_number(self.serial)
            .not_valid_before(self.not_before)
            .not_valid_after(self.not_after)
        )
        for extension in (*self.extensions, *self._key_identifiers(issuer)):
            builder = builder.add_extension(extension.value, extension.critical)
        hashed = isinstance(issuer.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return builder.sign(issuer.key, hashes.SHA256() if hashed else None)

    def _key_identifiers(self, issuer: Issuer) -> tuple[Extension, ...]:
        if not self.key_ids:
            return ()
        ours = Extension(x509.SubjectKeyIdentifier.from_public_key(self.public_key), critical=False)
        return (ours,) if issuer.key_id is None else (ours, Extension(issuer.key_id, critical=False))


def common_name(text: str) -> x509.Name:
    """Return a name with a common name only."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pointing_at(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return the authority key identifier for certificates of this issuer (RFC 5280 §4.2.1.1)."""
    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return pointing_at_key(issuer.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def pointing_at_key(key: CertificatePublicKeyTypes) -> x509.AuthorityKeyIdentifier:
    """Return the authority key identifier of a key by the usual method (RFC 5280 §4.2.1.2 (1))."""
    digest = x509.SubjectKeyIdentifier.from_public_key(key).digest
    return x509.AuthorityKeyIdentifier(digest, authority_cert_issuer=None, authority_cert_serial_number=None)


def key_usage(*, certificates: bool) -> x509.KeyUsage:
    """Return the key usage of a CA, or of an end entity (RFC 5280 §4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
