"""Valid certificates, used as positive controls: a rejection of a variant counts only if its control is accepted."""

from msgspec.structs import replace

from specdrift.pki.battery.factory import DAY, CertificateFactory, unchanged
from specdrift.pki.credential import Credential


def valid_leaf(factory: CertificateFactory) -> Credential:
    """Issued today by the configured client CA for the valid identity's names. It must be accepted."""
    return factory.issued(factory.imitation())


def valid_chain(factory: CertificateFactory) -> Credential:
    """Like `valid-leaf`, below one intermediate that is sent along. Servers with a depth limit of 1 reject it."""
    return factory.issued_below(unchanged)


def valid_long_chain(factory: CertificateFactory) -> Credential:
    """Like `valid-leaf`, below two intermediates that are sent along. Servers with a depth limit reject it."""
    return factory.issued_below(unchanged, unchanged)


def valid_short(factory: CertificateFactory) -> Credential:
    """Like `valid-leaf`, valid for `[client-ca] short-validity` only. It must be accepted until then."""
    validity = factory.short_validity or DAY
    return factory.issued(replace(factory.imitation(), not_after=factory.now + validity))


def valid_other_client(factory: CertificateFactory) -> Credential:
    """Issued today by the configured client CA for an identity that the application does not have."""
    return factory.issued(factory.other_client())
