"""The operations of a document, with the values of their requests."""

from dataclasses import dataclass, field
from enum import StrEnum

from specdrift.model.contract.inputs import Input
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.requirement import Requirement


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OperationKey:
    """Identifies an operation."""

    path: str
    """Template as written."""
    method: str
    """As sent."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ValueSource(StrEnum):
    """Origin of a parameter or body value; every report names it."""

    CONFIG = "config"
    EXAMPLE = "example"
    DEFAULT = "default"
    CONST = "const"
    ENUM = "enum"
    TYPE = "type"
    """Made from the schema's type and format."""
    GENERATED = "generated"
    """Made by the optional schema-based generator."""
    LEARNED = "learned"
    """Found in an answer of the API."""


MADE_UP = frozenset({ValueSource.TYPE, ValueSource.GENERATED})
"""Sources of values that the document does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """The value of one parameter of a request."""

    name: str
    location: str
    """``path``, ``query``, ``header`` or ``cookie``."""
    value: str
    source: ValueSource
    origin: str = ""
    """Where a learned value was found: ``GET /items``, ``access.log:12``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """The body of a request."""

    media_type: str
    content: bytes
    source: ValueSource
    required: bool = False
    """The document requires a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of ``paths``."""

    key: OperationKey
    requirement: Requirement
    location: SourceLocation
    """The ``security`` member in force, else the operation itself."""
    declared_at: SourceLocation
    """The operation itself."""
    path_at: SourceLocation | None = None
    """The path; ``None`` if it is not known."""
    target: str
    """Origin-form request target below the base path, percent-encoded, with its query: ``/items/7?limit=1``."""
    operation_id: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    """URLs in force, with their variables filled in; may be relative."""
    servers_at: SourceLocation | None = None
    """The ``servers`` member in force; ``None`` if there is none."""
    parameters: tuple[ParameterValue, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    """Header fields of the required header and cookie parameters."""
    body: RequestBody | None = None
    missing: tuple[str, ...] = ()
    """Required parameters without a value."""
    forbidden_headers: tuple[str, ...] = ()
    """Header parameters that are not sent: a document may not set them."""
    taken_for: OperationKey | None = None
    """The operation of a fixed path whose target the parameter values happen to produce."""
    media_types: tuple[str, ...] = ()
    """Media types of the declared successful responses."""
    inputs: tuple[Input, ...] = ()
    """Declared parameters and body members, sent or not."""
    allow_roles: frozenset[str] = field(default_factory=frozenset)
    """Roles from the configuration; they replace the document's."""

    @property
    def learned(self) -> tuple[str, ...]:
        """The learned values of its requests, for people."""
        found = (value for value in self.parameters if value.source is ValueSource.LEARNED)
        return tuple(f"{value.name} = {value.value}, learned from {value.origin}" for value in found)

    @property
    def roles(self) -> frozenset[str]:
        """Roles that may call the operation: the configuration's, else the document's."""
        return self.allow_roles or self.requirement.roles
