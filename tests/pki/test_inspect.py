"""`specdrift identities`: what is wrong with an identity, said without asking a server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.pki.battery import generate
from specdrift.pki.inspection import remarks
from specdrift.pki.inspection.inspecting import Advice, inspection_of
from specdrift.pki.inspection.public_roots import public_root_names, public_roots
from specdrift.settings import CertificateFormat, Identity
from tests.pki.world import DAY, NOW, Member, World, issue, new_key, pem, written

Parts = tuple[list[x509.Certificate], Member]
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def advice(
    tmp_path: Path,
    parts: Parts,
    *,
    expect: Expect = Expect.ACCEPTED,
    issuers: tuple[x509.Certificate, ...] = (),
) -> list[tuple[Severity, str]]:
    """What is said of these certificates with that member's key."""
    chain, holder = parts
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", pem(*chain)),
        key_file=written(tmp_path / "alice.key", pem(holder.key)),
        expect=expect,
    )
    return [(one.severity, one.message) for one in inspection_of(settings, now=NOW, issuers=issuers).advice]


def alone(member: Member) -> Parts:
    """A certificate without chain."""
    return [member.certificate], member


def test_a_valid_identity_needs_no_advice(world: World, tmp_path: Path) -> None:
    """Silence means that nothing is wrong."""
    assert advice(tmp_path, alone(world.alice), issuers=(world.ca.certificate,)) == []


def middle(world: World, **changes: object) -> Member:
    """An intermediate of the client CA."""
    return issue("intermediate", **({"key": new_key("ec"), "by": world.ca, "ca": True} | changes))  # type: ignore[arg-type]


def below(issuer: Member, world: World, *order: int) -> Parts:
    """A leaf below `issuer`; the file has leaf (0), issuer (1), root (2) and bob (3) in this order."""
    leaf = issue("alice", key=new_key("ec"), by=issuer)
    everyone = [leaf.certificate, issuer.certificate, world.ca.certificate, world.bob.certificate]
    return [everyone[position] for position in order], leaf


def sha1_signed(world: World) -> Parts:
    """A certificate with a SHA-1 signature, from the battery."""
    ((_, generated),) = generate(["weak-signature"], world.factory())
    return list(generated.certificates), Member(generated.leaf, generated.key)  # type: ignore[arg-type]


def of(world: World, **changes: object) -> Parts:
    """A leaf of the client CA."""
    return alone(issue("alice", **({"key": new_key("ec"), "by": world.ca} | changes)))  # type: ignore[arg-type]


