"""Names outside the issuer's name constraints, and names with two readings."""

from collections.abc import Iterable
from ipaddress import ip_network

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.pki.battery import der
from specdrift.pki.battery.certificate_parts import CertificateParts, TbsField
from specdrift.pki.battery.factory import OTHER_CLIENT, CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential


def name_constraint_violation(factory: CertificateFactory) -> Credential:
    """Issued for the valid certificate's names by an intermediate whose name constraints permit other names only.

    RFC 5280 §6.1.3 (b): every name lies within the permitted subtrees. A correct verifier answers unknown_ca,
    bad_certificate or certificate_unknown.
    """
    constraints = x509.NameConstraints(permitted_subtrees=_elsewhere(factory), excluded_subtrees=None)
    return factory.issued_below(lambda ca: ca.having(constraints, critical=True))


def ambiguous_name_comma(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose organization is `x,CN=`, the valid one's common name and `,O=x`.

    RFC 4514 §2.4: a comma inside a value is escaped. An application that searches the name's text for `CN=` confuses
    the identities. It must answer as for any unknown identity.
    """
    organization = (NameOID.ORGANIZATION_NAME, f"x,CN={_victims_name(factory)},O=x")
    # Before and behind the common name: text forms of names begin at either end.
    return _named(factory, organization, (NameOID.COMMON_NAME, OTHER_CLIENT), organization)


def ambiguous_name_slash(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose organization is `x/CN=` followed by the valid identity's common name.

    OpenSSL's old one-line form separates attributes by slashes and escapes none. An application that searches it for
    `/CN=` confuses the identities. It must answer as for any unknown identity.
    """
    organization = (NameOID.ORGANIZATION_NAME, f"x/CN={_victims_name(factory)}")
    return _named(factory, organization, (NameOID.COMMON_NAME, OTHER_CLIENT), organization)


def ambiguous_name_multi_valued(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, with two common names in one RDN; one is the valid identity's.

    X.501 §9.3: a relative distinguished name is a set without order. An application that takes one value confuses the
    identities. It must answer as for any unknown identity.
    """
    values = (_victims_name(factory), OTHER_CLIENT)
    both = x509.RelativeDistinguishedName(
        [x509.NameAttribute(NameOID.COMMON_NAME, value) for value in values]
    )
    return factory.issued(replace(factory.other_client(), subject=x509.Name([both])))


def ambiguous_name_nul(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose common name is the valid identity's, a NUL, and more text.

    CVE-2009-2408: code with C strings stops at the NUL and confuses the identities. It must answer as for any unknown
    identity.
    """
    return _named(factory, (NameOID.COMMON_NAME, f"{_victims_name(factory)}\0.{OTHER_CLIENT}.invalid"))


def ambiguous_name_bmp(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose common name is a BMPString (two bytes for each character).

    X.690 §8.23.8: read byte by byte, its CJK characters spell the valid identity's name. An application that ignores
    the string type confuses the identities. It must answer as for any unknown identity.
    """
    name = _victims_name(factory)
    spelled = name.ljust(len(name) + len(name) % 2)
    if not spelled.isascii():
        raise CannotGenerateError(NotGenerated.COMMON_NAME_NOT_ASCII)
    plain = replace(factory.other_client(), subject=_name((NameOID.COMMON_NAME, spelled))).sign(factory.ca)
    utf8, bmp = (der.tlv(tag, spelled.encode("ascii")) for tag in (der.UTF8_STRING, der.BMP_STRING))
    retagged = CertificateParts.of(plain).replacing(TbsField.SUBJECT, utf8, bmp).signed(factory.ca.key)
    return Credential([retagged.encoded(), *factory.above_leaf], factory.key)


Attribute = tuple[x509.ObjectIdentifier, str]


def _name(*attributes: Attribute) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def _named(factory: CertificateFactory, *attributes: Attribute) -> Credential:
    return factory.issued(replace(factory.other_client(), subject=_name(*attributes)))


def _victims_name(factory: CertificateFactory) -> str:
    found = factory.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        raise CannotGenerateError(NotGenerated.COMMON_NAME)
    return str(found[-1].value)


def _elsewhere(factory: CertificateFactory) -> Iterable[x509.GeneralName]:
    """Return a subtree without the victim's names, for each type of name that the victim has."""
    forms = {type(name) for name in factory.alternative_names}
    trees = [tree for form, tree in _ELSEWHERE.items() if form in forms]
    return trees or [x509.DirectoryName(_name((NameOID.ORGANIZATION_NAME, "elsewhere")))]


_ELSEWHERE: dict[type[x509.GeneralName], x509.GeneralName] = {
    x509.DNSName: x509.DNSName("elsewhere.invalid"),
    x509.RFC822Name: x509.RFC822Name("elsewhere.invalid"),
    x509.UniformResourceIdentifier: x509.UniformResourceIdentifier("elsewhere.invalid"),
    # TEST-NET-3 (RFC 5737); the victim's address, of either version, is hardly there.
    x509.IPAddress: x509.IPAddress(ip_network("203.0.113.0/24")),
}
