"""Declared parameters and body members, and the constraints on their values."""

import re
from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import ClassVar

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.partly_compared import PartlyCompared


class Place(StrEnum):
    """``in`` of a Parameter Object, or a member of a JSON body or a form."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


class Allowed(Enum):
    """Whether a constraint allows a text."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()
    """A pattern or a format decides, which is not evaluated."""


_FORMS: Mapping[str, re.Pattern[str]] = {
    "integer": re.compile(r"[+-]?[0-9]+"),
    "number": re.compile(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?"),
    "boolean": re.compile(r"true|false"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}
"""Types and formats, as written in a URL."""
_FREE = frozenset({"", "string", "password", "binary"})
"""Types and formats that allow every text."""


class Constraint(Struct, frozen=True, kw_only=True):
    """The constraints of a Schema Object on one value; empty or ``None`` means no constraint."""

    type: str = ""
    """``type`` without ``null``."""
    format: str = ""
    pattern: str = ""
    allowed: tuple[str, ...] = ()
    """Values of ``enum`` or ``const``, as written in a URL."""
    minimum: float | None = None
    """Exclusive bounds are kept as inclusive ones."""
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None

    def allows(self, text: str) -> Allowed:
        """Return whether it allows a text in a URL. Bounds of numbers count as unknown."""
        if self.allowed:
            return Allowed.YES if text in self.allowed else Allowed.NO
        forms = [_FORMS[name] for name in (self.type, self.format) if name in _FORMS]
        short, long = self.min_length or 0, self.max_length
        fits = short <= len(text) and (long is None or len(text) <= long)
        if not fits or not all(form.fullmatch(text) for form in forms):
            return Allowed.NO
        plain = self.minimum is None and self.maximum is None and not self.pattern
        known = {self.type, self.format} <= _FREE | _FORMS.keys()
        return Allowed.YES if plain and known else Allowed.UNKNOWN


class Input(PartlyCompared, frozen=True, eq=False, kw_only=True):
    """A declared parameter, or a member of the body."""

    aside: ClassVar = frozenset({"at"})

    name: str
    place: Place
    required: bool = False
    several: bool = False
    """An array; ``constraint`` applies to its elements."""
    closed: bool = False
    """The object must not have undeclared members (``additionalProperties: false``)."""
    constraint: Constraint = field(default_factory=Constraint)
    examples: tuple[str, ...] = ()
    """Values of a parameter that the document shows, as written in a URL."""
    lists: tuple[str, ...] = ()
    """The lists that the document shows for a parameter of the query, as written in a URL: ``ids=14&ids=15``."""
    fitting: str = ""
    """A made-up text for a parameter with a pattern or a format; empty without one."""
    at: SourceLocation | None = None
    """The parameter, or the body that it belongs to; ``None`` if it is not known."""