FINDINGS: dict[str, tuple[Callable[[World], Parts], Severity, str]] = {
    "another's key": (
        lambda w: ([w.alice.certificate], w.bob),
        ERROR,
        "the private key does not belong to the certificate; name the key that it was issued for",
    ),
    "expired": (lambda w: of(w, begins=-9 * DAY, ends=-DAY), ERROR, "expired on "),
    "expires soon": (lambda w: of(w, ends=29 * DAY), WARNING, "expires on "),
    "not yet valid": (lambda w: of(w, begins=DAY), ERROR, "not valid before "),
    "a server's certificate": (
        lambda w: of(w, usage=ExtendedKeyUsageOID.SERVER_AUTH),
        WARNING,
        "extended key usage lacks clientAuth",
    ),
    "a CA": (lambda w: alone(middle(w)), WARNING, "this is a CA certificate"),
    "cannot sign": (lambda w: alone(middle(w)), WARNING, "key usage lacks digitalSignature"),
    "a short key": (
        lambda w: of(w, key=rsa.generate_private_key(65537, 1024)),  # noqa: S505
        WARNING,
        "the key is weak (RSA 1024 bit)",
    ),
    "SHA-1": (sha1_signed, WARNING, "the certificate is signed with SHA1"),
    "a stray certificate": (
        lambda w: ([w.alice.certificate, w.bob.certificate], w.alice),
        WARNING,
        "'CN=bob,O=Example' is not an issuer of the certificate",
    ),
    "leaf not first": (
        lambda w: below(middle(w), w, 1, 0),
        ERROR,
        "the private key belongs to certificate 2 of the chain",
    ),
    "issuers in the wrong order": (
        lambda w: below(middle(w), w, 0, 2, 1),
        WARNING,
        "the chain is out of order",
    ),
    "the root sent along": (
        lambda w: below(middle(w), w, 0, 1, 2),
        NOTE,
        "the root 'CN=test client CA,O=Example' need not be sent",
    ),
    "an expired issuer": (
        lambda w: below(middle(w, begins=-9 * DAY, ends=-DAY), w, 0, 1),
        WARNING,
        "the issuer 'CN=intermediate,O=Example' is outside its validity",
    ),
    "a missing intermediate": (
        lambda w: below(middle(w), w, 0),
        WARNING,
        "the client CA did not issue 'CN=alice,O=Example'; add the intermediate 'CN=intermediate,O=Example'",
    ),
    "self-signed": (lambda w: of(w, by=None), NOTE, "self-signed"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_each_defect_is_reported(ec: World, tmp_path: Path, case: str) -> None:
    """Each defect has its remark, with its severity."""
    arrange, severity, text = FINDINGS[case]
    found = advice(tmp_path, arrange(ec), issuers=(ec.ca.certificate,))
    assert [severity] == [one for one, message in found if message.startswith(text)], found


def test_an_identity_that_is_to_be_refused_may_be_out_of_date(ec: World, tmp_path: Path) -> None:
    """An expired certificate with expect = "refused" is exactly what its owner wants."""
    assert advice(tmp_path, of(ec, begins=-9 * DAY, ends=-DAY), expect=Expect.REFUSED) == []


def test_errors_come_first(ec: World, tmp_path: Path) -> None:
    """What makes an identity useless is not hidden below notes."""
    parts = of(ec, begins=-9 * DAY, ends=-DAY, usage=ExtendedKeyUsageOID.SERVER_AUTH, by=None)
    assert [severity for severity, _ in advice(tmp_path, parts)] == [ERROR, WARNING, NOTE]


def test_broken_chain_and_broken_key_are_both_reported(tmp_path: Path) -> None:
    """One mistake does not hide the other."""
    settings = Identity(name="alice", cert_file=tmp_path / "a.pem", key_file=tmp_path / "a.key")
    expected = [
        Advice(
            identity="alice",
            severity=ERROR,
            message=f"identity 'alice': {tmp_path / name}: no such file; correct the path",
        )
        for name in ("a.pem", "a.key")
    ]
    assert expected == list(inspection_of(settings, now=NOW).advice)


def test_a_broken_archive_is_reported(tmp_path: Path) -> None:
    """PKCS#12 is one file and one error."""
    file = written(tmp_path / "a.p12", b"junk")
    settings = Identity(name="alice", cert_file=file, format=CertificateFormat.PKCS12)
    (only,) = inspection_of(settings, now=NOW).advice
    assert "not a PKCS#12 archive" in only.message


def test_key_files_that_others_can_read_are_noted(ec: World, tmp_path: Path) -> None:
    """The usual `chmod` is named."""
    settings = Identity(
        name="alice", cert_file=written(tmp_path / "alice.pem", pem(ec.alice.certificate, ec.alice.key))
    )
    settings.cert_file.chmod(0o644)
    (only,) = inspection_of(settings, now=NOW).advice
    file = settings.cert_file
    assert (NOTE, f"{file} can be read by others; run `chmod 600 {file}`") == (only.severity, only.message)


def test_a_certificate_of_a_public_ca_is_named_with_what_becomes_of_it(
    ec: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test's own CA stands for one; a certificate that must be refused may be of any."""
    roots = (*public_roots(), ec.ca.certificate)
    monkeypatch.setattr(remarks, "public_roots", lambda: roots)
    ((severity, message),) = advice(tmp_path, alone(ec.alice))
    assert severity is WARNING
    assert message.startswith("issued by the public CA 'CN=test client CA,O=Example'")
    assert "from 2027-03-15" in message
    assert advice(tmp_path, alone(ec.alice), expect=Expect.REFUSED) == []


def test_the_public_roots_are_those_that_browsers_trust() -> None:
    """More than a hundred, self-signed, and not the CA of a test."""
    assert len(public_roots()) > 100
    assert all(root.subject == root.issuer for root in public_roots())
    assert "CN=test client CA,O=Example" not in public_root_names()
    assert any("ISRG" in name for name in public_root_names())
