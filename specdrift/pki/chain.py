"""Reads certificate chains and builds paths (RFC 5280 §6.1, RFC 8446 §4.4.2)."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from specdrift.pki.pem import PemKind, blocks
from specdrift.pki.sources import Files


def read_chain(files: Files) -> tuple[x509.Certificate, ...]:
    """Read the certificates of a PEM file in the file's order. Raises CredentialError."""
    file = files.cert_file
    content = files.read(file)
    found = blocks(content)
    certificates = [block for block in found if block.kind is PemKind.CERTIFICATE]
    if not certificates:
        raise files.complaint(file, *_why_no_certificate(content, has_blocks=bool(found)))
    chain = []
    for number, block in enumerate(certificates, start=1):
        try:
            chain.append(x509.load_pem_x509_certificate(block.text))
        except ValueError:
            what = f"certificate {number} of {len(certificates)} is damaged"
            raise files.complaint(file, what, "export it again") from None
    return tuple(chain)


def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether ``issuer`` issued ``subject``: the names match and the signature verifies."""
    if issuer.subject != subject.issuer:
        return False
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def path_from(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return ``leaf`` and those of ``others`` that continue its path, each the issuer of the one before."""
    path = [leaf]
    while (above := next((c for c in others if c not in path and issued(c, path[-1])), None)) is not None:
        path.append(above)
    return tuple(path)


def _why_no_certificate(content: bytes, *, has_blocks: bool) -> tuple[str, str]:
    if has_blocks:
        return "holds no certificate", "put the certificate first, then its chain"
    if _is_certificate(content):
        return (
            "a DER certificate, not PEM",
            "convert it with `openssl x509 -inform DER -in CERT -out CERT.pem`",
        )
    if is_pkcs12(content):
        return "looks like PKCS#12, not PEM", 'set format = "p12" (option --cert-type p12)'
    return "not PEM", "give the certificate as PEM, then its chain"


def _is_certificate(content: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(content)
    except ValueError:
        return False
    return True


def is_pkcs12(content: bytes) -> bool:
    """Whether the content starts like a PFX: a SEQUENCE with version 3 (RFC 7292 §4)."""
    return content[:1] == b"\x30" and b"\x02\x01\x03" in content[:8]


def certified_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    """The public key; ``None`` if it is invalid, or of a kind that is not supported."""
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
