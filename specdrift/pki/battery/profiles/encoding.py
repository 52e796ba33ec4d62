"""Certificates that violate RFC 5280 §4.1 or X.690, yet load into our own TLS stack.

OpenSSL parses the certificates that it sends, so truncated bytes cannot be sent through it. These certificates are
well-formed, with one field that only a verifier reads.
"""

from collections.abc import Callable

from specdrift.pki.battery import der
from specdrift.pki.battery.certificate_parts import (
    ECDSA_WITH_SHA384,
    ECDSA_WITH_SHA512,
    CertificateParts,
    TbsField,
)
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.credential import Credential


def malformed(factory: CertificateFactory) -> Credential:
    """Its notAfter time has month 13.

    The trusted CA signs it if its key is configured; otherwise it is a modified copy of the valid certificate.

    RFC 5280 §4.1.2.5: times have the form YYMMDDHHMMSSZ. A correct verifier rejects a certificate that it cannot parse
    (bad_certificate, decode_error or certificate_unknown), and the server keeps running.
    """
    return _damaged(factory, _thirteenth_month)


def malformed_algorithm(factory: CertificateFactory) -> Credential:
    """Its signature algorithm inside tbsCertificate differs from the one outside.

    RFC 5280 §4.1.1.2: both MUST be the same; the signature does not cover the outer one. A correct verifier rejects it
    (bad_certificate, decrypt_error, decode_error or certificate_unknown).
    """
    return _damaged(factory, lambda parts: parts.naming_algorithm(_another_algorithm(parts)))


def malformed_signature(factory: CertificateFactory) -> Credential:
    """The valid certificate with its own key; one bit of the CA's signature is flipped.

    RFC 5280 §6.1.3 (a)(1): the signature is verified. A correct verifier answers bad_certificate, unknown_ca
    or decrypt_error.
    """
    parts = CertificateParts.of(factory.leaf).with_flipped_bit()
    return Credential([parts.encoded(), *factory.victim.chain[1:]], factory.victim.key)


def _damaged(
    factory: CertificateFactory, change: Callable[[CertificateParts], CertificateParts]
) -> Credential:
    """Apply a change. Without the CA's key it changes the valid certificate, which also breaks the signature."""
    if factory.ca_key is None:
        parts = change(CertificateParts.of(factory.leaf))
        return Credential([parts.encoded(), *factory.victim.chain[1:]], factory.victim.key)
    sound = factory.imitation().sign(factory.ca)
    parts = change(CertificateParts.of(sound)).signed(factory.ca.key)
    return Credential([parts.encoded(), *factory.above_leaf], factory.key)


def _thirteenth_month(parts: CertificateParts) -> CertificateParts:
    not_after = der.members(parts.fields[TbsField.VALIDITY])[1]
    month = 4 if not_after[0] == der.UTC_TIME else 6  # two bytes of tag and length, two or four of the year
    return parts.replacing(TbsField.VALIDITY, not_after, not_after[:month] + b"13" + not_after[month + 2 :])


def _another_algorithm(parts: CertificateParts) -> bytes:
    return ECDSA_WITH_SHA384 if parts.algorithm == ECDSA_WITH_SHA512 else ECDSA_WITH_SHA512
