"""Invalid certification paths (RFC 5280 §6.1)."""

from cryptography import x509

from specdrift.pki.battery.blueprint import Issuer, key_usage, pointing_at
from specdrift.pki.battery.factory import CertificateFactory, unchanged
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential, ForgedKey, KeyFile


def intermediate_not_ca(factory: CertificateFactory) -> Credential:
    """Issued by an end entity of the trusted CA: the intermediate's basic constraints are critical and have cA false.

    RFC 5280 §6.1.4 (k): every certificate above the last has cA set. A correct verifier answers unknown_ca,
    bad_certificate or certificate_unknown.
    """
    no_ca = x509.BasicConstraints(ca=False, path_length=None)
    return factory.issued_below(lambda ca: ca.having(no_ca, critical=True))


def intermediate_not_ca_not_critical(factory: CertificateFactory) -> Credential:
    """Issued by an end entity of the trusted CA: the intermediate's basic constraints are not critical, with cA false.

    RFC 5280 §6.1.4 (k) does not depend on the criticality: an end entity's basic constraints may be either (§4.2.1.9).
    A correct verifier answers unknown_ca, bad_certificate or certificate_unknown.
    """
    no_ca = x509.BasicConstraints(ca=False, path_length=None)
    return factory.issued_below(lambda ca: ca.having(no_ca, critical=False))


def intermediate_not_ca_unsaid(factory: CertificateFactory) -> Credential:
    """Issued by an intermediate without basic constraints and without key usage.

    RFC 5280 §6.1.4 (k): a version 3 certificate without basic constraints is not a CA. A correct verifier
    answers unknown_ca, bad_certificate or certificate_unknown.
    """
    return factory.issued_below(lambda ca: ca.lacking(x509.BasicConstraints).lacking(x509.KeyUsage))


def intermediate_not_ca_key_usage(factory: CertificateFactory) -> Credential:
    """Issued by an intermediate CA whose key usage lacks keyCertSign.

    RFC 5280 §6.1.4 (n): if key usage is present, keyCertSign is set. OpenSSL and Go answer unknown_ca. rustls (webpki)
    ignores key usage and accepts it, so it is sent only if configured
    (`intermediate-not-ca-key-usage = "refuse"`).
    """
    usage = key_usage(certificates=False)
    return factory.issued_below(lambda ca: ca.having(usage, critical=True))


def leaf_as_issuer(factory: CertificateFactory) -> Credential:
    """Issued with the valid certificate's own key, as if its holder were a CA.

    RFC 5280 §6.1.4 (k): an end entity cannot issue certificates. If the server accepts it, every client can make
    identities. A correct verifier answers unknown_ca, bad_certificate or certificate_unknown.
    """
    key = factory.victim.key
    if isinstance(key, KeyFile | ForgedKey):
        raise CannotGenerateError(NotGenerated.KEY_NOT_READABLE)
    genuine = factory.leaf
    issuer = Issuer(name=genuine.subject, key=key, key_id=pointing_at(genuine))
    return Credential([factory.imitation().sign(issuer), *factory.victim.chain], factory.key)


def path_length_exceeded(factory: CertificateFactory) -> Credential:
    """Issued below two intermediates; the upper one has path length 0.

    RFC 5280 §6.1.4 (l): pathLenConstraint 0 allows end entities only. A correct verifier answers unknown_ca,
    bad_certificate or certificate_unknown.
    """
    limit = x509.BasicConstraints(ca=True, path_length=0)
    return factory.issued_below(lambda ca: ca.having(limit, critical=True), unchanged)
