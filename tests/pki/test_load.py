"""Every form in which people keep certificates and keys loads, and every mistake is explained."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from specdrift.errors import CredentialError
from specdrift.model.exchange.identity import IdentityKind
from specdrift.model.policy import Expect
from specdrift.pki.credential import KeyFile
from specdrift.pki.load import identity_of, load_credential
from specdrift.pki.sources import MAX_BYTES
from specdrift.settings import CertificateFormat, Identity, Secret
from tests.pki.world import Member, World, issue, new_key, pem, written

PASSPHRASE = "correct horse"
LOCK = BestAvailableEncryption(PASSPHRASE.encode())


def encrypted(member: Member, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    """The key as encrypted PEM."""
    return member.key.private_bytes(Encoding.PEM, form, LOCK)


def archive(member: Member, *chain: Member, lock: object = LOCK, name: bytes | None = None) -> bytes:
    """A PKCS#12 archive."""
    extra = [one.certificate for one in chain]
    return pkcs12.serialize_key_and_certificates(name, member.key, member.certificate, extra, lock)  # type: ignore[arg-type]


@pytest.mark.parametrize("together", ["one file", "two files"])
@pytest.mark.parametrize("lock", ["plain", "encrypted", "traditional"])
def test_pem_in_every_form(world: World, tmp_path: Path, together: str, lock: str) -> None:
    """Leaf and chain; the key beside them or in its own file; plain or encrypted in two ways."""
    if lock == "traditional" and "25519" in type(world.alice.key).__name__:
        pytest.skip("there is no traditional form of Edwards-curve keys")
    certificates = pem(world.alice.certificate, world.ca.certificate)
    key = {
        "plain": lambda: pem(world.alice.key),
        "encrypted": lambda: encrypted(world.alice),
        "traditional": lambda: encrypted(world.alice, PrivateFormat.TraditionalOpenSSL),
    }[lock]()
    one = together == "one file"
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", certificates + (key if one else b"")),
        key_file=None if one else written(tmp_path / "alice.key", b"some text before\n" + key),
        key_pass=None if lock == "plain" else Secret(PASSPHRASE),
    )
    loaded = load_credential(settings)
    assert (world.alice.certificate, world.ca.certificate) == loaded.certificates
    assert pem(world.alice.key) == pem(loaded.key)  # type: ignore[arg-type]


def test_pkcs12_archives_put_their_chain_in_order(world: World, tmp_path: Path) -> None:
    """The order inside an archive means nothing; certificates that do not belong are left behind."""
    middle = issue("intermediate", key=new_key("ec"), by=world.ca, ca=True)
    leaf = issue("carol", key=new_key("ec"), by=middle)
    content = archive(leaf, world.bob, world.ca, middle)
    settings = Identity(
        name="carol",
        cert_file=written(tmp_path / "carol.p12", content),
        format=CertificateFormat.PKCS12,
        key_pass=Secret(PASSPHRASE),
    )
    assert (leaf.certificate, middle.certificate, world.ca.certificate) == load_credential(
        settings
    ).certificates


def test_an_archive_without_encryption_needs_no_passphrase(ec: World, tmp_path: Path) -> None:
    """A prompt is only shown when it is needed."""
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.p12", archive(ec.alice, lock=NoEncryption())),
        format=CertificateFormat.PKCS12,
    )
    loaded = load_credential(settings, prompt=pytest.fail)
    assert ec.alice.certificate == loaded.leaf


@pytest.mark.parametrize("form", list(CertificateFormat))
def test_the_prompt_names_file_and_identity(ec: World, tmp_path: Path, form: CertificateFormat) -> None:
    """A user with ten identities sees which passphrase is needed."""
    asked: list[str] = []
    content = pem(ec.alice.certificate) + encrypted(ec.alice)
    file = written(tmp_path / "alice", archive(ec.alice) if form is CertificateFormat.PKCS12 else content)

    def prompt(question: str) -> str:
        asked.append(question)
        return PASSPHRASE

    load_credential(Identity(name="alice", cert_file=file, format=form), prompt=prompt)
    assert [f"Passphrase of {file} (identity 'alice'): "] == asked


def test_the_passphrase_is_the_first_line_of_its_file(ec: World, tmp_path: Path) -> None:
    """The line end that editors add is not part of it, and neither are further lines."""
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", pem(ec.alice.certificate) + encrypted(ec.alice)),
        key_pass_file=written(tmp_path / "alice.pass", f"{PASSPHRASE}\r\nold one\n".encode()),
    )
    assert ec.alice.certificate == load_credential(settings).leaf


