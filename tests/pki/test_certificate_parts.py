"""Certificates are taken apart and put together without losing a bit."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from specdrift.pki.battery import der
from specdrift.pki.battery.certificate_parts import CertificateParts, TbsField
from specdrift.pki.battery.not_generated import CannotGenerateError
from tests.pki.world import World

CONTENT = st.one_of(st.binary(max_size=300), st.integers(0, 70_000).map(bytes))


@given(contents=st.lists(CONTENT, max_size=5))
def test_what_is_written_is_read_back(contents: list[bytes]) -> None:
    """Short and long lengths alike."""
    encoded = der.tlv(der.SEQUENCE, *(der.tlv(der.BIT_STRING, content) for content in contents))
    assert [der.content(member) for member in der.members(encoded)] == contents


@given(number=st.integers(0, 2**2048))
def test_integers_are_minimal_and_not_negative(number: int) -> None:
    """X.690 §8.3: the first bit is the sign, and there is no octet too many."""
    content = der.content(der.integer(number))
    assert int.from_bytes(content, "big", signed=True) == number
    assert len(content) == number.bit_length() // 8 + 1


def test_an_untouched_certificate_stays_the_same(world: World) -> None:
    """Taking apart and putting together is the identity."""
    certificate = world.alice.certificate
    assert CertificateParts.of(certificate).encoded() == certificate.public_bytes(Encoding.DER)


def test_signing_again_makes_a_valid_certificate(world: World) -> None:
    """The serial number is changed, and the CA signs for it."""
    old = der.integer(world.alice.certificate.serial_number)
    new = old[:-1] + bytes([old[-1] ^ 1])
    changed = (
        CertificateParts.of(world.alice.certificate).replacing(TbsField.SERIAL, old, new).signed(world.ca.key)
    )
    certificate = x509.load_der_x509_certificate(changed.encoded())
    certificate.verify_directly_issued_by(world.ca.certificate)
    assert certificate.serial_number == world.alice.certificate.serial_number ^ 1


def test_what_is_not_there_cannot_be_replaced(ec: World) -> None:
    """A certificate that lacks the field to be damaged is not generated, rather than sent undamaged."""
    with pytest.raises(CannotGenerateError, match="the certificate cannot be changed as intended"):
        CertificateParts.of(ec.alice.certificate).replacing(TbsField.SUBJECT, b"carol", b"clara")
