"""Certificates that the CA has taken back (RFC 5280 §5)."""

from dataclasses import replace

from cryptography import x509

from specdrift.pki.battery.factory import CertificateFactory, NotMintableError
from specdrift.pki.credential import Credential


def revoked(workshop: CertificateFactory) -> Credential:
    """Truly issued by the trusted CA, with a serial number that its revocation list has.

    RFC 5280 §6.3.3: a certificate on the issuer's complete CRL is revoked. A verifier that honours the list
    answers certificate_revoked. It is made only when `[client-ca] crl-file` names the list.
    """
    if workshop.crl is None:
        raise NotMintableError("needs the CRL that the server honours ([client-ca] crl-file)")
    if workshop.crl.issuer != workshop.ca.name:
        raise NotMintableError("the CRL is not from the configured client CA")
    serial = next((entry.serial_number for entry in workshop.crl if _in_force(entry)), None)
    if serial is None:
        raise NotMintableError("the CRL has no revoked certificate")
    return workshop.issued(replace(workshop.imitation(), serial=serial))


def _in_force(entry: x509.RevokedCertificate) -> bool:
    """All but the marks of a delta CRL that a certificate is good again (RFC 5280 §5.3.1)."""
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return True
    return reason is not x509.ReasonFlags.remove_from_crl
