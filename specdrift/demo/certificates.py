"""The demo's certificates, generated for each run."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from specdrift.pki.battery.blueprint import key_usage

CLIENT_CA = "Demo Bank Client CA"
RETIRED_CA = "Demo Bank Client CA (retired)"
_LIFETIME = timedelta(days=60)


class Authority(Struct, frozen=True, kw_only=True):
    """A CA: certificate and private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)


class Subject(Struct, frozen=True, kw_only=True):
    """Subject of a certificate."""

    name: str
    unit: str
    """Organizational unit; the demo API uses it as the role."""
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH


def write_certificates(folder: Path) -> None:
    """Write the certificates and keys of the server and its clients into ``folder``, which must be private.

    ``server.pem`` with its key, ``server-ca.pem``, ``client-ca.pem``, ``trusted.pem`` (the trust store for clients:
    the client CA and the retired one), and certificate and key of alice, bob and old-partner.
    """
    server_ca, client_ca, retired = (
        _authority(name) for name in ("Demo Bank Server CA", CLIENT_CA, RETIRED_CA)
    )
    (folder / "server-ca.pem").write_bytes(server_ca.pem)
    (folder / "client-ca.pem").write_bytes(client_ca.pem)
    (folder / "trusted.pem").write_bytes(client_ca.pem + retired.pem)
    server = Subject(name="server", unit="api", purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    _write(folder, server, server_ca)
    _write(folder, Subject(name="alice", unit="teller"), client_ca)
    _write(folder, Subject(name="bob", unit="auditor"), client_ca)
    _write(folder, Subject(name="old-partner", unit="partner"), retired)


def _authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, key, subject, key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    certificate = builder.add_extension(key_usage(certificates=True), critical=True).sign(key, SHA256())
    return Authority(certificate=certificate, key=key)


def _write(folder: Path, subject: Subject, by: Authority) -> None:
    """One end-entity certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name(subject), key, by.certificate.subject, by.key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([subject.purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(subject)), critical=False)
        .sign(by.key, SHA256())
    )
    (folder / f"{subject.name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file = folder / f"{subject.name}.key"
    key_file.touch(mode=0o600)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _name(subject: Subject) -> x509.Name:
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, subject.unit)
    return x509.Name([unit, x509.NameAttribute(NameOID.COMMON_NAME, subject.name)])


def _alternative_names(subject: Subject) -> list[x509.GeneralName]:
    if subject.purpose != ExtendedKeyUsageOID.SERVER_AUTH:
        return [x509.DNSName(f"{subject.name}.clients.example")]
    return [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]


def _builder(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(key_id, critical=False)
        .add_extension(issuer_id, critical=False)
    )
