"""Certificates without a path to a trusted CA (RFC 5280 §6.1)."""

import importlib.util
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import UnsupportedAlgorithm
from msgspec.structs import replace

from specdrift.pki.battery.blueprint import Issuer, common_name, pointing_at_key
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential, ForgedKey, KeyFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from specdrift.pki.credential import PrivateKey


def self_signed(factory: CertificateFactory) -> Credential:
    """Has the valid certificate's names and serial number, and is self-signed with a new key.

    RFC 5280 §6.1: there is no path to a trust anchor. A correct verifier answers unknown_ca.
    """
    return _self_signed(factory, factory.key)


def self_signed_own_key(factory: CertificateFactory) -> Credential:
    """Self-signed with the valid certificate's own key, in another identity's name.

    RFC 5280 §6.1: there is no path to a trust anchor. A server that trusts single certificates, and compares only the
    key, takes the holder for anybody (CVE-2025-6037). A correct verifier answers unknown_ca.
    """
    key = factory.victim.key
    if isinstance(key, KeyFile | ForgedKey):
        raise CannotGenerateError(NotGenerated.KEY_NOT_READABLE)
    blueprint = replace(factory.other_client(), public_key=factory.leaf.public_key())
    if factory.colleague is not None:
        _, other = factory.colleague
        blueprint = replace(blueprint, subject=other.leaf.subject)
    return Credential([blueprint.sign(Issuer(name=blueprint.subject, key=key, key_id=None))], key)


def self_signed_key_type(factory: CertificateFactory) -> Credential:
    """Like `self-signed`, with a key of another type: EC, RSA or Ed25519.

    RFC 5280 §6.1: there is no path to a trust anchor, whatever the algorithm. A verifier that has a case for each type
    may have forgotten one. A correct verifier answers unknown_ca or unsupported_certificate.
    """
    return _self_signed(factory, factory.other_keys[0])


def self_signed_key_type_2(factory: CertificateFactory) -> Credential:
    """Like `self-signed`, with a key of a third type: RSA or Ed25519.

    RFC 5280 §6.1: there is no path to a trust anchor, whatever the algorithm. A verifier that has a case for each type
    may have forgotten one. A correct verifier answers unknown_ca or unsupported_certificate.
    """
    return _self_signed(factory, factory.other_keys[1])


def untrusted_issuer(factory: CertificateFactory) -> Credential:
    """Issued for the valid certificate's names by an untrusted CA, whose root is sent along.

    RFC 5280 §6.1.1 (d): trust anchors are configured, never taken from the peer's message.
    A correct verifier answers unknown_ca.
    """
    key = factory.issuer_key
    name = common_name("specdrift untrusted issuer")
    issuer = Issuer(name=name, key=key, key_id=pointing_at_key(key.public_key()))
    leaf, root = factory.imitation().sign(issuer), factory.authority(name, key).sign(issuer)
    return Credential([leaf, root], factory.key)


def untrusted_issuer_alone(factory: CertificateFactory) -> Credential:
    """The same without the root.

    RFC 5280 §6.1: there is no path to a trust anchor. Where the application looks at the verifier's result, it gets
    another code than with the root (OpenSSL: 20 or 21 instead of 19). A correct verifier answers unknown_ca.
    """
    return Credential(untrusted_issuer(factory).chain[:1], factory.key)


def impostor_issuer(factory: CertificateFactory) -> Credential:
    """Has the trusted CA's name and key identifier as its issuer's, and is signed by another key.

    RFC 5280 §6.1.3 (a)(1): the signature is verified with the issuer's key; a matching name is not enough.
    A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    return _of_impostor(factory, factory.key, factory.issuer_key)


def impostor_issuer_key_type(factory: CertificateFactory) -> Credential:
    """Like `impostor-issuer`, with keys of another type: EC, RSA or Ed25519.

    RFC 5280 §6.1.3 (a)(1): the signature is verified, whatever its algorithm. A verifier that has a case for each
    algorithm may have forgotten one. A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    key, _ = factory.other_keys
    return _of_impostor(factory, key, key)


