"""Certification paths that must not be followed (RFC 5280 §6.1)."""

from cryptography import x509

from specdrift.pki.battery.blueprint import Issuer, key_usage, pointing_at
from specdrift.pki.battery.factory import CertificateFactory, NotMintableError, unchanged
from specdrift.pki.credential import Credential, ForgedKey, KeyFile


def intermediate_not_ca(workshop: CertificateFactory) -> Credential:
    """Issued by an end entity of the trusted CA: the intermediate's basic constraints say that it is no CA.

    RFC 5280 §6.1.4 (k): every certificate above the last has cA set. A correct verifier answers unknown_ca,
    bad_certificate or certificate_unknown.
    """
    no_ca = x509.BasicConstraints(ca=False, path_length=None)
    return workshop.issued_below(lambda ca: ca.having(no_ca, critical=True))


def intermediate_not_ca_unsaid(workshop: CertificateFactory) -> Credential:
    """Issued below an intermediate without basic constraints and without key usage.

    RFC 5280 §6.1.4 (k): a version 3 certificate without basic constraints is no CA. A correct verifier
    answers unknown_ca, bad_certificate or certificate_unknown.
    """
    return workshop.issued_below(lambda ca: ca.lacking(x509.BasicConstraints).lacking(x509.KeyUsage))


def intermediate_not_ca_key_usage(workshop: CertificateFactory) -> Credential:
    """Issued below a CA whose key usage does not let it sign certificates.

    RFC 5280 §6.1.4 (n): if key usage is present, keyCertSign is set. OpenSSL and Go answer unknown_ca. The
    verifier of rustls (webpki) does not read key usage and accepts, so this one is tried only if the owner
    asks for it (`intermediate-not-ca-key-usage = "refuse"`).
    """
    usage = key_usage(certificates=False)
    return workshop.issued_below(lambda ca: ca.having(usage, critical=True))


def leaf_as_issuer(workshop: CertificateFactory) -> Credential:
    """Issued with the good certificate's own key, as if its holder were a CA.

    RFC 5280 §6.1.4 (k): an end entity cannot certify anybody. Who accepts it lets every customer make
    identities. A correct verifier answers unknown_ca, bad_certificate or certificate_unknown.
    """
    key = workshop.victim.key
    if isinstance(key, KeyFile | ForgedKey):
        raise NotMintableError("the good identity's key is on a token")
    genuine = workshop.leaf
    issuer = Issuer(name=genuine.subject, key=key, key_id=pointing_at(genuine))
    return Credential([workshop.imitation().sign(issuer), *workshop.victim.chain], workshop.key)


def path_length_exceeded(workshop: CertificateFactory) -> Credential:
    """Issued below two intermediates, of which the upper one may have no CA below it.

    RFC 5280 §6.1.4 (l): pathLenConstraint 0 allows end entities only. A correct verifier answers unknown_ca,
    bad_certificate or certificate_unknown.
    """
    limit = x509.BasicConstraints(ca=True, path_length=0)
    return workshop.issued_below(lambda ca: ca.having(limit, critical=True), unchanged)
