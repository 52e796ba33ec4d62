"""Valid certificates of other clients whose names are a valid identity's only after one normalisation.

Applications change names before they compare them: they drop digits or signs, cut a domain off, or take a name for a
pattern or for the key of an object. Case, width and outer spaces are not altered: a correct comparison of subjects
ignores them (RFC 5280 §7.1, RFC 4518 §2). A control has a neutral word in place of the name.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.pki.battery.factory import OTHER_CLIENT, CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.partial import MAX_COMMON_NAME, NEUTRAL, other_host, other_name
from specdrift.pki.credential import Credential

LETTER = "x"
INHERITED = "constructor"
"""A property that every object of JavaScript inherits."""
ACUTE = "\u0301"
MOST_DOTS = 4
"""Dots of a name that are replaced one by one."""
VOWEL = re.compile(r"[aeiouyAEIOUY]")
NUMBER = re.compile(r"\d+")
Alter = Callable[[str], str]


def partial_name_dots(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names have a letter where the valid identity's have dots.

    RFC 5280 §7.2: domains are compared label by label. In a regular expression, a dot that is not escaped matches any
    character: `/bob.acme.test/` matches `bobxacme.test` (CWE-185). An application with such an expression confuses the
    identities. It must answer as for any unknown identity.
    """
    common, alternatives = _victims_name(factory), list(_with_dots_replaced(factory))
    if "." not in common and not alternatives:
        raise CannotGenerateError(NotGenerated.NAME_PART)
    name = other_host(common) if factory.neutral else common
    subject = name.replace(".", LETTER) if "." in common else OTHER_CLIENT
    return _issued(factory, subject, alternatives)


