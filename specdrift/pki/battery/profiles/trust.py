"""Certificates that no trusted CA has signed (RFC 5280 §6.1)."""

from dataclasses import replace

from specdrift.pki.battery.blueprint import Issuer, common_name, pointing_at_key
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.credential import Credential


def self_signed(workshop: CertificateFactory) -> Credential:
    """Carries the good certificate's names and serial number, but is signed with its own fresh key.

    RFC 5280 §6.1: no path leads from it to a trust anchor. A correct verifier answers unknown_ca.
    """
    blueprint = replace(workshop.imitation(), serial=workshop.leaf.serial_number)
    itself = Issuer(name=workshop.leaf.subject, key=workshop.key, key_id=None)
    return Credential([blueprint.sign(itself)], workshop.key)


def untrusted_issuer(workshop: CertificateFactory) -> Credential:
    """Issued for the good certificate's names by a CA that nobody trusts; that CA's root is sent along.

    RFC 5280 §6.1.1 (d): trust anchors are given to path validation, never taken from the peer's message.
    A correct verifier answers unknown_ca.
    """
    key = workshop.issuer_key
    name = common_name("specdrift untrusted issuer")
    issuer = Issuer(name=name, key=key, key_id=pointing_at_key(key.public_key()))
    leaf, root = workshop.imitation().sign(issuer), workshop.authority(name, key).sign(issuer)
    return Credential([leaf, root], workshop.key)


def impostor_issuer(workshop: CertificateFactory) -> Credential:
    """Names the trusted CA as its issuer and points at that CA's key, but another key has signed it.

    RFC 5280 §6.1.3 (a)(1): the signature is verified with the issuer's key; a matching name proves nothing.
    A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    issuer = workshop.impostor(key_id=workshop.issuer_key_id)
    blueprint = replace(workshop.imitation(), serial=workshop.leaf.serial_number)
    return Credential([blueprint.sign(issuer)], workshop.key)


def impostor_issuer_no_key_id(workshop: CertificateFactory) -> Credential:
    """Names the trusted CA as its issuer, has no key identifiers, and brings a root of that name along.

    RFC 5280 §6.1.3 (a)(1): the signature is verified with the trust anchor's key, not with a root of the same
    name from the peer's message. A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    issuer = workshop.impostor(key_id=None)
    leaf = replace(workshop.imitation(), key_ids=False).sign(issuer)
    root = replace(workshop.authority(issuer.name, issuer.key), key_ids=False).sign(issuer)
    return Credential([leaf, root], workshop.key)


def impostor_issuer_own_key_id(workshop: CertificateFactory) -> Credential:
    """Names the trusted CA as its issuer, points at the impostor's key, and brings a root of that name along.

    RFC 5280 §6.1.1 (d): a name in the peer's message makes no trust anchor. What was sent is a complete path
    to a root that is not to be trusted. A correct verifier answers unknown_ca or decrypt_error.
    """
    key_id = pointing_at_key(workshop.issuer_key.public_key())
    issuer = workshop.impostor(key_id=key_id)
    root = workshop.authority(issuer.name, issuer.key).sign(issuer)
    return Credential([workshop.imitation().sign(issuer), root], workshop.key)
