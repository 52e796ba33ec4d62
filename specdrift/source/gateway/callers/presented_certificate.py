"""What gateways read of a client certificate."""

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.gateway.callers.distinguished_name import DistinguishedName

if TYPE_CHECKING:
    from cryptography import x509


class PresentedCertificate(Struct, frozen=True, kw_only=True):
    """The certificate of a client that is known."""

    subject: DistinguishedName
    issuer: DistinguishedName
    serial: int
    sha1: str
    """Fingerprint, in lower-case hexadecimal."""
    sha256: str
    uris: tuple[str, ...] = ()
    """Alternative names of the subject."""
    dns: tuple[str, ...] = ()

    @classmethod
    def of(cls, der: bytes) -> "PresentedCertificate | None":
        """Read a certificate; ``None`` for one that cannot be read. What reads it takes long to import."""
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        try:
            read = x509.load_der_x509_certificate(der)
            names = _alternative_names(read)
            return cls(
                subject=DistinguishedName.of(read.subject),
                issuer=DistinguishedName.of(read.issuer),
                serial=read.serial_number,
                sha1=read.fingerprint(SHA1()).hex(),  # noqa: S303 - what gateways compare
                sha256=read.fingerprint(SHA256()).hex(),
                uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
                dns=tuple(names.get_values_for_type(x509.DNSName)),
            )
        except ValueError:
            return None

    @property
    def serial_of_openssl(self) -> str | None:
        """The serial number as OpenSSL writes it: whole bytes, in upper-case hexadecimal."""
        if self.serial < 0:
            return None
        return self.serial.to_bytes(max(1, (self.serial.bit_length() + 7) // 8), "big").hex().upper()


def _alternative_names(read: "x509.Certificate") -> "x509.SubjectAlternativeName":
    from cryptography import x509

    try:
        return read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])
