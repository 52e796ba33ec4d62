"""Reading a PKCS#12 archive (RFC 7292): certificate, key and chain in one file."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from specdrift.pki.chain import is_pkcs12, path_from
from specdrift.pki.credential import PrivateKey
from specdrift.pki.private_key import accepted_key
from specdrift.pki.sources import Files, Prompt


def read_archive(
    files: Files, *, prompt: Prompt | None = None
) -> tuple[tuple[x509.Certificate, ...], PrivateKey]:
    """Read the chain (end entity first) and the key. Raises CredentialError.

    The order inside the archive has no meaning: the chain is built by issuer.
    """
    file = files.cert_file
    archive = _opened(files, files.read(file), prompt)
    if archive.key is None:
        raise files.complaint(file, "holds no private key", "export the archive together with its key")
    if archive.cert is None:
        raise files.complaint(
            file, "holds no certificate for its key", "export the archive with its certificate"
        )
    others = [extra.certificate for extra in archive.additional_certs]
    return path_from(archive.cert.certificate, others), accepted_key(files, file, archive.key)


def _opened(files: Files, content: bytes, prompt: Prompt | None) -> pkcs12.PKCS12KeyAndCertificates:
    """Try no passphrase and an empty one before the configured or prompted one."""
    file = files.cert_file
    if not is_pkcs12(content):
        raise files.complaint(file, "not a PKCS#12 archive", 'set format = "pem", or name the archive')
    for guess in (None, b""):
        archive = _attempt(files, content, guess)
        if archive is not None:
            return archive
    passphrase = files.passphrase(file, prompt)
    if passphrase is None:
        todo = "give key-pass-file, or key-pass from an environment variable"
        raise files.complaint(file, "the archive is encrypted and no passphrase is known", todo)
    if not _is_text(passphrase):
        what = "the passphrase of the archive is not UTF-8, and archives take text only"
        raise files.complaint(file, what, "save key-pass-file as UTF-8, or correct key-pass")
    archive = _attempt(files, content, passphrase)
    if archive is None:
        what = "the passphrase of the archive is wrong, or the archive is damaged"
        raise files.complaint(file, what, "correct key-pass-file or key-pass, or export it again")
    return archive


def _is_text(passphrase: bytes) -> bool:
    """Whether the passphrase is text, as archives need (RFC 7292 §B.1); PEM keys take any bytes."""
    try:
        passphrase.decode()
    except UnicodeDecodeError:
        return False
    return True


def _attempt(
    files: Files, content: bytes, passphrase: bytes | None
) -> pkcs12.PKCS12KeyAndCertificates | None:
    try:
        return pkcs12.load_pkcs12(content, passphrase)
    except UnsupportedAlgorithm:
        what = "the archive uses an encryption that is not supported"
        todo = "export it again with AES, as `openssl pkcs12 -export` of OpenSSL 3 does"
        raise files.complaint(files.cert_file, what, todo) from None
    except ValueError:
        return None
