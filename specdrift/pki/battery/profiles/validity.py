"""Certificates outside their validity period (RFC 5280 §4.1.2.5)."""

from dataclasses import replace
from datetime import timedelta

from specdrift.pki.battery.factory import DAY, CertificateFactory
from specdrift.pki.credential import Credential

MARGIN = timedelta(hours=16)
"""How far a certificate lies on the wrong side of the clock: more than any time zone, less than a day of grace."""


def expired(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA; its validity ended 16 hours ago.

    RFC 5280 §6.1.3 (a)(2): the validity period includes the current time. A correct verifier answers
    certificate_expired.
    """
    ended = factory.now - MARGIN
    blueprint = replace(factory.imitation(), not_before=ended - 30 * DAY, not_after=ended)
    return factory.issued(blueprint)


def not_yet_valid(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA; its validity begins in 16 hours.

    RFC 5280 §6.1.3 (a)(2): the validity period includes the current time. A correct verifier answers
    certificate_expired or bad_certificate.
    """
    begins = factory.now + MARGIN
    blueprint = replace(factory.imitation(), not_before=begins, not_after=begins + 30 * DAY)
    return factory.issued(blueprint)
