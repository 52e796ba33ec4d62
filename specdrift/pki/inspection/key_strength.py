"""Detects keys and signatures below OpenSSL's security level 2 (112 bits). Pure.

This level is the default of most distributions and of Python.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from specdrift.pki.chain import certified_key
from specdrift.pki.credential import Credential

MINIMUM_RSA_BITS = 2048
MINIMUM_EC_BITS = 224
BROKEN_HASHES = frozenset({"md5", "sha1"})
ML_DSA = frozenset(f"2.16.840.1.101.3.4.3.{number}" for number in (17, 18, 19))
"""Signatures that OpenSSL before 3.5 does not know, and takes for weak."""


def is_weak(credential: Credential) -> bool:
    """Whether OpenSSL may reject the chain at level 2. Unparsable certificates are weak."""
    try:
        certificates = credential.certificates
    except ValueError:
        return True
    return any(
        weak_key(each) or weak_signature(each) or each.signature_algorithm_oid.dotted_string in ML_DSA
        for each in certificates
    )


def weak_key(certificate: x509.Certificate) -> str:
    """Return type and size of a key below 112 bits of strength (``RSA 1024 bit``), else an empty string."""
    key = certified_key(certificate)
    if key is None:
        return "a key that cannot be read"
    if isinstance(key, RSAPublicKey | DSAPublicKey) and key.key_size < MINIMUM_RSA_BITS:
        return f"{'RSA' if isinstance(key, RSAPublicKey) else 'DSA'} {key.key_size} bit"
    if isinstance(key, EllipticCurvePublicKey) and key.key_size < MINIMUM_EC_BITS:
        return f"EC {key.curve.name}"
    return ""


def weak_signature(certificate: x509.Certificate) -> str:
    """Return the signature's hash (``SHA1``) if it is broken, else an empty string.

    A root's own signature is not verified and does not count.
    """
    if certificate.subject == certificate.issuer:
        return ""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "an unknown algorithm"
    return algorithm.name.upper() if algorithm is not None and algorithm.name in BROKEN_HASHES else ""
