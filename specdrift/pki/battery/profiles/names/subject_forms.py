"""Subjects whose flat text reads as another identity's, and subjects with its attributes in another form."""

from collections.abc import Iterable, Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.pki.battery.factory import OTHER_CLIENT, CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.partial import other_name
from specdrift.pki.credential import Credential

SEPARATORS = (", ", "+", " + ", "/", ";", "; ")
"""Stand between the attributes of a subject, or within an RDN with several, in the texts of common programs. Between
commas alone they are in `partial-name-attribute`.
"""
LONG_NAMES = {
    NameOID.COMMON_NAME: "commonName",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizationalUnitName",
    NameOID.ORGANIZATION_NAME: "organizationName",
}
"""What Python's `getpeercert` calls attribute types."""


def partial_name_separators(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose organizations have the valid one's attributes between separators.

    RFC 4514 §2.4: separators inside a value are escaped. CVE-2021-44533: one value with a plus sign was read as an RDN
    with several. An application that splits the text at `,`, `+`, `/` or `;`, or searches it for a whole attribute
    between them, confuses the identities. It must answer as for any unknown identity.
    """
    texts = list(_texts(factory))
    between = [separator.join(("x", *texts, "O=x")) for separator in SEPARATORS]
    # No escape character is behind the attribute at the end of a value: `O=x\,CN=alice` is split into two.
    last = [f"x{separator}{text}" for separator in (",", *SEPARATORS) for text in texts]
    organizations = [_rdn(NameOID.ORGANIZATION_NAME, text) for text in (*between, *last)]
    # Before and behind the common name: text forms of names begin at either end.
    return _issued(factory, (*organizations, _rdn(NameOID.COMMON_NAME, OTHER_CLIENT), *organizations))


def ambiguous_name_order(factory: CertificateFactory) -> Credential:
    """Has the RDNs of the valid identity's subject in reverse order.

    RFC 5280 §7.1: equal names have equal RDNs in the same order. An application whose identities are whole subjects
    confuses them if it compares attributes without order. It must answer as for the subject with one other value. An
    application that reads attributes by their types admits it on purpose.
    """
    return _issued(factory, _plain(factory) if factory.neutral else reversed(_plain(factory)))


def ambiguous_name_one_rdn(factory: CertificateFactory) -> Credential:
    """Has the attributes of the valid identity's subject in one RDN with several values.

    RFC 5280 §7.1: equal names have the same number of RDNs. An application whose identities are whole subjects confuses
    them if it compares flat texts. It must answer as for the subject with one other value. An application that reads
    attributes by their types admits it on purpose.
    """
    plain = _plain(factory)
    one = x509.RelativeDistinguishedName([each for rdn in plain for each in rdn])
    return _issued(factory, plain if factory.neutral else [one])


def _rdn(kind: x509.ObjectIdentifier, value: str) -> x509.RelativeDistinguishedName:
    return x509.RelativeDistinguishedName([x509.NameAttribute(kind, value)])


def _issued(factory: CertificateFactory, rdns: Iterable[x509.RelativeDistinguishedName]) -> Credential:
    return factory.issued(replace(factory.other_client(), subject=x509.Name(rdns)))


def _texts(factory: CertificateFactory) -> Iterator[str]:
    """Yield the attributes that name the victim or its roles, with short and long types."""
    attributes = [
        each
        for each in factory.leaf.subject
        if each.oid == NameOID.COMMON_NAME or str(each.value) in factory.role_values
    ]
    if not attributes:
        raise CannotGenerateError(NotGenerated.COMMON_NAME)
    for each in attributes:
        value = str(each.value)
        text = other_name(value) if factory.neutral else value
        for kind in (each.rfc4514_attribute_name, LONG_NAMES.get(each.oid)):
            if kind:
                yield f"{kind}={text}"


def _plain(factory: CertificateFactory) -> list[x509.RelativeDistinguishedName]:
    """Return the victim's RDNs; for the neutral certificate with another value in one of them.

    The value is one that servers look at least: no common name and, if there is another, no role. A server that admits
    the neutral certificate does not look at the whole subject.
    """
    rdns = list(factory.leaf.subject.rdns)
    if len(rdns) < 2:
        raise CannotGenerateError(NotGenerated.ONE_RDN)
    others = [each for rdn in rdns for each in rdn if each.oid != NameOID.COMMON_NAME]
    free = [each for each in others if str(each.value) not in factory.role_values]
    altered = next(iter((*free, *others)), None)
    if altered is None:
        raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
    if not factory.neutral:
        return rdns
    value = x509.NameAttribute(altered.oid, _another(altered.oid, str(altered.value)))
    neutral = ([value if each is altered else each for each in rdn] for rdn in rdns)
    return [x509.RelativeDistinguishedName(each) for each in neutral]


def _another(kind: x509.ObjectIdentifier, value: str) -> str:
    """Return another value: a country has two letters."""
    if kind in (NameOID.COUNTRY_NAME, NameOID.JURISDICTION_COUNTRY_NAME):
        return "XX" if value != "XX" else "ZZ"
    return f"{OTHER_CLIENT}-{len(value)}"
