"""Distinguished names of a CertificateRequest: DER, printed in the form of RFC 4514."""

from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509 import NameAttribute, NameOID, ObjectIdentifier, RelativeDistinguishedName
from cryptography.x509.name import _ASN1Type
from hypothesis import given
from hypothesis import strategies as st

from specdrift.crawler.tls.distinguished_name import rfc4514

key = cache(ed25519.Ed25519PrivateKey.generate)
TYPES = [
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.LOCALITY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME,
    NameOID.STREET_ADDRESS,
    NameOID.USER_ID,
    NameOID.SERIAL_NUMBER,
    NameOID.EMAIL_ADDRESS,
    ObjectIdentifier("1.3.6.1.4.1.311.60.2.1.2"),
    ObjectIdentifier("2.999.4294967296.1"),
    ObjectIdentifier("0.9.2342.19200300.100.1.25"),
]
values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.text(' #,+"\\<>;=\0aé', min_size=1, max_size=8),
)
utf8 = st.builds(
    lambda kind, value: NameAttribute(kind, value, _type=_ASN1Type.UTF8String), st.sampled_from(TYPES), values
)
printable = st.builds(
    lambda value: NameAttribute(NameOID.COMMON_NAME, value, _type=_ASN1Type.PrintableString),
    st.text(alphabet="aZ9 '()+,-./:=?", min_size=1, max_size=10),
)
wide = st.builds(
    lambda value: NameAttribute(NameOID.COMMON_NAME, value, _type=_ASN1Type.BMPString),
    st.text(st.characters(max_codepoint=0xD7FF), min_size=1, max_size=10),
)
attributes = st.one_of(utf8, printable, wide)


def written(name: x509.Name) -> x509.Name:
    """Return the name as read back from a signed request."""
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key(), None).subject


@given(st.lists(attributes, max_size=5))
def test_names_read_as_the_library_reads_them(parts: list[NameAttribute[str]]) -> None:
    """Special characters, other alphabets and unknown types included."""
    name = written(x509.Name(parts))
    assert rfc4514(name.public_bytes()) == name.rfc4514_string()


@given(st.lists(attributes, min_size=2, max_size=4, unique_by=lambda attribute: attribute.oid))
def test_several_values_in_one_place_are_joined_by_plus(parts: list[NameAttribute[str]]) -> None:
    """A relative name may have several attributes (RFC 4514 §2.2)."""
    name = written(x509.Name([RelativeDistinguishedName(parts)]))
    assert sorted(rfc4514(name.public_bytes())) == sorted(name.rfc4514_string())


def test_a_long_name_is_read() -> None:
    """Lengths of more than one byte (X.690 §8.1.3.5)."""
    name = written(x509.Name([NameAttribute(NameOID.ORGANIZATION_NAME, "long " * 60)] * 9))
    assert rfc4514(name.public_bytes()) == name.rfc4514_string()


@pytest.mark.parametrize(
    "der", [b"", b"0", b"0\x05\x01", b"0\x02\x31\x05", b"0\x80", b"0\x04\x31\x02\x30\x00"]
)
def test_invalid_der_is_shown_in_hexadecimal(der: bytes) -> None:
    """A malformed name of a server is data, not an error."""
    assert rfc4514(der) in ("#" + der.hex(), "")


@given(st.binary(max_size=60), st.data())
def test_no_bytes_raise(noise: bytes, data: st.DataObject) -> None:
    """Every byte string of a server gives a text."""
    der = written(x509.Name(data.draw(st.lists(attributes, min_size=1, max_size=2)))).public_bytes()
    place = data.draw(st.integers(0, len(der)))
    for garbled in (noise, der[:place], der[:place] + noise + der[place:], der[:place] + noise):
        assert isinstance(rfc4514(garbled), str)


def test_an_object_identifier_without_end_is_no_name() -> None:
    """Its number would have more digits than Python prints."""
    oid = b"\xff" * 16_000 + b"\x01"
    body = b"\x06\x82" + len(oid).to_bytes(2, "big") + oid + b"\x0c\x01a"
    for tag in (b"\x30", b"\x31", b"\x30"):
        body = tag + b"\x82" + len(body).to_bytes(2, "big") + body
    assert rfc4514(body) == "#" + body.hex()
