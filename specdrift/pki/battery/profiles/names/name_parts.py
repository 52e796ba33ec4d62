"""Valid certificates of other clients whose names differ from a valid identity's in one part.

Of a URI: the scheme, the authority, each segment of the path, and the order of the segments. Of a host or mailbox: the
domain. Of a subject: one attribute beside the valid ones. A control has a neutral word in place of that part.
"""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.pki.battery.factory import OTHER_CLIENT, CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.partial import LONGEST_ATTRIBUTE, NEUTRAL, is_host, other_host, within
from specdrift.pki.credential import Credential

ELSEWHERE = f"{OTHER_CLIENT}.invalid"
"""A domain that no valid identity has."""
OTHER_SCHEMES = ("spiffe", "https")
Path = list[str]
"""The segments of a URI's path."""


def partial_name_segment(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI has the valid one's last path segment as a part of its own.

    RFC 3986 §3.3: segments are compared as a whole. An application that compares the beginning, the end or a part of
    one confuses the identities. It must answer as for any unknown identity.
    """
    return _with_segment(factory, 1)


def partial_name_segment_2(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI contains the last path segment but one, often the role, in part.

    RFC 3986 §3.3: segments are compared as a whole: `/admin-other/x` is not below `/admin`. An application that
    compares the beginning, the end or a part of one confuses the roles. It must answer as for any unknown identity.
    """
    return _with_segment(factory, 2)


def partial_name_segment_3(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI contains the third path segment from the end in part.

    RFC 3986 §3.3: segments are compared as a whole. An application that compares the beginning, the end or a part of
    one confuses the identities. It must answer as for any unknown identity.
    """
    return _with_segment(factory, 3)


def partial_name_segment_4(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI contains the fourth path segment from the end in part.

    RFC 3986 §3.3: segments are compared as a whole. An application that compares the beginning, the end or a part of
    one confuses the identities. It must answer as for any unknown identity.
    """
    return _with_segment(factory, 4)


def partial_name_path_longer(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI has the valid one's path below another segment.

    RFC 3986 §3.3: a path is hierarchical. An application that searches for a segment anywhere confuses the identities.
    It must answer as for any unknown identity.
    """
    return _with_path(factory, lambda path: [OTHER_CLIENT, *path])


def partial_name_path_order(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI has the segments of the valid one's path in reverse order.

    RFC 3986 §3.3: a path is hierarchical. An application that searches for a segment anywhere confuses the identities.
    It must answer as for any unknown identity.
    """
    return _with_path(factory, lambda path: path[::-1])


def partial_name_domain(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose alternative names contain the valid identity's domain in part.

    RFC 5280 §7.2: domains are compared label by label, and a SPIFFE trust domain as a whole. An application that
    compares the beginning or the end confuses the identities. It must answer as for any unknown identity.
    """
    return _alternative(factory, _of_like_domains(factory))


def partial_name_foreign(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose alternative names are the valid one's in another domain.

    RFC 3986 §3.2: the authority governs the names below it, such as the trust domain of a SPIFFE ID. An application
    that ignores it confuses the identities. It must answer as for any unknown identity.
    """
    return _alternative(factory, _of_other_domains(factory))


def partial_name_scheme(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose URI is the valid one's with another scheme.

    RFC 3986 §3.1: the scheme says what the rest names. An application that ignores it confuses the identities. It must
    answer as for any unknown identity.
    """
    return _alternative(factory, _of_other_schemes(factory))


def partial_name_subject_common(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose subject is the valid one's, but for a common name that contains its.

    RFC 5280 §7.1: values are compared as a whole. An application that compares a part of the common name beside other
    attributes confuses the identities. It must answer as for the subject with another common name.
    """
    return _with_attribute(factory, NameOID.COMMON_NAME)


def partial_name_subject_unit(factory: CertificateFactory) -> Credential:
    """Another client of the valid identity's organization, whose organizational unit contains the valid one in part.

    RFC 5280 §7.1: values are compared as a whole. An application that compares a part of the unit beside other
    attributes confuses the roles. It must answer as for the subject with another unit.
    """
    return _with_attribute(factory, NameOID.ORGANIZATIONAL_UNIT_NAME)


def partial_name_subject_organization(factory: CertificateFactory) -> Credential:
    """Another client with the valid identity's units, whose organization contains the valid one in part.

    RFC 5280 §7.1: values are compared as a whole. An application that compares a part of the organization beside other
    attributes confuses the organizations. It must answer as for the subject with another organization.
    """
    return _with_attribute(factory, NameOID.ORGANIZATION_NAME)


def _alternative(factory: CertificateFactory, names: Iterable[x509.GeneralName]) -> Credential:
    found = list(names)
    if not found:
        raise CannotGenerateError(NotGenerated.NAME_PART)
    return factory.issued(factory.other_client().having(x509.SubjectAlternativeName(found)))


def _values(factory: CertificateFactory, kind: type[x509.GeneralName]) -> list[str]:
    return [str(name.value) for name in factory.alternative_names if type(name) is kind]


def _uris(factory: CertificateFactory) -> Iterator[tuple[SplitResult, Path]]:
    """Yield the victim's URIs with an authority, and the segments of their paths."""
    for each in map(urlsplit, _values(factory, x509.UniformResourceIdentifier)):
        if each.netloc and each.path.strip("/"):
            yield each, each.path.strip("/").split("/")


def _uri(scheme: str, authority: str, path: Path) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(f"{scheme}://{authority}/{'/'.join(path)}")


def _neutral_path(path: Path, factory: CertificateFactory) -> Path:
    return [NEUTRAL for _ in path] if factory.neutral else path


def _with_segment(factory: CertificateFactory, position: int) -> Credential:
    """Alter the segment of this position, counted from the end."""
    names = []
    for uri, path in _uris(factory):
        if len(path) >= position:
            altered = within(path[-position], neutral=factory.neutral)
            names.append(
                _uri(uri.scheme, uri.netloc, [*path[:-position], altered, *path[len(path) - position + 1 :]])
            )
    return _alternative(factory, names)


def _with_path(factory: CertificateFactory, vary: Callable[[Path], Path]) -> Credential:
    """Alter the order of the segments, or their number."""
    names = [
        _uri(uri.scheme, uri.netloc, vary(_neutral_path(path, factory)))
        for uri, path in _uris(factory)
        if vary(path) != path
    ]
    return _alternative(factory, names)


def _of_like_domains(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    for host in _values(factory, x509.DNSName):
        first, _, domain = host.partition(".")
        if domain:
            yield x509.DNSName(f"{first}.{_like(domain, factory)}")
    for address in _values(factory, x509.RFC822Name):
        local, _, domain = address.rpartition("@")
        yield x509.RFC822Name(f"{local}@{_like(domain, factory)}")
    for uri, path in _uris(factory):
        if is_host(uri.netloc):
            authority = other_host(uri.netloc) if factory.neutral else uri.netloc
            yield _uri(uri.scheme, f"{authority}.{OTHER_CLIENT}-{authority}", path)


def _like(domain: str, factory: CertificateFactory) -> str:
    """Return a domain that ends with this one, but not at a label."""
    return f"{OTHER_CLIENT}-{other_host(domain) if factory.neutral else domain}"


def _of_other_domains(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    for host in _values(factory, x509.DNSName):
        yield x509.DNSName(f"{NEUTRAL if factory.neutral else host.partition('.')[0]}.{ELSEWHERE}")
    for address in _values(factory, x509.RFC822Name):
        yield x509.RFC822Name(f"{NEUTRAL if factory.neutral else address.rpartition('@')[0]}@{ELSEWHERE}")
    for uri, path in _uris(factory):
        yield _uri(uri.scheme, ELSEWHERE, _neutral_path(path, factory))


def _of_other_schemes(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    for uri, path in _uris(factory):
        scheme = next(scheme for scheme in OTHER_SCHEMES if scheme != uri.scheme)
        yield _uri(scheme, ELSEWHERE if factory.neutral else uri.netloc, _neutral_path(path, factory))


def _with_attribute(factory: CertificateFactory, kind: x509.ObjectIdentifier) -> Credential:
    """Alter the attributes of this type in the victim's subject; others stay, but for the common name."""
    attributes = list(factory.leaf.subject)
    kept = [each for each in attributes if each.oid not in (kind, NameOID.COMMON_NAME)]
    if not kept or not any(each.oid == kind for each in attributes):
        raise CannotGenerateError(NotGenerated.ATTRIBUTES)
    altered = [_altered(each, kind, factory) for each in attributes]
    return factory.issued(replace(factory.other_client(), subject=x509.Name(altered)))


def _altered(
    attribute: x509.NameAttribute[str | bytes], kind: x509.ObjectIdentifier, factory: CertificateFactory
) -> x509.NameAttribute[str | bytes]:
    if attribute.oid == kind:
        text = within(str(attribute.value), neutral=factory.neutral, longest=LONGEST_ATTRIBUTE)
    elif attribute.oid == NameOID.COMMON_NAME:
        text = OTHER_CLIENT
    else:
        return attribute
    if len(text) > LONGEST_ATTRIBUTE:
        raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
    return x509.NameAttribute(attribute.oid, text)