def impostor_issuer_key_type_2(factory: CertificateFactory) -> Credential:
    """Like `impostor-issuer`, with keys of a third type: RSA or Ed25519.

    RFC 5280 §6.1.3 (a)(1): the signature is verified, whatever its algorithm. A verifier that has a case for each
    algorithm may have forgotten one. A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    _, key = factory.other_keys
    return _of_impostor(factory, key, key)


def impostor_issuer_no_key_id(factory: CertificateFactory) -> Credential:
    """Has the trusted CA's name as its issuer's and no key identifiers; a root with that name is sent along.

    RFC 5280 §6.1.3 (a)(1): the signature is verified with the trust anchor's key, not with a root of the same
    name from the peer's message. A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    issuer = factory.impostor(key_id=None)
    leaf = replace(factory.imitation(), key_ids=False).sign(issuer)
    root = replace(factory.authority(issuer.name, issuer.key), key_ids=False).sign(issuer)
    return Credential([leaf, root], factory.key)


def impostor_issuer_own_key_id(factory: CertificateFactory) -> Credential:
    """Has the trusted CA's name as its issuer's and the impostor's key identifier; a root with that name is sent along.

    RFC 5280 §6.1.1 (d): a name in the peer's message is not a trust anchor. The sent path is complete, but its root is
    not trusted. A correct verifier answers unknown_ca or decrypt_error.
    """
    key_id = pointing_at_key(factory.issuer_key.public_key())
    issuer = factory.impostor(key_id=key_id)
    root = factory.authority(issuer.name, issuer.key).sign(issuer)
    return Credential([factory.imitation().sign(issuer), root], factory.key)


def impostor_issuer_ml_dsa(factory: CertificateFactory) -> Credential:
    """Has the trusted CA's name and key identifier as its issuer's, and an ML-DSA-44 signature of another key.

    RFC 5280 §6.1.3 (a)(1): a signature that cannot be verified is no valid one, also if the verifier does not know the
    algorithm. A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    issuer = Issuer(
        name=factory.leaf.issuer, key=cast("PrivateKey", _ml_dsa_key()), key_id=factory.issuer_key_id
    )
    blueprint = replace(factory.imitation(), serial=factory.leaf.serial_number)
    return Credential([blueprint.sign(issuer)], factory.key)


def _self_signed(factory: CertificateFactory, key: "PrivateKey") -> Credential:
    """Make a self-signed certificate with the victim's names and serial number."""
    blueprint = replace(factory.imitation(), serial=factory.leaf.serial_number, public_key=key.public_key())
    return Credential([blueprint.sign(Issuer(name=factory.leaf.subject, key=key, key_id=None))], key)


def _of_impostor(factory: CertificateFactory, key: "PrivateKey", issuer_key: "PrivateKey") -> Credential:
    """Make a certificate with the victim's names and the trusted CA as its issuer, signed with ``issuer_key``."""
    issuer = Issuer(name=factory.leaf.issuer, key=issuer_key, key_id=factory.issuer_key_id)
    blueprint = replace(factory.imitation(), serial=factory.leaf.serial_number, public_key=key.public_key())
    return Credential([blueprint.sign(issuer)], key)


def _ml_dsa_key() -> "MLDSA44PrivateKey":
    """Generate a key, if the library has the algorithm: cryptography 48 with OpenSSL 3.5 or newer."""
    if importlib.util.find_spec("cryptography.hazmat.primitives.asymmetric.mldsa") is None:
        raise CannotGenerateError(NotGenerated.NO_ML_DSA)
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    try:
        return MLDSA44PrivateKey.generate()
    except UnsupportedAlgorithm:
        raise CannotGenerateError(NotGenerated.NO_ML_DSA) from None
