"""Valid certificates of unknown clients, and of those whose names contain a valid identity's name or role."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.pki.battery.factory import OTHER_CLIENT, CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.partial import MAX_COMMON_NAME, is_host, other_name, within
from specdrift.pki.credential import Credential


def unknown_name(factory: CertificateFactory) -> Credential:
    """A valid certificate of the client CA for a name that no configured identity has.

    CVE-2022-21656 and others: a valid certificate alone gives no role. An operation that requires a role must answer as
    for an identity without it; where the document lets every certificate in, nothing is reported.
    """
    return factory.issued(factory.other_client())


def partial_name_common(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose common name begins and ends with the valid identity's.

    RFC 5280 §7.1: names are compared as a whole. An application that compares the beginning, the end or a part of the
    name confuses the identities. It must answer as for any unknown identity.
    """
    text = within(_victims_name(factory), neutral=factory.neutral, longest=MAX_COMMON_NAME)
    if len(text.encode()) > MAX_COMMON_NAME:
        raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
    return _named(factory, (NameOID.COMMON_NAME, text))


def partial_name_unit(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose organizational units contain the valid identity's names or roles.

    RFC 5280 §7.1: values are compared as a whole: `OU=admin.other-client-admin` is not `OU=admin`. An application that
    searches for a word confuses the identities. It must answer as for any unknown identity.
    """
    common, *others = _parts(factory)  # some applications read the first unit only, or the last one
    units = [(NameOID.ORGANIZATIONAL_UNIT_NAME, word) for word in (*others, common, *others[:1])]
    return _named(factory, *units, (NameOID.COMMON_NAME, OTHER_CLIENT))


def partial_name_attribute(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose other attributes contain the valid identity's names and roles.

    RFC 4514 §2.4: a subject's text is a sequence of attributes with escaped values. An application that searches the
    whole text confuses the identities. It must answer as for any unknown identity.
    """
    parts = _parts(factory)
    text = " ".join(parts)
    mail = next((f"{part}@{OTHER_CLIENT}.invalid" for part in parts if part.isascii()), "")
    attributes = [
        (NameOID.ORGANIZATION_NAME, ",".join(("x", *_attributes(factory), "O=x"))),
        (NameOID.LOCALITY_NAME, text),
        (NameOID.SERIAL_NUMBER, text),
        (NameOID.USER_ID, text),
        *([(NameOID.EMAIL_ADDRESS, mail)] if mail else []),
    ]
    return _named(factory, *attributes, (NameOID.COMMON_NAME, OTHER_CLIENT))


def partial_name_alternative(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose alternative names begin or end with the valid identity's names.

    RFC 5280 §7.2: a DNS name is compared label by label, and §7.4 and §7.5: URIs and mail addresses as a whole. An
    application that compares the beginning or the end confuses the identities. It must answer as for any unknown
    identity.
    """
    names = [*_hosts(factory), *_addresses(factory), *_identifiers(factory)]
    if not names:
        raise CannotGenerateError(NotGenerated.ALTERNATIVE_NAME)
    return factory.issued(factory.other_client().having(x509.SubjectAlternativeName(names)))


def partial_name_alternative_type(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, which has the valid identity's alternative names as names of other types.

    CVE-2022-21656: a DNS name is no URI (RFC 5280 §4.2.1.6). An application that ignores the type confuses the
    identities. It must answer as for any unknown identity, unless it reads both types on purpose, as Envoy's
    `principal_name` does.
    """
    hosts, identifiers = _of_type(factory, x509.DNSName), _uris(factory)
    names: list[x509.GeneralName] = [
        *(x509.UniformResourceIdentifier(other_name(host) if factory.neutral else host) for host in hosts),
        *(x509.DNSName(f"{start}{_path_of(path, factory)}") for start, path in identifiers),
    ]
    if not names:
        raise CannotGenerateError(NotGenerated.ALTERNATIVE_NAME)
    return factory.issued(factory.other_client().having(x509.SubjectAlternativeName(names)))


def partial_name_alternative_case(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI is the valid identity's but for the case of its path.

    RFC 3986 §6.2.2.1: the path of a URI is compared with case, unlike DNS names and (RFC 5280 §7.1) subjects. An
    application that ignores it confuses the identities. It must answer as for any unknown identity.
    """
    paths = ((start, _path_of(path, factory)) for start, path in _uris(factory))
    names = [
        x509.UniformResourceIdentifier(f"{start}{path.swapcase()}")
        for start, path in paths
        if path.swapcase() != path
    ]
    if not names:
        raise CannotGenerateError(NotGenerated.URI_NAME)
    return factory.issued(factory.other_client().having(x509.SubjectAlternativeName(names)))


Attribute = tuple[x509.ObjectIdentifier, str]


def _named(factory: CertificateFactory, *attributes: Attribute) -> Credential:
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    return factory.issued(replace(factory.other_client(), subject=subject))


def _victims_name(factory: CertificateFactory) -> str:
    found = factory.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        raise CannotGenerateError(NotGenerated.COMMON_NAME)
    return str(found[-1].value)


def _parts(factory: CertificateFactory) -> list[str]:
    """Return texts with the victim's name and with each of its words in them."""
    words = dict.fromkeys((_victims_name(factory), *factory.role_values))
    return [within(word, neutral=factory.neutral) for word in words]


def _attributes(factory: CertificateFactory) -> Iterator[str]:
    """Yield the victim's own attributes as text, with the word that follows their type."""
    for attribute in factory.leaf.subject:
        value = str(attribute.value)
        if attribute.oid == NameOID.COMMON_NAME or value in factory.role_values:
            text = other_name(value) if factory.neutral else value
            yield f"{attribute.rfc4514_attribute_name}={text}"


def _of_type(factory: CertificateFactory, kind: type[x509.GeneralName]) -> list[str]:
    return [str(name.value) for name in factory.alternative_names if type(name) is kind]


def _common_names(factory: CertificateFactory) -> list[str]:
    """Return the victim's common names that can be alternative names."""
    found = factory.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return [str(each.value) for each in found if is_host(str(each.value))]


def _hosts(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    for name in _of_type(factory, x509.DNSName) or _common_names(factory):
        yield x509.DNSName(within(name, neutral=factory.neutral))


def _addresses(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    # The local part cannot be neutral in part: it is one name.
    for address in _of_type(factory, x509.RFC822Name):
        local, _, domain = address.rpartition("@")
        local = other_name(local) if factory.neutral else local
        yield x509.RFC822Name(f"{local}@{domain}.{OTHER_CLIENT}.invalid")
        yield x509.RFC822Name(f"{OTHER_CLIENT}-{local}@{domain}")
        yield x509.RFC822Name(f"{local}@{OTHER_CLIENT}.invalid")
    for name in [] if _of_type(factory, x509.RFC822Name) else _common_names(factory):
        local = other_name(name) if factory.neutral else name
        yield x509.RFC822Name(f"{local}@{OTHER_CLIENT}.invalid")


def _identifiers(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    for start, path in _uris(factory):
        above, _, last = _path_of(path, factory).rpartition("/")
        for text in (f"{last}-{OTHER_CLIENT}", f"{last}/{OTHER_CLIENT}", f"{OTHER_CLIENT}/{last}"):
            yield x509.UniformResourceIdentifier(f"{start}{above}/{text}")
    for name in [] if _uris(factory) else _common_names(factory):
        last = other_name(name) if factory.neutral else name
        yield x509.UniformResourceIdentifier(f"spiffe://{OTHER_CLIENT}.invalid/{last}/{OTHER_CLIENT}")


def _uris(factory: CertificateFactory) -> list[tuple[str, str]]:
    """Return beginning and path of the victim's URIs; of those with an authority only."""
    split = map(urlsplit, _of_type(factory, x509.UniformResourceIdentifier))
    return [(f"{parts.scheme}://{parts.netloc}", parts.path) for parts in split if parts.netloc]


def _path_of(path: str, factory: CertificateFactory) -> str:
    above, _, last = path.rpartition("/")
    return f"{above}/{other_name(last) if factory.neutral else last}"
