"""Certificates outside their validity period (RFC 5280 §4.1.2.5)."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from specdrift.pki.battery.factory import DAY, CertificateFactory
from specdrift.pki.credential import Credential

MARGIN = timedelta(hours=16)
"""How far a certificate lies on the wrong side of the clock: more than any time zone, less than a day of grace."""
JUST_ENDED = timedelta(minutes=15)
"""More than the tolerance of correct servers for other clocks, which is 5 minutes, and than most clocks differ."""
SOON = timedelta(hours=1)
"""Longer than most runs take."""


def expired(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA; its validity ended 16 hours ago.

    RFC 5280 §6.1.3 (a)(2): the validity period includes the current time. A correct verifier answers
    certificate_expired.
    """
    return _until(factory, factory.now - MARGIN)


def expired_recently(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA; its validity ended 15 minutes ago.

    RFC 5280 §6.1.3 (a)(2): the validity period includes the current time, to the second. A verifier that compares days,
    or grants hours, admits it. A correct verifier answers certificate_expired.
    """
    return _until(factory, factory.now - JUST_ENDED)


def not_yet_valid(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA; its validity begins in 16 hours.

    RFC 5280 §6.1.3 (a)(2): the validity period includes the current time. A correct verifier answers
    certificate_expired or bad_certificate.
    """
    return _from(factory, factory.now + MARGIN)


def not_yet_valid_soon(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA; its validity begins in an hour.

    RFC 5280 §6.1.3 (a)(2): the validity period includes the current time, to the second. A verifier that compares days,
    or grants hours, admits it. A correct verifier answers certificate_expired or bad_certificate.
    """
    return _from(factory, factory.now + SOON)


def _until(factory: CertificateFactory, ended: datetime) -> Credential:
    return factory.issued(replace(factory.imitation(), not_before=ended - 30 * DAY, not_after=ended))


def _from(factory: CertificateFactory, begins: datetime) -> Credential:
    return factory.issued(replace(factory.imitation(), not_before=begins, not_after=begins + 30 * DAY))
