"""Valid certificates of other clients whose names have a meaning in a language that applications put names into.

Names go into queries, patterns, paths and URLs. There `_`, quotes, brackets, dots and percent signs are no plain
characters. A control has the same characters with neutral words, or a condition that is false.
"""

from collections.abc import Callable

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.partial import LONGEST_ATTRIBUTE, MAX_COMMON_NAME, NEUTRAL
from specdrift.pki.credential import Credential

TRUE, FALSE = "x' or 1=1 or '\" or 1=1 or \"'='", "x' and 1=2 and '\" and 1=2 and \"'='"
"""Complete conditions of SQL and XPath, in single and in double quotes."""


def partial_name_like(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are patterns of SQL's LIKE that the valid identity's match.

    RFC 5280 §7.1: values are compared as a whole: `b_%` is not `bob`. An application that looks names up with LIKE
    confuses the identities (CWE-1286). It must answer as for any unknown identity.
    """
    return _written(factory, lambda name: f"{name[:1]}_%" if len(name) > 1 else "%")


def partial_name_class(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are regular expressions or globs that the valid one's match.

    RFC 5280 §7.1: values are compared as a whole: `b[o]b` is not `bob`. An application that matches the names that it
    knows with the certificate's (CWE-185) confuses the identities. It must answer as for any unknown identity.
    """
    return _written(factory, lambda name: f"{name[:-1]}[{name[-1:]}]")


def partial_name_query(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose name ends a string of SQL or XPath and adds a true condition.

    RFC 5280 §7.1: values are compared as a whole, and may have quotes. An application that writes the name into a query
    takes the holder for anybody (CWE-89, CWE-643). It must answer as for the same name with a false condition.
    """
    return _issued(factory, FALSE if factory.neutral else TRUE, [])


def partial_name_filter(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are the valid one's with a further condition of LDAP filters.

    RFC 4515 §3: parentheses in values are escaped. An application that writes the name into a filter confuses the
    identities (CWE-90). It must answer as for any unknown identity.
    """
    return _written(factory, lambda name: f"{name})(objectClass=*")


def partial_name_path(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names lead to the valid identity's as a path: `x/../bob`.

    RFC 3986 §5.2.4: dot segments are for URLs and files. An application that looks up a file or URL with the name
    confuses the identities (CWE-22). It must answer as for any unknown identity.
    """
    return _written(factory, lambda name: f"x/../{name}")


def partial_name_escaped(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose names are the valid identity's with a percent-encoded letter.

    RFC 3986 §2.1: percent-encoding is for URIs: `%62ob` is not `bob`. An application that decodes the name, as some
    proxies encode it, confuses the identities (CWE-177). It must answer as for any unknown identity.
    """
    return _written(factory, lambda name: "".join(f"%{each:02X}" for each in name[:1].encode()) + name[1:])


def _written(factory: CertificateFactory, write: Callable[[str], str]) -> Credential:
    """Write the common name, and as units the values of the role, in this way."""
    found = factory.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found:
        raise CannotGenerateError(NotGenerated.COMMON_NAME)
    name = NEUTRAL if factory.neutral else str(found[-1].value)
    units = [write(NEUTRAL if factory.neutral else value) for value in factory.role_values]
    return _issued(factory, write(name), units)


def _issued(factory: CertificateFactory, common: str, units: list[str]) -> Credential:
    if len(common.encode()) > MAX_COMMON_NAME:
        raise CannotGenerateError(NotGenerated.NOT_CHANGEABLE)
    attributes = [
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)
        for unit in units
        if len(unit) <= LONGEST_ATTRIBUTE
    ]
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common)])
    return factory.issued(replace(factory.other_client(), subject=subject))
