"""A distinguished name as gateways write it."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from cryptography import x509

LONGEST = 1024
"""A longer text may be cut by a gateway."""
OPENSSL: Mapping[str, str] = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
"""The short names of OpenSSL for types of attributes."""
GO = {
    "serialNumber": "SERIALNUMBER",
    "CN": "CN",
    "postalCode": "POSTALCODE",
    "street": "STREET",
    "ST": "ST",
    "L": "L",
    "OU": "OU",
    "O": "O",
    "C": "C",
}
"""The attributes that Go writes with a name, in the order in which it writes them."""
_ONCE = frozenset({"serialNumber", "CN"})
"""Attributes of which Go keeps the last one."""
_SEPARATOR = re.compile(r"[/+\\]")
_ESCAPED = frozenset(',+"\\<>;')
Attribute = tuple[str, str]
"""The type, by OpenSSL's short name, and the value."""


class DistinguishedName(Struct, frozen=True):
    """The name of a subject or an issuer."""

    sets: tuple[tuple[Attribute, ...], ...] | None
    """Its relative names; ``None`` for a name that gateways may write in several ways."""

    @classmethod
    def of(cls, name: "x509.Name") -> "DistinguishedName":
        """Read a name. One with letters beside ASCII, or attributes without a short name, is not known."""
        sets = tuple(
            tuple((OPENSSL.get(one.oid.dotted_string, ""), one.value) for one in rdn) for rdn in name.rdns
        )
        known = all(
            kind and isinstance(value, str) and value and value.isascii() and value.isprintable()
            for one in sets
            for kind, value in one
        )
        texts = tuple(tuple((kind, str(value)) for kind, value in one) for one in sets)
        length = sum(len(kind) + 2 * len(value) + 2 for one in texts for kind, value in one)
        return cls(texts if known and length <= LONGEST else None)

    @property
    def rfc2253(self) -> str | None:
        """As OpenSSL writes it with ``XN_FLAG_RFC2253``: the most specific part first."""
        if self.sets is None:
            return None
        parts = ("+".join(f"{kind}={_escaped(value)}" for kind, value in reversed(one)) for one in self.sets)
        return ",".join(reversed(tuple(parts)))

    @property
    def slashed(self) -> str | None:
        """As ``X509_NAME_oneline`` writes it: in its order, a slash before each part.

        Versions differ about values with a slash or a plus sign.
        """
        if self.sets is None or any(len(one) > 1 or _SEPARATOR.search(one[0][1]) for one in self.sets):
            return None
        return "".join(f"/{kind}={value}" for one in self.sets for kind, value in one)

    @property
    def of_go(self) -> str | None:
        """As Go's ``pkix.Name`` writes it: in an order of types."""
        if self.sets is None or any(kind not in GO for kind, _ in self._attributes()):
            return None
        return ",".join(
            "+".join(f"{written}={_escaped(value)}" for value in values)
            for kind, written in GO.items()
            if (values := self._of_go(kind))
        )

    def values(self, kind: str) -> tuple[str, ...] | None:
        """Return the values of a type of attribute in their order; ``None`` if they are not known."""
        if self.sets is None:
            return None
        return tuple(value for each, value in self._attributes() if each == kind)

    def _of_go(self, kind: str) -> tuple[str, ...]:
        values = self.values(kind) or ()
        return values[-1:] if kind in _ONCE else values

    def _attributes(self) -> Iterator[Attribute]:
        for one in self.sets or ():
            yield from one


def _escaped(value: str) -> str:
    """Return a value as a part of a name (RFC 2253 §2.4)."""
    written = "".join(f"\\{letter}" if letter in _ESCAPED else letter for letter in value)
    if written.endswith(" ") and value != " ":
        written = f"{written[:-1]}\\ "
    return f"\\{written}" if value[0] in " #" else written
