"""Certificates that were issued for something else (RFC 5280 §4.2.1.3 and §4.2.1.12)."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from specdrift.pki.battery.blueprint import key_usage
from specdrift.pki.battery.factory import CertificateFactory, NotMintableError
from specdrift.pki.battery.forge import forged_key
from specdrift.pki.credential import Credential


def wrong_eku(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA, but for TLS servers: its extended key usage is serverAuth only.

    RFC 5280 §4.2.1.12: the certificate is used for one of the purposes indicated. A correct verifier answers
    unsupported_certificate or bad_certificate.
    """
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return workshop.issued(workshop.imitation().having(usage))


def no_eku(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA, without the extended key usage extension.

    RFC 5280 §4.2.1.12: without it the purposes are not restricted, so every common TLS stack accepts it. That
    is a finding only if the owner demands clientAuth (`no-eku = "refuse"`).
    """
    return workshop.issued(workshop.imitation().lacking(x509.ExtendedKeyUsage))


def any_eku(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA, with anyExtendedKeyUsage in place of clientAuth.

    RFC 5280 §4.2.1.12: applications MAY reject it where they require a particular purpose. OpenSSL and rustls
    answer unsupported_certificate, Go accepts. It is tried only if the owner asks for it
    (`any-eku = "refuse"`).
    """
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    return workshop.issued(workshop.imitation().having(usage))


def unknown_critical_extension(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA, with a critical extension that nobody knows.

    RFC 5280 §4.2: a certificate with an unrecognized critical extension is rejected. A correct verifier
    answers unsupported_certificate, bad_certificate or certificate_unknown.
    """
    # 2.999 is the arc that is reserved for examples (ITU-T X.660); the value is an ASN.1 NULL.
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    return workshop.issued(workshop.imitation().having(unknown, critical=True))


def ca_as_client(workshop: CertificateFactory) -> Credential:
    """A CA certificate, truly issued by the trusted CA for the good certificate's names, used as a client.

    Its key may sign certificates and not handshakes: RFC 8446 §4.4.2.2 demands the digitalSignature bit of
    whoever presents it. OpenSSL answers unsupported_certificate, rustls certificate_unknown, Go accepts. It
    is tried only if the owner asks for it (`ca-as-client = "refuse"`).
    """
    blueprint = (
        workshop.imitation()
        .having(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .having(key_usage(certificates=True), critical=True)
    )
    return workshop.issued(blueprint)


def ca_as_client_without_key(workshop: CertificateFactory) -> Credential:
    """The trusted CA's own certificate, which is public, presented by somebody who has not got its key.

    RFC 8446 §4.4.3: the client proves that it holds the private key. A correct server answers decrypt_error.
    """
    if workshop.ca_certificate is None:
        raise NotMintableError("needs the CA's certificate ([client-ca] cert-file)")
    return Credential([workshop.ca_certificate], forged_key(workshop.ca_certificate.public_key()))
