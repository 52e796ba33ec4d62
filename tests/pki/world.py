"""A small PKI of one algorithm: a client CA with alice and bob, and a TLS server of another CA."""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct, structs

from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.policy import Expect
from specdrift.pki.battery import CertificateFactory, der
from specdrift.pki.battery.certificate_parts import CertificateParts, TbsField
from specdrift.pki.credential import Credential, PrivateKey

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)
ALGORITHMS = ("ec", "rsa", "ed25519")
REVOKED_SERIAL = 0x5EED
CAROL = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "admin"),
        x509.NameAttribute(NameOID.COMMON_NAME, "carol"),
    ]
)
CAROLS_NAMES = [
    x509.DNSName("carol.clients.example"),
    x509.RFC822Name("carol@mail.example"),
    x509.UniformResourceIdentifier("spiffe://clients.example/ns/prod/admin/carol"),
]


class Member(Struct, frozen=True):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey


class World(Struct, frozen=True, kw_only=True):
    """`ca` issued `alice`, `bob` and `carol`, who has names of every type; `server` is of `server_ca`; `crl` is of `ca`
    and current.
    """

    ca: Member
    alice: Member
    bob: Member
    carol: Member
    server_ca: Member
    server: Member
    crl: x509.CertificateRevocationList

    def factory(self, **changes: object) -> CertificateFactory:
        """Everything that an owner can give, except what `changes` sets."""
        bob = ClientIdentity(
            name="bob",
            kind=IdentityKind.CONFIGURED,
            expect=Expect.ACCEPTED,
            roles=frozenset({"admin"}),
        )
        given: dict[str, object] = {
            "victim": credential(self.alice, name="alice"),
            "now": NOW,
            "ca_certificate": self.ca.certificate,
            "ca_key": self.ca.key,
            "crl": self.crl,
            "server_certificate": self.server.certificate,
            "colleague": (bob, credential(self.bob, name="bob")),
        }
        return CertificateFactory(**(given | changes))  # type: ignore[arg-type]


def make_world(algorithm: str) -> World:
    """A new world; `algorithm` is one of `ALGORITHMS`."""
    ca, server_ca = (issue(f"test {who} CA", key=new_key(algorithm), ca=True) for who in ("client", "server"))
    alice, bob = (
        issue(name, key=new_key(algorithm), by=ca, names=_names_of(name)) for name in ("alice", "bob")
    )
    carol = issue(CAROL, key=new_key(algorithm), by=ca, names=CAROLS_NAMES)
    server = issue(
        "server",
        key=new_key("ec" if algorithm == "ed25519" else algorithm),
        by=server_ca,
        names=[x509.DNSName("localhost")],
        usage=ExtendedKeyUsageOID.SERVER_AUTH,
    )
    return World(
        ca=ca, alice=alice, bob=bob, carol=carol, server_ca=server_ca, server=server, crl=make_crl(ca)
    )


def new_key(algorithm: str) -> PrivateKey:
    """A fresh key."""
    match algorithm:
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return ec.generate_private_key(ec.SECP256R1())


def _names_of(name: str) -> list[x509.GeneralName]:
    return [x509.DNSName(f"{name}.example"), x509.UniformResourceIdentifier(f"spiffe://example/{name}")]


def issue(
    name: str | x509.Name,
    *,
    key: PrivateKey,
    by: Member | None = None,
    ca: bool = False,
    names: list[x509.GeneralName] | None = None,
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
    begins: dt.timedelta = -DAY,
    ends: dt.timedelta = 365 * DAY,
) -> Member:
    """A certificate; `by=None` signs it with its own key."""
    subject = name if isinstance(name, x509.Name) else _name(name)
    issuer = subject if by is None else by.certificate.subject
    signer = key if by is None else by.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_key_usage(ca=ca), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if usage is not None and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else SHA256()
    return Member(builder.sign(signer, digest), key)


def make_crl(ca: Member, *serials: int) -> x509.CertificateRevocationList:
    """The CA's list, on which `REVOKED_SERIAL` always is."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + 30 * DAY)
    )
    for serial in (REVOKED_SERIAL, *serials):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(ca.key, None if isinstance(ca.key, ed25519.Ed25519PrivateKey) else SHA256())


def credential(*members: Member, name: str = "") -> Credential:
    """The members' certificates with the first one's key."""
    return Credential([member.certificate for member in members], members[0].key, name=name)


def pem(*items: x509.Certificate | x509.CertificateRevocationList | PrivateKey) -> bytes:
    """All of them in one PEM text, keys unencrypted."""
    return b"".join(
        item.public_bytes(Encoding.PEM)
        if isinstance(item, x509.Certificate | x509.CertificateRevocationList)
        else item.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for item in items
    )


def written(path: Path, content: bytes) -> Path:
    """The path, after writing a private file there."""
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def for_pss_only(member: Member, by: Member) -> tuple[bytes, PrivateKey]:
    """The certificate of an RSA key with the algorithm of RFC 4055 §1.2, and the key."""
    parts = CertificateParts.of(member.certificate)
    _, key = der.members(parts.fields[TbsField.PUBLIC_KEY])
    named = der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, bytes.fromhex("06092a864886f70d01010a")), key)
    fields = [*parts.fields]
    fields[TbsField.PUBLIC_KEY] = named
    return structs.replace(parts, fields=tuple(fields)).signed(by.key).encoded(), member.key
