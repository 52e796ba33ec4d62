"""Declared parameters and body members, and the constraints on their values."""

from dataclasses import dataclass, field
from enum import StrEnum

from specdrift.model.contract.location import SourceLocation


class Place(StrEnum):
    """``in`` of a Parameter Object, or a member of a JSON body or a form."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A declared parameter, or a member of the body."""

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
    at: SourceLocation | None = field(default=None, compare=False)
    """The parameter, or the body that it belongs to; ``None`` if it is not known."""
