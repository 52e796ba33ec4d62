"""The configured CA of the client certificates: certificate, key, CRL."""

from pathlib import Path

from cryptography import x509
from msgspec import Struct

from specdrift.errors import concerning
from specdrift.pki.chain import read_chain
from specdrift.pki.credential import KeyFile, PrivateKey
from specdrift.pki.load import belongs_to
from specdrift.pki.private_key import read_key
from specdrift.pki.sources import Files
from specdrift.settings import ClientCaSettings

_PEM_MARK = b"-----BEGIN X509 CRL-----"


class ClientCa(Struct, frozen=True, kw_only=True):
    """The files of ``[client-ca]``; ``key`` and ``crl`` are None if not configured."""

    certificates: tuple[x509.Certificate, ...] = ()
    """In the file's order."""
    key: PrivateKey | None = None
    crl: x509.CertificateRevocationList | None = None

    def certificate_for(self, leaf: x509.Certificate) -> x509.Certificate | None:
        """Return the certificate of the key, else the issuer of ``leaf``, else the first."""
        key = self.key
        candidates = (
            *(one for one in self.certificates if key is not None and belongs_to(one, key)),
            *(one for one in self.certificates if one.subject == leaf.issuer),
            *self.certificates,
        )
        return next(iter(candidates), None)


def load_client_ca(settings: ClientCaSettings) -> ClientCa:
    """Read the files of ``[client-ca]``. Raises CredentialError."""
    if settings.cert_file is None:
        return ClientCa()
    files = Files.of_client_ca(settings, settings.cert_file)
    certificates = read_chain(files)
    key = _key(files, certificates) if settings.key_file is not None else None
    with concerning("client-ca.crl-file"):
        crl = None if settings.crl_file is None else _crl(files, settings.crl_file)
    return ClientCa(certificates=certificates, key=key, crl=crl)


def _key(files: Files, certificates: tuple[x509.Certificate, ...]) -> PrivateKey:
    key = read_key(files)
    file = files.key_file or files.cert_file
    if isinstance(key, KeyFile):
        what, todo = "a key on a token cannot sign test certificates", "give the key of a test CA as PEM"
        raise files.complaint(file, what, todo)
    if not any(belongs_to(certificate, key) for certificate in certificates):
        what = "the private key belongs to no certificate of cert-file"
        raise files.complaint(file, what, "name the certificate of the CA that has this key")
    return key


def _crl(files: Files, file: Path) -> x509.CertificateRevocationList:
    content = files.read(file)
    load = x509.load_pem_x509_crl if _PEM_MARK in content else x509.load_der_x509_crl
    try:
        return load(content)
    except ValueError:
        raise files.complaint(file, "not a certificate revocation list", "give it as PEM or DER") from None
