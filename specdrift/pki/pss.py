"""Keys of certificates that allow RSA-PSS only (RFC 4055 §1.2): OpenSSL takes no other encoding of the key for them."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from specdrift.pki.battery import der
from specdrift.pki.battery.certificate_parts import TbsField
from specdrift.pki.credential import ForgedKey, PrivateKey
from specdrift.pki.pem import pem_content, pem_encode

_RSASSA_PSS = bytes.fromhex("06092a864886f70d01010a")
_OCTET_STRING = 0x04


def pss_algorithm(certificate: bytes) -> bytes:
    """Return the AlgorithmIdentifier of the certified key (DER) if it is one for RSA-PSS only, else nothing."""
    if _RSASSA_PSS not in certificate:
        return b""  # also of certificates that are malformed on purpose
    fields = der.members(der.members(certificate)[0])
    algorithm = der.members(fields[TbsField.PUBLIC_KEY])[0]
    return algorithm if der.content(algorithm).startswith(_RSASSA_PSS) else b""


def pss_key(key: PrivateKey | ForgedKey, algorithm: bytes) -> bytes:
    """Return the key as PKCS#8 PEM with this algorithm, not encrypted."""
    if isinstance(key, ForgedKey):
        encoded = pem_content(key.pem)
    else:
        assert isinstance(key, RSAPrivateKey)  # noqa: S101 - it belongs to the certificate
        encoded = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return pem_encode(
        "PRIVATE KEY", der.tlv(der.SEQUENCE, der.integer(0), algorithm, der.tlv(_OCTET_STRING, encoded))
    )
