"""Names that a CA may not certify, and names that can be read in two ways."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_network

from cryptography import x509
from cryptography.x509.oid import NameOID

from specdrift.pki.battery import der
from specdrift.pki.battery.factory import STRANGER, CertificateFactory, NotMintableError
from specdrift.pki.battery.surgery import Field, Parts
from specdrift.pki.credential import Credential


def name_constraint_violation(workshop: CertificateFactory) -> Credential:
    """Issued for the good certificate's names below an intermediate that may certify other names only.

    RFC 5280 §6.1.3 (b): every name lies within the permitted subtrees. A correct verifier answers unknown_ca,
    bad_certificate or certificate_unknown.
    """
    constraints = x509.NameConstraints(permitted_subtrees=_elsewhere(workshop), excluded_subtrees=None)
    return workshop.issued_below(lambda ca: ca.having(constraints, critical=True))


def ambiguous_name_comma(workshop: CertificateFactory) -> Credential:
    """A valid certificate of somebody else whose organization is spelled `x,CN=` and the good one's name.

    RFC 4514 §2.4: a comma inside a value is escaped. An application that searches the text of the name for
    `CN=` takes the caller for the other. It must do for it what it does for any stranger.
    """
    organization = (NameOID.ORGANIZATION_NAME, f"x,CN={_victims_name(workshop)}")
    # Before and behind the common name: text forms of names begin at either end.
    return _named(workshop, organization, (NameOID.COMMON_NAME, STRANGER), organization)


def ambiguous_name_slash(workshop: CertificateFactory) -> Credential:
    """A valid certificate of somebody else whose organization is spelled `x/CN=` and the good one's name.

    OpenSSL's old one-line form puts a slash between attributes and escapes none. An application that searches
    it for `/CN=` takes the caller for the other. It must do for it what it does for any stranger.
    """
    organization = (NameOID.ORGANIZATION_NAME, f"x/CN={_victims_name(workshop)}")
    return _named(workshop, organization, (NameOID.COMMON_NAME, STRANGER), organization)


def ambiguous_name_multi_valued(workshop: CertificateFactory) -> Credential:
    """A valid certificate of somebody else, one part of whose name has two common names, one the good one's.

    X.501 §9.3: a relative distinguished name is a set, so neither value comes first. An application that
    picks one takes the caller for the other. It must do for it what it does for any stranger.
    """
    values = (_victims_name(workshop), STRANGER)
    both = x509.RelativeDistinguishedName(
        [x509.NameAttribute(NameOID.COMMON_NAME, value) for value in values]
    )
    return workshop.issued(replace(workshop.stranger(), subject=x509.Name([both])))


def ambiguous_name_nul(workshop: CertificateFactory) -> Credential:
    """A valid certificate of somebody else, whose common name is the good one's, a NUL, and more.

    CVE-2009-2408: code that treats names as C strings stops at the NUL and takes the caller for the other. It
    must do for it what it does for any stranger.
    """
    return _named(workshop, (NameOID.COMMON_NAME, f"{_victims_name(workshop)}\0.{STRANGER}.invalid"))


def ambiguous_name_bmp(workshop: CertificateFactory) -> Credential:
    """A valid certificate of somebody else, in whose common name two bytes make a character (BMPString).

    X.690 §8.23.8: read byte by byte, these far-eastern characters spell the good certificate's name. An
    application that ignores the string type takes the caller for the other. It must do for it what it does
    for any stranger.
    """
    name = _victims_name(workshop)
    spelled = name.ljust(len(name) + len(name) % 2)
    if not spelled.isascii():
        raise NotMintableError("the victim's common name is not ASCII")
    plain = replace(workshop.stranger(), subject=_name((NameOID.COMMON_NAME, spelled))).sign(workshop.ca)
    utf8, bmp = (der.tlv(tag, spelled.encode("ascii")) for tag in (der.UTF8_STRING, der.BMP_STRING))
    retagged = Parts.of(plain).replacing(Field.SUBJECT, utf8, bmp).signed(workshop.ca.key)
    return Credential([retagged.encoded(), *workshop.above_leaf], workshop.key)


Attribute = tuple[x509.ObjectIdentifier, str]


def _name(*attributes: Attribute) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def _named(workshop: CertificateFactory, *attributes: Attribute) -> Credential:
    return workshop.issued(replace(workshop.stranger(), subject=_name(*attributes)))


def _victims_name(workshop: CertificateFactory) -> str:
    found = workshop.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        raise NotMintableError("the victim's subject has no common name")
    return str(found[-1].value)


def _elsewhere(workshop: CertificateFactory) -> Iterable[x509.GeneralName]:
    """For each form of name that the victim has, a subtree that none of its names is in."""
    forms = {type(name) for name in workshop.alternative_names}
    trees = [tree for form, tree in _ELSEWHERE.items() if form in forms]
    return trees or [x509.DirectoryName(_name((NameOID.ORGANIZATION_NAME, "elsewhere")))]


_ELSEWHERE: dict[type[x509.GeneralName], x509.GeneralName] = {
    x509.DNSName: x509.DNSName("elsewhere.invalid"),
    x509.RFC822Name: x509.RFC822Name("elsewhere.invalid"),
    x509.UniformResourceIdentifier: x509.UniformResourceIdentifier("elsewhere.invalid"),
    # TEST-NET-3 (RFC 5737); the victim's address, of either version, is hardly there.
    x509.IPAddress: x509.IPAddress(ip_network("203.0.113.0/24")),
}
