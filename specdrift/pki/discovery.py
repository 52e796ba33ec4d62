"""Discovers client certificates with their keys, and their CAs, in a folder."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import Struct
from msgspec.structs import replace

from specdrift.pki.chain import certified_key, is_pkcs12, issued
from specdrift.pki.pem import PemBlock, PemKind, blocks

FOLDERS = (".", "certs", "certificates", "tls", "ssl", "pki")
"""Usual folders of certificates; subfolders are not searched."""
MAX_FILES, MAX_BYTES = 500, 256 * 1024
_DECORATION = re.compile(r"[._-](cert|crt|client|chain|bundle|fullchain)$|^(client)[._-]", re.IGNORECASE)


class DiscoveredIdentity(Struct, frozen=True, kw_only=True):
    """A client certificate with its key."""

    name: str
    cert_file: Path
    key_file: Path | None = None
    """None if the certificate's file has the key or is an archive."""
    encrypted: bool = False
    expired: bool = False
    not_yet_valid: bool = False
    serves_too: bool = False
    """Whether its extended key usage also allows servers to use it."""
    issuers: tuple[str, ...] = ()
    """Issuers in its chain (RFC 4514); empty for an archive."""
    sha256: str = ""
    """Fingerprint of the leaf; empty for an archive."""


class DiscoveredFiles(Struct, frozen=True, kw_only=True):
    """The usable files of a folder."""

    identities: tuple[DiscoveredIdentity, ...] = ()
    client_ca: Path | None = None
    """Issuer of the identities."""
    server_ca: Path | None = None
    """Issuer of a server certificate in the folder, or the most likely one."""
    authorities: tuple[Path, ...] = ()
    """All files that begin with a CA certificate."""


class _File(Struct, frozen=True, kw_only=True):
    """The content of a file."""

    path: Path
    certificates: tuple[x509.Certificate, ...]
    keys: frozenset[bytes]
    """SubjectPublicKeyInfo of each unencrypted private key."""
    locked: bool
    """Whether it has an encrypted private key."""


def discover_credentials(folder: Path, *, now: datetime) -> DiscoveredFiles:
    """Read the small files of the usual folders. Encrypted keys stay encrypted; unreadable files are skipped."""
    files = [_opened(path, content) for path, content in _contents(folder)]
    authorities = [f for f in files if f.certificates and _is_ca(f.certificates[0])]
    leaves = [f for f in files if f.certificates and not _is_ca(f.certificates[0])]
    clients = [f for f in leaves if _serves(f.certificates[0], ExtendedKeyUsageOID.CLIENT_AUTH)]
    servers = [f for f in leaves if f not in clients]
    identities = [identity for f in clients if (identity := _identity(f, files, now=now))]
    archives = [
        DiscoveredIdentity(name=_name(path), cert_file=path, encrypted=True)
        for path, content in _contents(folder)
        if is_pkcs12(content)
    ]
    client_ca = _issuer(authorities, clients)
    return DiscoveredFiles(
        identities=tuple(_distinct([*identities, *archives])),
        client_ca=client_ca,
        server_ca=_issuer(authorities, servers) or _likely_server_ca(authorities, client_ca),
        authorities=tuple(file.path for file in authorities),
    )


def _likely_server_ca(authorities: Sequence[_File], client_ca: Path | None) -> Path | None:
    """Return the only CA named "server", else the only CA without identities, else the only CA."""
    others = [file for file in authorities if file.path != client_ca]
    named = [file for file in others if "server" in file.path.name.lower()]
    return next((few[0].path for few in (named, others, authorities) if len(few) == 1), None)


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    files = (path for name in FOLDERS for path in sorted((folder / name).glob("*")) if path.is_file())
    for _, path in zip(range(MAX_FILES), files, strict=False):
        try:
            if path.stat().st_size <= MAX_BYTES:
                yield path, path.read_bytes()
        except OSError:
            continue


def _opened(path: Path, content: bytes) -> _File:
    found = blocks(content)
    keys = [block for block in found if block.kind is PemKind.KEY]
    return _File(
        path=path,
        certificates=tuple(c for b in found if b.kind is PemKind.CERTIFICATE for c in _certificate(b)),
        keys=frozenset(key for block in keys if not block.encrypted for key in _public(block)),
        locked=any(block.encrypted for block in keys),
    )


def _certificate(block: PemBlock) -> Iterator[x509.Certificate]:
    try:
        yield x509.load_pem_x509_certificate(block.text)
    except ValueError:
        return


def _public(block: PemBlock) -> Iterator[bytes]:
    try:
        key = load_pem_private_key(block.text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return
    yield key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _identity(file: _File, files: Sequence[_File], *, now: datetime) -> DiscoveredIdentity | None:
    """Return the identity, or None without a key. Encrypted keys are matched by file name."""
    leaf = file.certificates[0]
    certified = certified_key(leaf)
    spki = certified.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if certified else b""
    holder = next((other for other in files if spki in other.keys), None)
    locked = next((f for f in files if f.locked and _name(f.path) == _name(file.path)), None)
    key = holder or locked
    if key is None:
        return None
    return DiscoveredIdentity(
        name=_name(file.path),
        cert_file=file.path,
        key_file=None if key is file else key.path,
        encrypted=holder is None,
        expired=leaf.not_valid_after_utc < now,
        not_yet_valid=leaf.not_valid_before_utc > now,
        serves_too=_names_usage(leaf, ExtendedKeyUsageOID.SERVER_AUTH),
        issuers=tuple(each.issuer.rfc4514_string() for each in file.certificates),
        sha256=leaf.fingerprint(SHA256()).hex(),
    )


def _name(path: Path) -> str:
    return _DECORATION.sub("", path.name.split(".")[0]) or path.stem


def _distinct(identities: Sequence[DiscoveredIdentity]) -> Iterator[DiscoveredIdentity]:
    """Make names unique: the second of a name gets its file's suffix."""
    names: set[str] = set()
    for one in identities:
        name = one.name if one.name not in names else f"{one.name}-{one.cert_file.suffix.lstrip('.')}"
        if name not in names:
            names.add(name)
            yield replace(one, name=name)


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _serves(certificate: x509.Certificate, usage: x509.ObjectIdentifier) -> bool:
    """Whether the extended key usage allows it (RFC 5280 §4.2.1.12). Without the extension all usages are allowed."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return True
    return usage in usages or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usages


def _names_usage(certificate: x509.Certificate, usage: x509.ObjectIdentifier) -> bool:
    try:
        return usage in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False


def _issuer(authorities: Sequence[_File], leaves: Sequence[_File]) -> Path | None:
    return next(
        (
            authority.path
            for authority in authorities
            for leaf in leaves
            if issued(authority.certificates[0], leaf.certificates[0])
        ),
        None,
    )
