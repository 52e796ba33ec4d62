"""Names of certificates, as OpenSSL and Go write them."""

from __future__ import annotations

import datetime as dt
import subprocess
from random import Random
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.source.gateway.callers.distinguished_name import OPENSSL, DistinguishedName
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate

if TYPE_CHECKING:
    from pathlib import Path

KEY = ec.generate_private_key(ec.SECP256R1())
WORDS = (
    "alice",
    "a b",
    " a",
    "b ",
    "#1",
    "a,b",
    "a+b",
    'say "x"',
    "<a>;",
    "back\\slash",
    "a=b",
    "x/y",
    "*",
    " ",
)
LETTERS = "ü"
PRINTABLE = ("2.5.4.5", "2.5.4.6")
"""Types whose values have few letters."""


def drawn(random: Random) -> x509.Name:
    """Make up a name; some parts have several attributes."""
    parts = []
    for _ in range(random.randint(1, 5)):
        kinds = random.sample([one for one in OPENSSL if one not in PRINTABLE], random.choice([1, 1, 1, 2]))
        parts.append(
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(x509.ObjectIdentifier(kind), random.choice(WORDS)) for kind in kinds]
            )
        )
    return x509.Name(parts)


def certificate(subject: x509.Name, serial: int = 1) -> x509.Certificate:
    """Issue a certificate."""
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=1))
        .sign(KEY, SHA256())
    )


def presented(read: x509.Certificate) -> PresentedCertificate:
    """Return what gateways read of a certificate."""
    found = PresentedCertificate.of(read.public_bytes(Encoding.DER))
    assert found is not None
    return found


def openssl(folder: Path, read: x509.Certificate, *options: str) -> list[str]:
    """Return the lines that OpenSSL prints of a certificate."""
    file = folder / "one.pem"
    file.write_bytes(read.public_bytes(Encoding.PEM))
    command = ["openssl", "x509", "-noout", "-in", str(file), *options]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\n")


@pytest.mark.parametrize("seed", range(25))
def test_names_are_written_as_openssl_writes_them(seed: int, tmp_path: Path) -> None:
    """nginx, Apache, HAProxy and Envoy print them by its functions; what differs by version is not known."""
    random = Random(seed)
    for _ in range(4):
        one = certificate(drawn(random), random.choice([1, 127, 128, 255, 256, random.getrandbits(150) + 1]))
        known = presented(one)
        whole, serial, *_ = openssl(tmp_path, one, "-subject", "-serial", "-nameopt", "RFC2253")
        assert whole == f"subject={known.subject.rfc2253}"
        assert serial == f"serial={known.serial_of_openssl}"
        if known.subject.slashed is not None:
            slashed = openssl(tmp_path, one, "-subject", "-nameopt", "compat")[0]
            assert slashed.removeprefix("subject=") == known.subject.slashed


GO = {
    "alice of two units": (
        [("2.5.4.10", "Acme"), ("2.5.4.11", "a"), ("2.5.4.11", "b"), ("2.5.4.3", "alice")],
        "CN=alice,OU=a+OU=b,O=Acme",
    ),
    "the common name first": ([("2.5.4.3", "a,b"), ("2.5.4.10", " x")], "CN=a\\,b,O=\\ x"),
    "the last common name": ([("2.5.4.3", "first"), ("2.5.4.3", "last")], "CN=last"),
    "a serial number": ([("2.5.4.5", "7"), ("2.5.4.3", "alice")], "SERIALNUMBER=7,CN=alice"),
    "an attribute without a name in Go": ([("2.5.4.12", "Dr"), ("2.5.4.3", "alice")], None),
}


@pytest.mark.parametrize("form", GO.values(), ids=GO)
def test_names_are_written_as_go_writes_them(form: tuple[list[tuple[str, str]], str | None]) -> None:
    """Caddy prints ``pkix.Name``: in an order of types, whatever that of the certificate is."""
    attributes, written = form
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(kind), value) for kind, value in attributes])
    assert DistinguishedName.of(name).of_go == written


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("2.5.4.3", f"J{LETTERS}rgen"),
        ("1.3.6.1.4.1.99999.1", "own"),
        ("2.5.4.3", "a\nb"),
    ],
    ids=["letters beside ASCII", "a type without a name", "a control character"],
)
def test_a_name_that_may_be_written_in_several_ways_is_not_known(kind: str, value: str) -> None:
    """A comparison with it stays undecided."""
    attribute = x509.NameAttribute(x509.ObjectIdentifier(kind), value)
    assert_not_known(DistinguishedName.of(x509.Name([attribute])))


def assert_not_known(name: DistinguishedName) -> None:
    """Assert that no form is known."""
    assert (name.rfc2253, name.slashed, name.of_go, name.values("CN")) == (None, None, None, None)


def test_a_long_name_is_not_known() -> None:
    """A gateway may cut it."""
    units = [x509.NameAttribute(x509.ObjectIdentifier("2.5.4.11"), "x" * 60) for _ in range(30)]
    assert_not_known(DistinguishedName.of(x509.Name(units)))


def test_what_is_no_certificate_is_not_known() -> None:
    """No error of its own: whatever is compared with it stays undecided."""
    assert PresentedCertificate.of(b"no certificate") is None
