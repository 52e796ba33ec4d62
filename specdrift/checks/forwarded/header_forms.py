"""How headers that claim an identity are written: as documented, and as proxies and servers read them differently."""

from collections.abc import Callable, Mapping
from enum import Enum

from specdrift.checks.forwarded.formats import EMAIL, NAME, ROLES, SUCCESS, URI, Format

DECOY = "-"
"""The value of the first of two headers of a name."""


class HeaderForm(Enum):
    """How the headers of a bundle are sent."""

    AS_DOCUMENTED = "headers"
    REPEATED = "headers that come twice"
    """After a decoy of that name, and in lower case: a proxy that deletes or checks the first passes the second."""
    OTHER_SEPARATOR = "headers with - and _ exchanged"
    """CGI and WSGI map both to one variable: a proxy that deletes one passes the other."""
    JOINED = "headers with two values"
    """A decoy and the value in one field (RFC 9110 §5.3): a policy compares all of it, the application splits it."""
    OTHER_CHARACTERS = "headers with . for - and _"
    """CGI and PHP map every character that is no letter or digit to one variable name."""
    SPACE_BEFORE_COLON = "headers with a space before the colon"
    """RFC 9112 §5.1 requires 400; a lenient parser strips it, behind a proxy that knows another name."""
    NO_COLON = "headers with a space for the colon"
    """No field line (RFC 9112 §5): a proxy passes it on under no name that it knows, a lenient parser ends the name at
    the space (CVE-2026-28368).
    """
    LEADING_SPACE = "headers with a space before the name"
    """RFC 9112 §2.2: before the first field line a lenient parser ignores it. One field for each product."""
    HOP_BY_HOP = "headers named by Connection"
    """A proxy removes the headers that ``Connection`` names (RFC 9110 §7.6.1), even those that it has set itself."""


DEFAULT_FORMS = (HeaderForm.AS_DOCUMENTED, HeaderForm.OTHER_SEPARATOR, HeaderForm.REPEATED, HeaderForm.JOINED)
RARE_FORMS = (HeaderForm.OTHER_CHARACTERS, HeaderForm.SPACE_BEFORE_COLON, HeaderForm.NO_COLON)
"""Sent only if everything is."""
MALFORMED = frozenset({HeaderForm.SPACE_BEFORE_COLON, HeaderForm.NO_COLON, HeaderForm.LEADING_SPACE})
"""Forms that a correct server rejects whatever they claim (RFC 9112 §5.1)."""
SHORT = frozenset({NAME, ROLES, EMAIL, URI, SUCCESS})
"""Formats of values that applications split at commas."""
FORMATS: Mapping[HeaderForm, frozenset[Format]] = {
    HeaderForm.JOINED: SHORT,
    HeaderForm.NO_COLON: SHORT - {URI},  # it has a colon
}
"""The formats whose values a form can have; others have all."""

IN_WORDS: Mapping[HeaderForm, str] = {
    HeaderForm.REPEATED: ", after another of that name",
    HeaderForm.JOINED: ", after another value and a comma",
    HeaderForm.SPACE_BEFORE_COLON: ", with a space before the colon",
    HeaderForm.NO_COLON: ", with a space for the colon",
    HeaderForm.LEADING_SPACE: ", with a space before the name",
}
"""What a form adds to the encoding of its values."""


def _dotted(name: str) -> str:
    """Return the name with dots; empty if nothing is replaced."""
    dotted = name.replace("-", ".").replace("_", ".")
    return dotted if dotted != name else ""


def _exchanged(name: str) -> str:
    """Return the name with the other separator; empty if it has none."""
    return name.replace("-", "_") if "-" in name else name.replace("_", "-") if "_" in name else ""


RENAMED: Mapping[HeaderForm, Callable[[str], str]] = {
    HeaderForm.REPEATED: str.lower,
    HeaderForm.OTHER_SEPARATOR: _exchanged,
    HeaderForm.OTHER_CHARACTERS: _dotted,
    HeaderForm.SPACE_BEFORE_COLON: lambda name: f"{name} ",
    HeaderForm.LEADING_SPACE: lambda name: f" {name}",
}
"""How a form writes a name; empty: the field does not have this form."""
