"""Revoked certificates (RFC 5280 §5)."""

from cryptography import x509
from msgspec.structs import replace

from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential


def revoked(factory: CertificateFactory) -> Credential:
    """Issued by the trusted CA, with a serial number from its CRL.

    RFC 5280 §6.3.3: a certificate on the issuer's complete CRL is revoked. A verifier that uses the CRL answers
    certificate_revoked. It is made only if `[client-ca] crl-file` is set.
    """
    if factory.crl is None:
        raise CannotGenerateError(NotGenerated.CRL)
    if factory.crl.issuer != factory.ca.name:
        raise CannotGenerateError(NotGenerated.CRL_ISSUER)
    serial = next((entry.serial_number for entry in factory.crl if _in_force(entry)), None)
    if serial is None:
        raise CannotGenerateError(NotGenerated.CRL_EMPTY)
    return factory.issued(replace(factory.imitation(), serial=serial))


def _in_force(entry: x509.RevokedCertificate) -> bool:
    """Exclude removeFromCRL entries of delta CRLs (RFC 5280 §5.3.1)."""
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return True
    return reason is not x509.ReasonFlags.remove_from_crl
