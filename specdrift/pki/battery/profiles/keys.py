"""Weak keys, weak signatures, and keys that are not the certificate's."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from specdrift.pki.battery.factory import CertificateFactory, NotMintableError
from specdrift.pki.battery.forge import forged_key
from specdrift.pki.battery.surgery import Parts
from specdrift.pki.credential import Credential


def weak_key(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA for an RSA key of 1,024 bits.

    RFC 9325 §4.5 asks for moduli of at least 2,048 bits. OpenSSL at its usual security level answers
    bad_certificate, rustls decrypt_error. Go, Node and Java accept it, unless they are told not to or the application
    looks at key sizes.
    """
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point of this certificate
    blueprint = replace(workshop.imitation(), public_key=key.public_key())
    return Credential([blueprint.sign(workshop.ca), *workshop.above_leaf], key)


def weak_signature(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA, but signed with SHA-1.

    RFC 9155 and RFC 8446 §4.4.2.4: SHA-1 signatures are not to be accepted, since collisions can be made. A
    correct verifier answers bad_certificate, unknown_ca or decrypt_error. Java refuses it only of CAs that come with
    it; for a CA of one's own, jdk.certpath.disabledAlgorithms has to name SHA1 without jdkCA.
    """
    certificate = workshop.imitation().sign(workshop.ca)
    resigned = Parts.of(certificate).signed_with_sha1(workshop.ca.key)
    return Credential([resigned.encoded(), *workshop.above_leaf], workshop.key)


def wrong_private_key(workshop: CertificateFactory) -> Credential:
    """The genuine good certificate, presented by somebody who has not got its key.

    RFC 8446 §4.4.3 and RFC 5246 §7.4.8: the client proves possession with a signature over the handshake. A
    correct server answers decrypt_error in both versions, whatever it thinks of certificates.
    """
    if not isinstance(workshop.leaf.public_key(), ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return Credential(workshop.victim.chain, forged_key(workshop.leaf.public_key()))
    # OpenSSL derives the public half of an Edwards-curve key, so another genuine certificate stands in.
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    genuine = workshop.issued(replace(workshop.imitation(), public_key=public_key))
    return Credential(genuine.chain, forged_key(public_key))


def server_certificate(workshop: CertificateFactory) -> Credential:
    """The server's own certificate, which it shows to everybody, presented by a client without its key.

    RFC 8446 §4.4.3: the client proves that it holds the private key. A correct server answers decrypt_error,
    unknown_ca or unsupported_certificate.
    """
    if workshop.server_certificate is None:
        raise NotMintableError("the server's certificate is not known")
    return Credential([workshop.server_certificate], forged_key(workshop.server_certificate.public_key()))
