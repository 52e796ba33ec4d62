"""Weak keys, weak signatures, and keys that do not belong to the certificate."""

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from msgspec.structs import replace

from specdrift.pki.battery.certificate_parts import CertificateParts
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.forge import forged_key
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.chain import certified_key
from specdrift.pki.credential import Credential


def weak_key(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA for a 1,024-bit RSA key.

    RFC 9325 §4.5 requires moduli of at least 2,048 bits. OpenSSL at its usual security level answers
    bad_certificate, rustls decrypt_error. Go, Node and Java accept it, unless configured otherwise or the application
    checks key sizes.
    """
    ca = factory.ca  # first: without it there is no use in the key, which takes longest
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point of this certificate
    blueprint = replace(factory.imitation(), public_key=key.public_key())
    return Credential([blueprint.sign(ca), *factory.above_leaf], key)


def weak_signature(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA with a SHA-1 signature.

    RFC 9155 and RFC 8446 §4.4.2.4 forbid SHA-1 signatures, because collisions can be made. A correct verifier answers
    bad_certificate, unknown_ca or decrypt_error. Java rejects it only for its own CAs; for other CAs,
    jdk.certpath.disabledAlgorithms must name SHA1 without jdkCA.
    """
    certificate = factory.imitation().sign(factory.ca)
    resigned = CertificateParts.of(certificate).signed_with_sha1(factory.ca.key)
    return Credential([resigned.encoded(), *factory.above_leaf], factory.key)


def wrong_private_key(factory: CertificateFactory) -> Credential:
    """The valid certificate, presented by a client without its private key.

    RFC 8446 §4.4.3 and RFC 5246 §7.4.8: the client proves possession with a signature over the handshake. A
    correct server answers decrypt_error in both versions, even if it does not verify certificates.
    """
    if not isinstance(factory.leaf.public_key(), ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return Credential(factory.victim.chain, forged_key(factory.leaf.public_key()))
    # OpenSSL derives the public half of an Edwards-curve key, so another genuine certificate stands in.
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    genuine = factory.issued(replace(factory.imitation(), public_key=public_key))
    return Credential(genuine.chain, forged_key(public_key))


def server_certificate(factory: CertificateFactory) -> Credential:
    """The server's own certificate, which is public, presented by a client without its private key.

    RFC 8446 §4.4.3: the client proves possession of the private key. A correct server answers decrypt_error,
    unknown_ca or unsupported_certificate.
    """
    if factory.server_certificate is None:
        raise CannotGenerateError(NotGenerated.SERVER_CERTIFICATE)
    key = certified_key(factory.server_certificate)
    if key is None:
        raise CannotGenerateError(NotGenerated.NO_FORGED_KEY)
    return Credential([factory.server_certificate], forged_key(key))
