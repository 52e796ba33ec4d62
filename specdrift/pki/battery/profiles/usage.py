"""Certificates issued for another purpose (RFC 5280 §4.2.1.3 and §4.2.1.12)."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from specdrift.pki.battery.blueprint import key_usage
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.forge import forged_key
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential


def wrong_eku(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA for TLS servers: its extended key usage is serverAuth only.

    RFC 5280 §4.2.1.12: the certificate is used for one of the purposes indicated. A correct verifier answers
    unsupported_certificate or bad_certificate.
    """
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return factory.issued(factory.imitation().having(usage))


def wrong_eku_other_purposes(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA for mail and code: its extended key usage has no TLS purpose.

    RFC 5280 §4.2.1.12: the certificate is used for one of the purposes indicated (CVE-2026-33308). A correct verifier
    answers unsupported_certificate or bad_certificate.
    """
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CODE_SIGNING])
    return factory.issued(factory.imitation().having(usage))


def no_eku(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA, without the extended key usage extension.

    RFC 5280 §4.2.1.12: without it the purposes are not restricted, and every common TLS stack accepts it. It must be
    rejected only if the configuration requires clientAuth (`no-eku = "refuse"`).
    """
    return factory.issued(factory.imitation().lacking(x509.ExtendedKeyUsage))


def any_eku(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA, with anyExtendedKeyUsage instead of clientAuth.

    RFC 5280 §4.2.1.12: applications MAY reject it if they require a particular purpose. OpenSSL and rustls
    answer unsupported_certificate, Go accepts it. It is sent only if configured (`any-eku = "refuse"`).
    """
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    return factory.issued(factory.imitation().having(usage))


def unknown_critical_extension(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA, with an unknown critical extension.

    RFC 5280 §4.2: a certificate with an unrecognized critical extension is rejected. A correct verifier
    answers unsupported_certificate, bad_certificate or certificate_unknown.
    """
    # 2.999 is the arc that is reserved for examples (ITU-T X.660); the value is an ASN.1 NULL.
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    return factory.issued(factory.imitation().having(unknown, critical=True))


def ca_as_client(factory: CertificateFactory) -> Credential:
    """A CA certificate, issued by the trusted CA for the valid certificate's names, used as a client certificate.

    Its key may sign certificates, not handshakes: RFC 8446 §4.4.2.2 requires the digitalSignature bit. OpenSSL answers
    unsupported_certificate, rustls certificate_unknown, Go accepts it. It is sent only if configured
    (`ca-as-client = "refuse"`).
    """
    blueprint = (
        factory.imitation()
        .having(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .having(key_usage(certificates=True), critical=True)
    )
    return factory.issued(blueprint)


def ca_as_client_without_key(factory: CertificateFactory) -> Credential:
    """The trusted CA's own certificate, which is public, presented by a client without its private key.

    RFC 8446 §4.4.3: the client proves possession of the private key. A correct server answers decrypt_error.
    """
    if factory.ca_certificate is None:
        raise CannotGenerateError(NotGenerated.CA_CERTIFICATE)
    return Credential([factory.ca_certificate], forged_key(factory.ca_certificate.public_key()))
