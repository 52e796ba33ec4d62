"""Makes private keys with a certificate's public key and random secret numbers.

OpenSSL compares only public keys when it loads a key, so it makes invalid signatures with these. They show whether a
server verifies CertificateVerify (RFC 8446 §4.4.3, RFC 5246 §7.4.8).
"""

import secrets

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from specdrift.pki.battery import der
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import ForgedKey
from specdrift.pki.pem import pem_encode


def forged_key(public_key: CertificatePublicKeyTypes) -> ForgedKey:
    """Make a key for this public key that signs invalidly. Raises CannotGenerateError unless it is RSA or EC."""
    match public_key:
        case ec.EllipticCurvePublicKey():
            return ForgedKey(pem_encode("EC PRIVATE KEY", _forged_ec(public_key)))
        case rsa.RSAPublicKey():
            return ForgedKey(pem_encode("RSA PRIVATE KEY", _forged_rsa(public_key)))
        case _:
            raise CannotGenerateError(NotGenerated.NO_FORGED_KEY)


def _forged_ec(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """Return an ECPrivateKey (RFC 5915 §3) whose public point does not match its scalar."""
    other = ec.generate_private_key(public_key.curve)
    encoded = other.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return encoded.replace(_point(other.public_key()), _point(public_key))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _forged_rsa(public_key: rsa.RSAPublicKey) -> bytes:
    """Return an RSAPrivateKey (RFC 8017 A.1.2) with random secret numbers of the right size."""
    public = public_key.public_numbers()
    d, (p, q, dp, dq, inverse) = (
        _odd(public_key.key_size - 1),
        (_odd(public_key.key_size // 2) for _ in range(5)),
    )
    return der.tlv(der.SEQUENCE, *map(der.integer, (0, public.n, public.e, d, p, q, dp, dq, inverse)))


def _odd(bits: int) -> int:
    """Return a random odd number of this size: OpenSSL needs odd moduli, not primes."""
    return secrets.randbits(bits) | 1 << (bits - 1) | 1