def partial_name_digits(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are the valid identity's with a digit at the end.

    RFC 5280 §7.1: values are compared as a whole: `bob2` is not `bob`. An application that drops digits, such as the
    number of an instance, confuses the identities. It must answer as for any unknown identity.
    """
    return _altered(factory, lambda name: f"{name}2")


def partial_name_zeros(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are the valid identity's with a zero before the number.

    RFC 5280 §7.1: values are compared as a whole: `client-07` is not `client-7`, nor is `0client` `client`. An
    application that drops zeros or reads the number confuses the identities. It must answer as for any unknown
    identity.
    """
    return _altered(
        factory, lambda name: NUMBER.sub(r"0\g<0>", name, count=1) if NUMBER.search(name) else f"0{name}"
    )


def partial_name_signs(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are the valid identity's with a hyphen after the first letter.

    RFC 5280 §7.1: values are compared as a whole: `b-ob` is not `bob`. An application that drops signs confuses the
    identities. It must answer as for any unknown identity.
    """
    return _altered(factory, lambda name: f"{name[:1]}-{name[1:]}")


def partial_name_accents(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose common name is the valid identity's with an accent.

    RFC 4518 §2: accents are significant: `bób` is not `bob`. An application that transliterates names confuses the
    identities. It must answer as for any unknown identity.
    """
    name = other_name(_victims_name(factory)) if factory.neutral else _victims_name(factory)
    altered = unicodedata.normalize("NFC", VOWEL.sub(rf"\g<0>{ACUTE}", name, count=1))
    if altered == name:
        raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
    return _issued(factory, altered, [])


def partial_name_local_part(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose common name is the valid identity's as a mailbox of another domain.

    RFC 5280 §7.1: values are compared as a whole. An application that takes what stands before `@` confuses the
    identities. It must answer as for any unknown identity.
    """
    name = other_name(_victims_name(factory)) if factory.neutral else _victims_name(factory)
    return _issued(factory, f"{name}@{OTHER_CLIENT}.invalid", [])


def partial_name_label(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose DNS names are the valid identity's with a further label inside.

    RFC 5280 §7.2: domains are compared label by label: `bob.x.acme.test` is not `bob.acme.test`. An application that
    compares beginning and end confuses the identities. It must answer as for any unknown identity.
    """
    names = []
    for host in _hosts(factory):
        first, dot, domain = host.partition(".")
        names += (
            [x509.DNSName(f"{NEUTRAL if factory.neutral else first}.{OTHER_CLIENT}.{domain}")] if dot else []
        )
    if not names:
        raise CannotGenerateError(NotGenerated.NAME_PART)
    return _issued(factory, OTHER_CLIENT, names)


def partial_name_pattern(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are patterns that the valid identity's match: `b*`.

    RFC 6125 §6.4.3: a wildcard stands for the names of a server. An application that matches the names that it knows
    with the certificate's confuses the identities. It must answer as for any unknown identity.
    """
    name, mark = _victims_name(factory), "" if factory.neutral else "*"
    first = NEUTRAL if factory.neutral else name[:1]
    hosts = [host.partition(".") for host in _hosts(factory)]
    names = [x509.DNSName(f"{mark or NEUTRAL}.{domain}") for _, dot, domain in hosts if dot]
    return _issued(factory, f"{first}{mark}", names)


def partial_name_inherited(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose common name is `constructor`, a property that every object has.

    RFC 5280 §7.1: values are compared as a whole. A list of names that is an object of JavaScript has the keys of its
    prototype too (CWE-1321). An application that looks a name up in it confuses it with a known one. It must answer as
    for any unknown identity.
    """
    return _issued(factory, NEUTRAL if factory.neutral else INHERITED, [])


def _altered(factory: CertificateFactory, alter: Alter) -> Credential:
    """Alter the common name, the first label of hosts, the local part of addresses, and the last segment of URIs."""

    def name_of(text: str) -> str:
        return alter(other_name(text) if factory.neutral else text)

    names: list[x509.GeneralName] = []
    for host in _hosts(factory):
        first, dot, domain = host.partition(".")
        names.append(x509.DNSName(f"{name_of(first)}{dot}{domain}"))
    for address in _values(factory, x509.RFC822Name):
        local, _, domain = address.rpartition("@")
        names.append(x509.RFC822Name(f"{name_of(local)}@{domain}"))
    for uri in _values(factory, x509.UniformResourceIdentifier):
        above, slash, last = uri.rpartition("/")
        if urlsplit(uri).path.strip("/"):
            names.append(x509.UniformResourceIdentifier(f"{above}{slash}{name_of(last)}"))
    return _issued(factory, name_of(_victims_name(factory)), names)


def _with_dots_replaced(factory: CertificateFactory) -> Iterator[x509.GeneralName]:
    """Yield the names with all dots replaced, and with each."""
    for host in _hosts(factory):
        name = other_host(host) if factory.neutral else host
        yield from map(x509.DNSName, _without_dots(name))
    for address in _values(factory, x509.RFC822Name):
        local, _, domain = address.rpartition("@")
        name = NEUTRAL if factory.neutral else local
        yield from (x509.RFC822Name(f"{name}@{other}") for other in _without_dots(domain))
    for uri in _values(factory, x509.UniformResourceIdentifier):
        parts = urlsplit(uri)
        above, _, last = parts.path.rpartition("/")
        path = f"{above}/{NEUTRAL if factory.neutral else last}"
        for other in _without_dots(parts.netloc):
            yield x509.UniformResourceIdentifier(f"{parts.scheme}://{other}{path}")


def _without_dots(name: str) -> Iterator[str]:
    places = [found.start() for found in re.finditer(r"\.", name)]
    if places:
        yield name.replace(".", LETTER)
    for at in places[:MOST_DOTS] if len(places) > 1 else ():
        yield f"{name[:at]}{LETTER}{name[at + 1 :]}"


def _issued(factory: CertificateFactory, common: str, names: Sequence[x509.GeneralName]) -> Credential:
    if len(common.encode()) > MAX_COMMON_NAME:
        raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    blueprint = replace(factory.other_client(), subject=subject)
    return factory.issued(blueprint.having(x509.SubjectAlternativeName(names)) if names else blueprint)


def _hosts(factory: CertificateFactory) -> list[str]:
    return _values(factory, x509.DNSName)


def _values(factory: CertificateFactory, kind: type[x509.GeneralName]) -> list[str]:
    return [str(name.value) for name in factory.alternative_names if type(name) is kind]


def _victims_name(factory: CertificateFactory) -> str:
    found = factory.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        raise CannotGenerateError(NotGenerated.COMMON_NAME)
    return str(found[-1].value)
