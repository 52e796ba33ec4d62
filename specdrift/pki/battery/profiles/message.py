"""Certificate messages with missing or additional certificates (RFC 8446 §4.4.2).

The first certificate is the sender's. The others only help to build a path.
"""

from collections.abc import Iterable

from cryptography import x509

from specdrift.pki.battery.blueprint import Issuer, common_name, pointing_at_key
from specdrift.pki.battery.factory import CertificateFactory, unchanged
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.profiles.trust import impostor_issuer, self_signed, untrusted_issuer
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


def extra_chain_certificate_ca(factory: CertificateFactory) -> Credential:
    """A self-signed certificate, followed by the trusted CA's certificate, which is public.

    RFC 5280 §6.1: each certificate of a path is verified with the key of the next. A verifier that searches the message
    for a trusted certificate admits everybody who appends one. A correct verifier answers unknown_ca.
    """
    return _followed(self_signed(factory), factory.sent_authorities)


def extra_chain_certificate_ca_impostor(factory: CertificateFactory) -> Credential:
    """A certificate with the trusted CA's name as its issuer's and another key's signature, followed by the CA's.

    RFC 5280 §6.1.3 (a)(1): the signature is verified with the issuer's key; that the names of the path match is not
    enough. A correct verifier answers unknown_ca, decrypt_error or bad_certificate.
    """
    return _followed(impostor_issuer(factory), factory.sent_authorities)


def extra_chain_certificate_path(factory: CertificateFactory) -> Credential:
    """A self-signed certificate, followed by the valid certificate and the trusted CA's.

    RFC 8446 §4.4.2: the first certificate is the sender's. A verifier that finds a valid path anywhere in the message
    admits everybody who appends one. A correct verifier answers unknown_ca.
    """
    genuine = (factory.leaf, *(each for each in factory.sent_authorities if each != factory.leaf))
    return _followed(self_signed(factory), genuine)


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


def _followed(credential: Credential, further: Iterable[x509.Certificate]) -> Credential:
    return Credential([*credential.chain, *further], credential.key)