@pytest.mark.parametrize("passphrase", ["pässword", "Пароль"])
def test_a_passphrase_beyond_ascii_opens_an_archive(ec: World, tmp_path: Path, passphrase: str) -> None:
    """As UTF-8 it is what its owner typed."""
    lock = BestAvailableEncryption(passphrase.encode())
    file = written(tmp_path / "alice.pass", f"{passphrase}\n".encode())
    settings = p12(tmp_path, archive(ec.alice, lock=lock), key_pass_file=file)
    assert ec.alice.certificate == load_credential(settings).leaf


def test_the_passphrase_of_a_pem_key_is_bytes(ec: World, tmp_path: Path) -> None:
    """Its encryption takes any, from a file and from the environment."""
    lock = BestAvailableEncryption(b"\xff\xfe")
    key = ec.alice.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    content = pem(ec.alice.certificate) + key
    from_file = settings_for(tmp_path, content, key_pass_file=written(tmp_path / "pass", b"\xff\xfe\n"))
    secret = Secret(b"\xff\xfe".decode(errors="surrogateescape"))
    for settings in (from_file, settings_for(tmp_path, content, key_pass=secret)):
        assert ec.alice.certificate == load_credential(settings).leaf


def test_a_token_key_is_left_where_it_is(ec: World, tmp_path: Path) -> None:
    """A PKCS#11 URI is OpenSSL's business: the file's path is kept, and the PIN with it."""
    marker = b"-----BEGIN PKCS#11 PROVIDER URI-----\nAAAA\n-----END PKCS#11 PROVIDER URI-----\n"
    file = written(tmp_path / "alice.uri", marker)
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", pem(ec.alice.certificate)),
        key_file=file,
        key_pass=Secret("1234"),
    )
    key = load_credential(settings).key
    assert isinstance(key, KeyFile)
    assert (file, "1234") == (key.path, key.pin.reveal() if key.pin else "")


def test_the_public_half_of_an_identity(ec: World, tmp_path: Path) -> None:
    """Reports get names, dates and fingerprints in their usual notation."""
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", pem(ec.alice.certificate, ec.alice.key)),
        roles=frozenset({"reader"}),
        expect=Expect.REFUSED,
    )
    identity = identity_of(settings, load_credential(settings))
    facts = identity.certificate
    assert facts is not None
    assert ("alice", IdentityKind.CONFIGURED, Expect.REFUSED, frozenset({"reader"})) == (
        identity.name,
        identity.kind,
        identity.expect,
        identity.roles,
    )
    assert (facts.subject, facts.issuer) == ("CN=alice,O=Example", "CN=test client CA,O=Example")
    assert (f"{ec.alice.certificate.serial_number:x}", 64) == (facts.serial, len(facts.sha256))


Arrange = Callable[[World, Path], Identity]


def settings_for(tmp_path: Path, cert: bytes, key: bytes | None = None, **more: object) -> Identity:
    """An identity of these two files."""
    return Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", cert),
        key_file=None if key is None else written(tmp_path / "alice.key", key),
        **more,  # type: ignore[arg-type]
    )


def p12(tmp_path: Path, content: bytes, **more: object) -> Identity:
    """An identity of an archive."""
    return settings_for(tmp_path, content, format=CertificateFormat.PKCS12, **more)  # type: ignore[arg-type]


