"""A certificate chain with the key that signs for it: the secret half of a caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.model.exchange.identity import CertificateFacts
from specdrift.settings import Secret

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey
"""The kinds of key that TLS 1.2 and 1.3 clients sign with (RFC 8446 §4.2.3)."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key that stays where it is: a PEM file that names a PKCS#11 object, and the token's PIN if any."""

    path: Path
    pin: Secret | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ForgedKey:
    """A PEM private key whose public half is a certificate's and whose secret half is not."""

    pem: bytes

    def __repr__(self) -> str:
        return "ForgedKey(***)"


class Credential:
    """What a TLS client presents: certificates (DER, end entity first) and the key that signs for the first.

    The chain is kept as bytes, because some certificates are meant to be malformed. The key is never shown:
    not in ``repr``, not in a pickle, not in a copy.
    """

    __slots__ = ("_chain", "_key", "_name")

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
        """DER encodings, end entity first, as they go onto the wire."""
        return self._chain

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The chain, parsed. A malformed certificate raises ``ValueError``."""
        return tuple(x509.load_der_x509_certificate(der) for der in self._chain)

    @property
    def leaf(self) -> x509.Certificate:
        """The end-entity certificate, parsed. A malformed one raises ``ValueError``."""
        return x509.load_der_x509_certificate(self._chain[0])

    @property
    def key(self) -> PrivateKey | KeyFile | ForgedKey:
        """The key, or where OpenSSL finds it."""
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
