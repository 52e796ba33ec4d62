"""Certificates that are not what RFC 5280 §4.1 and X.690 describe, yet load into our own TLS stack.

OpenSSL parses what it sends, so bytes that end in the middle cannot be presented through it. What can be:
certificates that are well-formed outside and broken in a field that only a verifier looks at.
"""

from collections.abc import Callable

from specdrift.pki.battery import der
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.surgery import ECDSA_WITH_SHA384, ECDSA_WITH_SHA512, Field, Parts
from specdrift.pki.credential import Credential


def malformed(workshop: CertificateFactory) -> Credential:
    """Its validity ends in a thirteenth month. The trusted CA has signed it so, if its key is there.

    RFC 5280 §4.1.2.5: a time is written YYMMDDHHMMSSZ. A correct verifier refuses what it cannot read
    (bad_certificate, decode_error or certificate_unknown), and the server lives on.
    """
    return _damaged(workshop, _thirteenth_month)


def malformed_algorithm(workshop: CertificateFactory) -> Credential:
    """It names one signature algorithm inside, under the signature, and another outside.

    RFC 5280 §4.1.1.2: both MUST be the same; nobody has signed the outer one. A correct verifier refuses it
    (bad_certificate, decrypt_error, decode_error or certificate_unknown).
    """
    return _damaged(workshop, lambda parts: parts.naming_algorithm(_another_algorithm(parts)))


def malformed_signature(workshop: CertificateFactory) -> Credential:
    """The genuine good certificate with its own key; one bit of the CA's signature is flipped.

    RFC 5280 §6.1.3 (a)(1): the signature is verified. A correct verifier answers bad_certificate, unknown_ca
    or decrypt_error.
    """
    parts = Parts.of(workshop.leaf).with_flipped_bit()
    return Credential([parts.encoded(), *workshop.victim.chain[1:]], workshop.victim.key)


def _damaged(workshop: CertificateFactory, change: Callable[[Parts], Parts]) -> Credential:
    """Without the CA's key it is the good certificate that is damaged; then its signature is wrong too."""
    if workshop.ca_key is None:
        parts = change(Parts.of(workshop.leaf))
        return Credential([parts.encoded(), *workshop.victim.chain[1:]], workshop.victim.key)
    sound = workshop.imitation().sign(workshop.ca)
    parts = change(Parts.of(sound)).signed(workshop.ca.key)
    return Credential([parts.encoded(), *workshop.above_leaf], workshop.key)


def _thirteenth_month(parts: Parts) -> Parts:
    not_after = der.members(parts.fields[Field.VALIDITY])[1]
    month = 4 if not_after[0] == der.UTC_TIME else 6  # two bytes of tag and length, two or four of the year
    return parts.replacing(Field.VALIDITY, not_after, not_after[:month] + b"13" + not_after[month + 2 :])


def _another_algorithm(parts: Parts) -> bytes:
    return ECDSA_WITH_SHA384 if parts.algorithm == ECDSA_WITH_SHA512 else ECDSA_WITH_SHA512
