"""Modifies a signed certificate, with or without a new signature (RFC 5280 §4.1). Pure."""

from enum import IntEnum
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct
from msgspec.structs import replace

from specdrift.pki.battery import der
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import PrivateKey

SHA1_WITH_RSA = bytes.fromhex("300d06092a864886f70d0101050500")
ECDSA_WITH_SHA1 = bytes.fromhex("300906072a8648ce3d0401")
ECDSA_WITH_SHA384 = bytes.fromhex("300a06082a8648ce3d040303")
ECDSA_WITH_SHA512 = bytes.fromhex("300a06082a8648ce3d040304")
"""AlgorithmIdentifiers of RFC 3279 §2.2 and RFC 5758 §3.2."""


_SHA256 = hashes.SHA256()


class TbsField(IntEnum):
    """Positions in a version 3 tbsCertificate."""

    VERSION = 0
    SERIAL = 1
    SIGNATURE = 2
    ISSUER = 3
    VALIDITY = 4
    SUBJECT = 5
    PUBLIC_KEY = 6
    EXTENSIONS = 7


class CertificateParts(Struct, frozen=True, kw_only=True):
    """A parsed certificate; its fields stay DER-encoded."""

    fields: tuple[bytes, ...]
    """The fields of tbsCertificate."""
    algorithm: bytes
    """The outer signatureAlgorithm."""
    signature: bytes
    """The signature value without its encoding."""

    @classmethod
    def of(cls, certificate: x509.Certificate) -> Self:
        """Parse a well-formed certificate."""
        tbs, algorithm, signature = der.members(certificate.public_bytes(Encoding.DER))
        return cls(fields=der.members(tbs), algorithm=algorithm, signature=der.content(signature)[1:])

    def replacing(self, field: TbsField, old: bytes, new: bytes) -> Self:
        """Replace the last ``old`` in a field by ``new``, of the same length; the signature becomes invalid."""
        head, found, tail = self.fields[field].rpartition(old)
        if not found or len(old) != len(new):
            raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
        return self._with_field(field, head + new + tail)

    def naming_algorithm(self, algorithm: bytes) -> Self:
        """Replace the algorithm inside tbsCertificate; the signature becomes invalid."""
        return self._with_field(TbsField.SIGNATURE, algorithm)

    def signed(self, key: PrivateKey, digest: hashes.HashAlgorithm = _SHA256) -> Self:
        """Sign again. Edwards-curve keys ignore ``digest``."""
        return replace(self, signature=_sign(key, self._tbs, digest))

    def signed_with_sha1(self, key: PrivateKey) -> Self:
        """Sign again with SHA-1. Raises CannotGenerateError for Edwards-curve keys."""
        algorithm = _sha1_algorithm(key)
        unsigned = replace(self.naming_algorithm(algorithm), algorithm=algorithm)
        return unsigned.signed(key, hashes.SHA1())  # noqa: S303 - broken on purpose

    def with_flipped_bit(self) -> Self:
        """Flip the last bit of the signature."""
        return replace(self, signature=self.signature[:-1] + bytes([self.signature[-1] ^ 1]))

    def encoded(self) -> bytes:
        """Encode the certificate as DER."""
        return der.tlv(
            der.SEQUENCE, self._tbs, self.algorithm, der.tlv(der.BIT_STRING, b"\0", self.signature)
        )

    def _with_field(self, field: TbsField, encoded: bytes) -> Self:
        return replace(self, fields=(*self.fields[:field], encoded, *self.fields[field + 1 :]))

    @property
    def _tbs(self) -> bytes:
        return der.tlv(der.SEQUENCE, *self.fields)


def _sha1_algorithm(key: PrivateKey) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            return SHA1_WITH_RSA
        case ec.EllipticCurvePrivateKey():
            return ECDSA_WITH_SHA1
        case _:
            raise CannotGenerateError(NotGenerated.CA_KEY_WITHOUT_SHA1)


def _sign(key: PrivateKey, tbs: bytes, digest: hashes.HashAlgorithm) -> bytes:
    match key:
        case rsa.RSAPrivateKey():
            return key.sign(tbs, padding.PKCS1v15(), digest)
        case ec.EllipticCurvePrivateKey():
            return key.sign(tbs, ec.ECDSA(digest))
        case _:
            return key.sign(tbs)
