"""Certificate messages with missing or additional certificates (RFC 8446 §4.4.2).

The first certificate is the sender's. The others only help to build a path.
"""

from specdrift.pki.battery.blueprint import Issuer, common_name, pointing_at_key
from specdrift.pki.battery.factory import CertificateFactory, unchanged
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.profiles.trust import untrusted_issuer
from specdrift.pki.credential import Credential


def missing_intermediate(factory: CertificateFactory) -> Credential:
    """Issued by an intermediate of the trusted CA, which was made today and is not sent along.

    RFC 5280 §6.1: without the intermediate there is no path to a trust anchor. A correct verifier answers
    unknown_ca.
    """
    whole = factory.issued_below(unchanged)
    return Credential(whole.chain[:1], whole.key)


def extra_chain_certificate(factory: CertificateFactory) -> Credential:
    """A certificate of an untrusted CA, followed by the valid certificate.

    RFC 8446 §4.4.2: the first certificate is the sender's; possession of the key of a certificate after it is
    not shown. A correct verifier answers unknown_ca.
    """
    attacker = untrusted_issuer(factory)
    return Credential([attacker.chain[0], *factory.victim.chain], attacker.key)


def extra_chain_certificate_after(factory: CertificateFactory) -> Credential:
    """The valid certificate and its chain, followed by an unrelated root.

    RFC 8446 §4.4.2: implementations should be prepared for extraneous certificates. Every common TLS stack
    accepts it as the valid identity.
    """
    name, key = common_name("specdrift unrelated root"), factory.issuer_key
    itself = Issuer(name=name, key=key, key_id=pointing_at_key(key.public_key()))
    unrelated = factory.authority(name, key).sign(itself)
    return Credential([*factory.victim.chain, unrelated], factory.victim.key)


def extra_chain_certificate_victim(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, followed by the valid certificate.

    RFC 8446 §4.4.2: the first certificate identifies the caller. An application that searches the whole message may
    use the other one (CVE-2023-2422). It must answer as for the first certificate alone.
    """
    other_client = factory.issued(factory.other_client())
    return Credential([*other_client.chain, *factory.victim.chain], other_client.key)


def extra_chain_certificate_colleague(factory: CertificateFactory) -> Credential:
    """Another configured identity's certificate, followed by the valid certificate, which is the last one.

    RFC 8446 §4.4.2: the first certificate identifies the caller. An application that searches the whole message, or
    reads the last certificate, may use the other one (CVE-2023-2422). It must answer as for the first certificate
    alone.
    """
    if factory.colleague is None:
        raise CannotGenerateError(NotGenerated.SECOND_IDENTITY)
    _, own = factory.colleague
    last, *issuers = factory.victim.chain
    return Credential([*own.chain, *(each for each in issuers if each not in own.chain), last], own.key)
