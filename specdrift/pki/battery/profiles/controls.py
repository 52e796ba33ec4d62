"""Certificates with nothing wrong. A refusal of a near-miss means something only where these get through."""

from specdrift.pki.battery.factory import CertificateFactory, unchanged
from specdrift.pki.credential import Credential


def valid_leaf(workshop: CertificateFactory) -> Credential:
    """Issued today by the configured client CA for the good certificate's names. It has to be accepted."""
    return workshop.issued(workshop.imitation())


def valid_chain(workshop: CertificateFactory) -> Credential:
    """The same below one intermediate, which is sent along. Servers with a depth limit of 1 refuse it."""
    return workshop.issued_below(unchanged)


def valid_long_chain(workshop: CertificateFactory) -> Credential:
    """The same below two intermediates, which are sent along. Servers with a depth limit refuse it."""
    return workshop.issued_below(unchanged, unchanged)


def valid_stranger(workshop: CertificateFactory) -> Credential:
    """Issued today by the configured client CA for somebody whom the application does not know."""
    return workshop.issued(workshop.stranger())
