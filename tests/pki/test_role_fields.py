"""Fields of certificates that carry identities and roles, read from certificates made as ETSI TS 119 495 has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from specdrift.pki.battery.der import SEQUENCE, UTF8_STRING, tlv
from specdrift.pki.inspection.facts import facts_of
from specdrift.pki.inspection.role_fields import role_fields
from specdrift.rules.standards.standard_profile import RoleField

PSD2 = bytes.fromhex("0606040081982702")
"""0.4.0.19495.2."""
QC_TYPE = bytes.fromhex("060604008e460106")
"""0.4.0.1862.1.6, a statement without PSD2."""
ROLES = {"PSP_PI": "060704008198270102", "PSP_AI": "060704008198270103"}
"""0.4.0.19495.1.2 and 0.4.0.19495.1.3."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def text(value: str) -> bytes:
    """Encode a UTF8String."""
    return tlv(UTF8_STRING, value.encode())


def statement(*roles: str) -> bytes:
    """Encode ``PSD2QcType`` of the BaFin."""
    held = (tlv(SEQUENCE, bytes.fromhex(ROLES[role]), text(role)) for role in roles)
    info = tlv(
        SEQUENCE, tlv(SEQUENCE, *held), text("Federal Financial Supervisory Authority"), text("DE-BAFIN")
    )
    return tlv(SEQUENCE, PSD2, info)


def certificate(qc_statements: bytes | None, *subject: tuple[x509.ObjectIdentifier, str]) -> x509.Certificate:
    """Make a self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if qc_statements is not None:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), qc_statements)
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def test_a_qwac_names_its_roles_and_its_authority() -> None:
    """Beside statements that have nothing to do with PSD2."""
    statements = tlv(SEQUENCE, tlv(SEQUENCE, QC_TYPE), statement("PSP_PI", "PSP_AI"))
    made = certificate(statements, (NameOID.ORGANIZATION_IDENTIFIER, "PSDDE-BAFIN-123456"))
    found = {field: values for field, values in role_fields(made) if values}
    assert found == {
        RoleField.ORGANIZATION_IDENTIFIER: ("PSDDE-BAFIN-123456",),
        RoleField.PSD2_ROLES: ("PSP_PI", "PSP_AI"),
        RoleField.PSD2_AUTHORITY: ("DE-BAFIN",),
    }
    shown = {fact.name: fact.value for fact in facts_of([made], now=NOW)}
    assert shown["fields"].endswith("PSD2 roles PSP_PI, PSP_AI; PSD2 authority DE-BAFIN")


def test_a_certificate_of_brasil_names_organization_and_software() -> None:
    """In its subject."""
    made = certificate(
        None,
        (NameOID.ORGANIZATION_IDENTIFIER, "OFBBR-74e929d9-33b6-4d85-8ba7-c146c867a817"),
        (NameOID.USER_ID, "10120340-3318-4baf-99e2-0b56729c4ab2"),
        (NameOID.SERIAL_NUMBER, "43142666000197"),
        (NameOID.BUSINESS_CATEGORY, "Government Entity"),
    )
    asked = (RoleField.USER_ID, RoleField.SERIAL_NUMBER, RoleField.PSD2_ROLES)
    assert dict(role_fields(made, asked)) == {
        RoleField.USER_ID: ("10120340-3318-4baf-99e2-0b56729c4ab2",),
        RoleField.SERIAL_NUMBER: ("43142666000197",),
        RoleField.PSD2_ROLES: (),
    }


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x30",
        tlv(SEQUENCE),
        tlv(SEQUENCE, tlv(SEQUENCE)),
        tlv(SEQUENCE, tlv(SEQUENCE, PSD2)),
        tlv(SEQUENCE, tlv(SEQUENCE, PSD2, tlv(SEQUENCE, text("PSP_PI")))),
        tlv(SEQUENCE, statement("PSP_PI"))[:-30],
    ],
)
def test_statements_that_cannot_be_read_have_no_roles(encoded: bytes) -> None:
    """A certificate of the owner, and still no reason to fail."""
    assert dict(role_fields(certificate(encoded)))[RoleField.PSD2_ROLES] == ()
