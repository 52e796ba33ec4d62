"""What a document says of the values that a request may carry."""

from dataclasses import dataclass, field
from enum import StrEnum


class Place(StrEnum):
    """Where a value stands: ``in`` of a Parameter Object, or a member of a JSON body."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a Schema Object asks of one value; empty or ``None`` where it asks for nothing.

    ``type`` is that of JSON Schema without ``null``; ``allowed`` are ``enum`` or ``const`` as they stand in a URL.
    Bounds are the widest that the schema can mean: an exclusive one is kept as if it were inclusive.
    """

    type: str = ""
    format: str = ""
    pattern: str = ""
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A declared parameter, or a member of the body. ``several``: an array, whose elements ``constraint`` is about.
    ``closed``: a member of an object that must not have any that are not declared.
    """

    name: str
    place: Place
    required: bool = False
    several: bool = False
    closed: bool = False
    constraint: Constraint = field(default_factory=Constraint)