def openssh(member: Member) -> bytes:
    """The key in OpenSSH's own format."""
    return member.key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def dsa_key() -> bytes:
    """A key that TLS 1.3 cannot use."""
    return dsa.generate_private_key(1024).private_bytes(  # noqa: S505
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def damaged(content: bytes) -> bytes:
    """PEM whose base64 text is cut short."""
    lines = content.splitlines(keepends=True)
    return b"".join([lines[0], lines[1], lines[-1]])


WRONG = Secret("wrong")
MISTAKES: dict[str, tuple[Arrange, str, str]] = {
    "no certificate file": (
        lambda _, d: Identity(name="alice", cert_file=d / "alice.pem"),
        "alice.pem: no such file",
        "correct the path",
    ),
    "a directory": (
        lambda _, d: Identity(name="alice", cert_file=d),
        "cannot be read (is a directory)",
        "check its type and permissions",
    ),
    "a huge file": (
        lambda _, d: settings_for(d, b"x" * (MAX_BYTES + 1)),
        "larger than 4 MiB",
        "name the certificate or key file itself",
    ),
    "an empty file": (lambda _, d: settings_for(d, b""), "not PEM", "give the certificate as PEM"),
    "DER": (
        lambda w, d: settings_for(d, w.alice.certificate.public_bytes(Encoding.DER)),
        "a DER certificate, not PEM",
        "openssl x509 -inform DER",
    ),
    "an archive taken for PEM": (
        lambda w, d: settings_for(d, archive(w.alice)),
        "looks like PKCS#12, not PEM",
        'format = "p12"',
    ),
    "PEM taken for an archive": (
        lambda w, d: p12(d, pem(w.alice.certificate)),
        "not a PKCS#12 archive",
        'format = "pem"',
    ),
    "a key in place of the certificate": (
        lambda w, d: settings_for(d, pem(w.alice.key)),
        "holds no certificate",
        "put the certificate first",
    ),
    "a damaged certificate": (
        lambda w, d: settings_for(d, pem(w.ca.certificate) + damaged(pem(w.alice.certificate))),
        "certificate 2 of 2 is damaged",
        "export it again",
    ),
    "no key at all": (
        lambda w, d: settings_for(d, pem(w.alice.certificate)),
        "alice.pem: holds no private key",
        "name the key's file in key-file",
    ),
    "certificate and key exchanged": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), pem(w.alice.certificate)),
        "alice.key: holds a certificate and no private key",
        "exchange cert-file and key-file",
    ),
    "a key that is not PEM": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), b"\x30\x00"),
        "alice.key: not PEM",
        "openssl pkey -inform DER",
    ),
    "another kind of block": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), pem(w.crl)),
        "holds no private key but X509 CRL",
        "name the key's file",
    ),
    "an OpenSSH key": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), openssh(w.alice)),
        "an OpenSSH key, not a PEM one",
        "ssh-keygen -p -m PEM",
    ),
    "a DSA key": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), dsa_key()),
        "a DSA key cannot sign in TLS",
        "use an RSA, EC, Ed25519 or Ed448 key",
    ),
    "a damaged key": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), damaged(pem(w.alice.key))),
        "the private key is damaged",
        "export it again",
    ),
    "an encrypted key without passphrase": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), encrypted(w.alice)),
        "the private key is encrypted and no passphrase is known",
        "give key-pass-file",
    ),
    "a wrong passphrase": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), encrypted(w.alice), key_pass=WRONG),
        "the passphrase of the private key is wrong",
        "correct key-pass-file or key-pass",
    ),
    "no passphrase file": (
        lambda w, d: settings_for(
            d, pem(w.alice.certificate), encrypted(w.alice), key_pass_file=d / "alice.pass"
        ),
        "alice.pass: no such file",
        "correct the path",
    ),
    "an archive without passphrase": (
        lambda w, d: p12(d, archive(w.alice)),
        "the archive is encrypted and no passphrase is known",
        "give key-pass-file",
    ),
    "an archive with a wrong passphrase": (
        lambda w, d: p12(d, archive(w.alice), key_pass=WRONG),
        "the passphrase of the archive is wrong, or the archive is damaged",
        "correct key-pass-file",
    ),
    "an archive with a passphrase file that is no text": (
        lambda w, d: p12(d, archive(w.alice), key_pass_file=written(d / "alice.pass", b"\xff\xfe\x00")),
        "the passphrase of the archive is not UTF-8",
        "save key-pass-file as UTF-8",
    ),
    "an archive with a passphrase variable that is no text": (
        lambda w, d: p12(d, archive(w.alice), key_pass=Secret(b"\xff".decode(errors="surrogateescape"))),
        "the passphrase of the archive is not UTF-8",
        "correct key-pass",
    ),
    "an archive without key": (
        lambda w, d: p12(
            d, pkcs12.serialize_key_and_certificates(None, None, None, [w.alice.certificate], NoEncryption())
        ),
        "holds no private key",
        "export the archive together with its key",
    ),
    "key of another certificate": (
        lambda w, d: settings_for(d, pem(w.alice.certificate), pem(w.bob.key)),
        "the private key does not belong to the certificate",
        "name the key that it was issued for",
    ),
    "the chain before the leaf": (
        lambda w, d: settings_for(d, pem(w.ca.certificate, w.alice.certificate), pem(w.alice.key)),
        "the private key belongs to certificate 2 of the chain",
        "put the end-entity certificate first",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_one_sentence_that_says_what_to_do(ec: World, tmp_path: Path, mistake: str) -> None:
    """Whose, which file, what is wrong; what to do. Nothing secret is in it."""
    arrange, what, todo = MISTAKES[mistake]
    with pytest.raises(CredentialError) as caught:
        load_credential(arrange(ec, tmp_path))
    text = str(caught.value)
    assert text.startswith(f"identity 'alice': {tmp_path}")
    assert what in text.partition("; ")[0]
    assert todo in text.partition("; ")[2]
    assert "wrong" not in text.replace("is wrong", "")
    assert "\n" not in text
