"""Reads the fields of a client certificate that carry identities and roles in open banking. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from cryptography import x509
from cryptography.x509.oid import NameOID

from specdrift.pki.battery.der import content, members
from specdrift.rules.standards.standard_profile import RoleField

_ATTRIBUTES: Mapping[RoleField, x509.ObjectIdentifier] = {
    RoleField.ORGANIZATION_IDENTIFIER: NameOID.ORGANIZATION_IDENTIFIER,
    RoleField.USER_ID: NameOID.USER_ID,
    RoleField.SERIAL_NUMBER: NameOID.SERIAL_NUMBER,
    RoleField.BUSINESS_CATEGORY: NameOID.BUSINESS_CATEGORY,
}
"""Fields of the subject."""
_QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_PSD2_STATEMENT = bytes.fromhex("0606040081982702")
"""0.4.0.19495.2 in DER (ETSI TS 119 495, annex A)."""


def role_fields(
    certificate: x509.Certificate, fields: Iterable[RoleField] = tuple(RoleField)
) -> Iterator[tuple[RoleField, tuple[str, ...]]]:
    """Yield each field with its values; none if the certificate does not have it, or it cannot be read."""
    psd2 = _psd2(certificate)
    for field in fields:
        if field in _ATTRIBUTES:
            found = certificate.subject.get_attributes_for_oid(_ATTRIBUTES[field])
            yield field, tuple(str(attribute.value) for attribute in found)
        else:
            yield field, psd2.get(field, ())


def _psd2(certificate: x509.Certificate) -> Mapping[RoleField, tuple[str, ...]]:
    """Read roles and authority: ``PSD2QcType ::= SEQUENCE { rolesOfPSP, nCAName, nCAId }``."""
    try:
        extension = certificate.extensions.get_extension_for_oid(_QC_STATEMENTS).value
        encoded = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
        info = next(found for found in map(members, members(encoded)) if found[0] == _PSD2_STATEMENT)[1]
        roles, _, authority = members(info)
        names = tuple(_text(members(role)[1]) for role in members(roles))
    except (x509.ExtensionNotFound, StopIteration, IndexError, ValueError):
        return {}  # none, or not encoded as the specification requires
    return {RoleField.PSD2_ROLES: names, RoleField.PSD2_AUTHORITY: (_text(authority),)}


def _text(encoded: bytes) -> str:
    return content(encoded).decode("utf-8", "replace")
