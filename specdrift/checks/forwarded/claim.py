"""The facts of a certificate that a header can claim, and the same claim with invalid values. Pure."""

import base64
import re
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.exchange.identity import ClientIdentity

UNIT = re.compile(r"(?:^|,|\+)OU=((?:\\.|[^\\,+])+)")
COMMON_NAME = re.compile(r"(?:^|,|\+)CN=((?:\\.|[^\\,+])+)")
ATTRIBUTE_VALUE = re.compile(r"(?<==)[^,=]+")
NEVER = datetime(1990, 1, 1, tzinfo=UTC)
LINE = 64
"""Characters in a line of PEM (RFC 7468 §2)."""


class Claim(Struct, frozen=True, kw_only=True):
    """The identity that a caller claims."""

    name: str
    roles: tuple[str, ...]
    """Those that the operation is for come first."""
    der: bytes
    subject: str
    """RFC 4514."""
    issuer: str
    """RFC 4514."""
    serial: str
    """Hexadecimal."""
    not_before: datetime
    not_after: datetime
    uris: tuple[str, ...]
    """Of the subject alternative name, as are ``domains`` and ``email``."""
    domains: tuple[str, ...]
    email: str
    genuine: bool = True
    """False for the invalidated claim."""

    @property
    def unit(self) -> str:
        """The first organizational unit of the subject; empty without one."""
        found = UNIT.search(self.subject)
        return found[1] if found else ""

    @property
    def base64(self) -> str:
        """The DER encoding in one line of base64."""
        return base64.b64encode(self.der).decode("ascii")

    @property
    def pem(self) -> str:
        """The certificate as PEM, with a newline at its end."""
        text = self.base64
        lines = (text[start : start + LINE] for start in range(0, len(text), LINE))
        return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))

    @property
    def invalidated(self) -> "Claim":
        """The same length, not a valid certificate: a control that shows whether the value is parsed."""
        return replace(
            self,
            name=_blank(self.name),
            roles=tuple(_blank(role) for role in self.roles),
            der=self.der[::-1],
            subject=ATTRIBUTE_VALUE.sub(lambda value: _blank(value[0]), self.subject),
            issuer=ATTRIBUTE_VALUE.sub(lambda value: _blank(value[0]), self.issuer),
            serial="0" * len(self.serial),
            not_before=NEVER,
            not_after=NEVER,
            uris=tuple(_blank(uri) for uri in self.uris),
            domains=tuple(_blank(domain) for domain in self.domains),
            email=_blank(self.email),
            genuine=False,
        )


def _blank(text: str) -> str:
    return "x" * len(text)


@lru_cache(maxsize=256)
def claim_of(identity: ClientIdentity, roles: frozenset[str]) -> Claim | None:
    """Return the public facts of an identity, for an operation with these roles.

    ``None`` if its certificate is not available or not readable.
    """
    facts = identity.certificate
    if facts is None or not facts.der:
        return None
    uris, domains, emails = _alternative_names(facts.der)
    name = common_name_of(identity)
    return Claim(
        name=name,
        roles=tuple(sorted(identity.roles or roles, key=lambda role: (role not in roles, role)))
        or ("admin",),
        der=facts.der,
        subject=facts.subject,
        issuer=facts.issuer,
        serial=facts.serial,
        not_before=facts.not_before,
        not_after=facts.not_after,
        uris=uris or (f"spiffe://localhost/{name}",),
        domains=domains or ("localhost",),
        email=(*emails, f"{name}@localhost")[0],
    )


def common_name_of(identity: ClientIdentity) -> str:
    """Return the common name of an identity's certificate, else its name; empty without a certificate.

    Results have the subject, and not the certificate.
    """
    if identity.certificate is None:
        return ""
    common = COMMON_NAME.search(identity.certificate.subject)
    return common[1] if common else identity.name


Names = tuple[str, ...]


def _alternative_names(der: bytes) -> tuple[Names, Names, Names]:
    """Return URIs, DNS names and mail addresses of the certificate; none if it has none or is malformed."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return (), (), ()
    return (
        tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        tuple(names.get_values_for_type(x509.DNSName)),
        tuple(names.get_values_for_type(x509.RFC822Name)),
    )
