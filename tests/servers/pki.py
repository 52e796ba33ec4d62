"""The certificates of the test servers and their callers, created anew for every run.

All keys are EC P-256, valid certificates are long-lived, and nothing is committed.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("localhost", "secure.localhost", "public.localhost")
"""DNS names of the server certificate; it is valid for 127.0.0.1 and ::1 as well."""


class Pair(Struct, frozen=True, kw_only=True):
    """A certificate (leaf, then its chain) and its private key, both PEM files."""

    cert: Path
    key: Path


class TestPki(Struct, frozen=True, kw_only=True):
    """All certificate files of one test run, in one private directory.

    `alice` (role reader) and `bob` (role admin) are valid; `revoked` is listed in `crl`;
    the others must be rejected: `expired`, `not_yet_valid`, `self_signed`, `untrusted`
    (a CA of another name), `impostor` (a CA of the client CA's name, with another key, as the
    certificate's authority key identifier says: a verifier that accepts unknown issuers accepts it too),
    `leaf_as_issuer` (signed by alice) and `extra_chain` (as `untrusted`, with alice's sent along).
    `alice_then_bob` is alice, with bob's certificate sent along.
    """

    __test__: ClassVar[bool] = False  # not a test class, despite its name

    directory: Path
    server_ca: Path
    server_cert: Path
    server_key: Path
    client_ca: Path
    client_ca_key: Path
    crl: Path
    other_ca: Path
    public_ca: Path
    """Stands for one that certifies anybody."""
    alice: Pair
    bob: Pair
    revoked: Pair
    expired: Pair
    not_yet_valid: Pair
    self_signed: Pair
    untrusted: Pair
    public: Pair
    """Of the owner, for another purpose."""
    impostor: Pair
    leaf_as_issuer: Pair
    extra_chain: Pair
    alice_then_bob: Pair

    @property
    def own(self) -> Pair:
        """Alice, as configured with a scheme."""
        return self.alice

    @property
    def partner(self) -> Pair:
        """Bob, as configured with another scheme."""
        return self.bob

    @property
    def chief(self) -> Pair:
        """Bob, as configured with both roles."""
        return self.bob

    @property
    def unknown(self) -> Pair:
        """Bob, as configured without roles."""
        return self.bob


class Validity(Struct, frozen=True, kw_only=True):
    """Days from now until the certificate begins and ends to be valid."""

    begins: int = -2
    ends: int = 3650


class Issuer(Struct, frozen=True, kw_only=True):
    """A certificate authority's name and key."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey


LONG = Validity()
CLIENT_CA_NAME = "specdrift test client CA"


def make_pki(directory: Path) -> TestPki:
    """Write a complete set of certificates into `directory` (created, mode 0700)."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    server_ca = _issuer("specdrift test server CA")
    client_ca = _issuer(CLIENT_CA_NAME)
    server = _leaf(directory, "server", by=server_ca, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    revoked = _leaf(directory, "revoked", by=client_ca)
    alice = _leaf(directory, "alice", by=client_ca, role="reader")
    bob = _leaf(directory, "bob", by=client_ca, role="admin")
    other_ca, public_ca = _issuer("specdrift test other CA"), _issuer("specdrift test public CA")
    return TestPki(
        directory=directory,
        server_ca=_write(directory / "server-ca.pem", _pem(_ca_certificate(server_ca))),
        server_cert=server.cert,
        server_key=server.key,
        client_ca=_write(directory / "client-ca.pem", _pem(_ca_certificate(client_ca))),
        client_ca_key=_write(directory / "client-ca.key", _key_pem(client_ca.key)),
        crl=_write(directory / "client-ca.crl", _crl(client_ca, revoked)),
        other_ca=_write(directory / "other-ca.pem", _pem(_ca_certificate(other_ca))),
        public_ca=_write(directory / "public-ca.pem", _pem(_ca_certificate(public_ca))),
        alice=alice,
        bob=bob,
        revoked=revoked,
        expired=_leaf(directory, "expired", by=client_ca, valid=Validity(begins=-60, ends=-30)),
        not_yet_valid=_leaf(directory, "not-yet", by=client_ca, valid=Validity(begins=30, ends=60)),
        self_signed=_leaf(directory, "self-signed", by=None),
        untrusted=_leaf(directory, "untrusted", by=other_ca),
        public=_leaf(directory, "public", by=public_ca),
        impostor=_leaf(directory, "impostor", by=_issuer(CLIENT_CA_NAME)),
        leaf_as_issuer=_leaf(directory, "leaf-as-issuer", by=_holder(alice), followed_by=alice),
        extra_chain=_leaf(directory, "extra-chain", by=other_ca, followed_by=alice),
        alice_then_bob=Pair(
            cert=_write(directory / "alice-then-bob.pem", alice.cert.read_bytes() + bob.cert.read_bytes()),
            key=alice.key,
        ),
    )


def _name(common_name: str, *, role: str = "reader") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _issuer(common_name: str) -> Issuer:
    return Issuer(name=_name(common_name, role="CA"), key=ec.generate_private_key(ec.SECP256R1()))


def _holder(pair: Pair) -> Issuer:
    """Return a certificate holder that signs with its key as if it were a CA."""
    key = load_pem_private_key(pair.key.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Issuer(name=x509.load_pem_x509_certificate(pair.cert.read_bytes()).subject, key=key)


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: Issuer, valid: Validity
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    public = issuer.key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=valid.begins))
        .not_valid_after(now + dt.timedelta(days=valid.ends))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )


def _ca_certificate(ca: Issuer) -> x509.Certificate:
    usage = _key_usage(signs_certificates=True)
    return (
        _builder(ca.name, ca.key, ca, LONG)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(ca.key, SHA256())
    )


def _leaf(
    directory: Path,
    name: str,
    *,
    by: Issuer | None,
    role: str = "reader",
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    valid: Validity = LONG,
    followed_by: Pair | None = None,
) -> Pair:
    """Issue an end-entity certificate; `by=None` signs it with its own key.

    The chain continues with the certificate of `followed_by`.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name, role=role)
    issuer = by or Issuer(name=subject, key=key)
    certificate = (
        _builder(subject, key, issuer, valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_subject_names(name, role)), critical=False)
        .sign(issuer.key, SHA256())
    )
    chain = followed_by.cert.read_bytes() if followed_by else b""
    return Pair(
        cert=_write(directory / f"{name}.pem", _pem(certificate) + chain),
        key=_write(directory / f"{name}.key", _key_pem(key)),
    )


def _subject_names(name: str, role: str) -> list[x509.GeneralName]:
    if name != "server":
        spiffe_id = x509.UniformResourceIdentifier(f"spiffe://clients.example/{role}/{name}")
        return [spiffe_id, x509.DNSName(f"{name}.clients.example")]
    addresses = [ipaddress.ip_address(text) for text in ("127.0.0.1", "::1")]
    return [*map(x509.DNSName, NAMES), *map(x509.IPAddress, addresses)]


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _crl(ca: Issuer, revoked: Pair) -> bytes:
    """Build the client CA's current revocation list with `revoked` on it."""
    now = dt.datetime.now(dt.UTC)
    serial = x509.load_pem_x509_certificate(revoked.cert.read_bytes()).serial_number
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.name)
        .last_update(now - dt.timedelta(days=1))
        .next_update(now + dt.timedelta(days=LONG.ends))
        .add_revoked_certificate(entry)
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(ca.key, SHA256())
        .public_bytes(Encoding.PEM)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
