"""A certificate chain with its private key: the secret part of an identity."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from specdrift.model.exchange.identity import CertificateFacts
from specdrift.settings import Secret

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey
"""Key types with which TLS 1.2 and 1.3 clients sign (RFC 8446 §4.2.3)."""


class KeyFile(Struct, frozen=True):
    """A key that OpenSSL loads itself: a PEM file with a PKCS#11 URI, and the token's PIN if any."""

    path: Path
    pin: Secret | None = None


class ForgedKey(Struct, frozen=True):
    """A PEM private key with a certificate's public key and unrelated secret numbers."""

    pem: bytes

    def __repr__(self) -> str:
        return "ForgedKey(***)"


class Credential:
    """The certificates that a TLS client presents (DER, end entity first) and the private key of the first.

    The chain is stored as bytes, because some certificates are malformed on purpose. The key is never part of
    ``repr``, pickles or copies.
    """

    def __init__(
        self,
        chain: Sequence[x509.Certificate | bytes],
        key: PrivateKey | KeyFile | ForgedKey,
        *,
        name: str = "",
    ) -> None:
        self._chain = tuple(_der(certificate) for certificate in chain)
        self._key = key
        self._name = name

    @property
    def name(self) -> str:
        """The identity it belongs to, for messages."""
        return self._name

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER encodings, end entity first, as they are sent."""
        return self._chain

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The parsed chain. Raises ValueError for a malformed certificate."""
        return tuple(x509.load_der_x509_certificate(der) for der in self._chain)

    @cached_property
    def leaf(self) -> x509.Certificate:
        """The parsed end-entity certificate. Raises ValueError if it is malformed."""
        return x509.load_der_x509_certificate(self._chain[0])

    @property
    def key(self) -> PrivateKey | KeyFile | ForgedKey:
        """The key, or the file from which OpenSSL loads it."""
        return self._key

    def __repr__(self) -> str:
        return f"Credential(name={self._name!r}, certificates={len(self._chain)}, key=***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential is never pickled or copied")


def facts_of(certificate: x509.Certificate) -> CertificateFacts:
    """The public facts of a certificate, for reports."""
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        der=certificate.public_bytes(Encoding.DER),
    )


def _der(certificate: x509.Certificate | bytes) -> bytes:
    return certificate if isinstance(certificate, bytes) else certificate.public_bytes(Encoding.DER)
