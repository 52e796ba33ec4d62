"""What else stands in the Certificate message: too little, or too much (RFC 8446 §4.4.2).

The first certificate is the sender's. Everything after it only helps to build a path.
"""

from specdrift.pki.battery.blueprint import Issuer, common_name, pointing_at_key
from specdrift.pki.battery.factory import CertificateFactory, NotMintableError, unchanged
from specdrift.pki.battery.profiles.trust import untrusted_issuer
from specdrift.pki.credential import Credential


def missing_intermediate(workshop: CertificateFactory) -> Credential:
    """Truly issued below the trusted CA by an intermediate that was made today and is not sent along.

    RFC 5280 §6.1: without the intermediate there is no path to a trust anchor. A correct verifier answers
    unknown_ca.
    """
    whole = workshop.issued_below(unchanged)
    return Credential(whole.chain[:1], whole.key)


def extra_chain_certificate(workshop: CertificateFactory) -> Credential:
    """A certificate of an untrusted CA, with the genuine good certificate sent behind it.

    RFC 8446 §4.4.2: the first certificate is the sender's; a genuine one further down proves nothing, since
    certificates are public. A correct verifier answers unknown_ca.
    """
    attacker = untrusted_issuer(workshop)
    return Credential([attacker.chain[0], *workshop.victim.chain], attacker.key)


def extra_chain_certificate_after(workshop: CertificateFactory) -> Credential:
    """The good certificate and its chain, followed by a root that has nothing to do with them.

    RFC 8446 §4.4.2: implementations should be prepared for extraneous certificates. Every common TLS stack
    accepts it as the good identity.
    """
    name, key = common_name("specdrift unrelated root"), workshop.issuer_key
    itself = Issuer(name=name, key=key, key_id=pointing_at_key(key.public_key()))
    unrelated = workshop.authority(name, key).sign(itself)
    return Credential([*workshop.victim.chain, unrelated], workshop.victim.key)


def extra_chain_certificate_victim(workshop: CertificateFactory) -> Credential:
    """A valid certificate of somebody else, with the genuine good certificate sent behind it.

    RFC 8446 §4.4.2: the caller is who the first certificate says. An application that goes through the whole
    message takes the caller for the other (CVE-2023-2422). It must do what it does for the first one alone.
    """
    stranger = workshop.issued(workshop.stranger())
    return Credential([*stranger.chain, *workshop.victim.chain], stranger.key)


def extra_chain_certificate_colleague(workshop: CertificateFactory) -> Credential:
    """Another configured identity's certificate, with the genuine good certificate sent behind it.

    RFC 8446 §4.4.2: the caller is who the first certificate says. An application that goes through the whole
    message takes the caller for the other (CVE-2023-2422). It must do what it does for the first one alone.
    """
    if workshop.colleague is None:
        raise NotMintableError("needs a second configured identity")
    _, own = workshop.colleague
    return Credential([*own.chain, *workshop.victim.chain], own.key)
