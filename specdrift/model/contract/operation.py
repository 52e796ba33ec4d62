"""The operations of a described API, ready to be called."""

from dataclasses import dataclass, field
from enum import StrEnum

from specdrift.model.contract.inputs import Input
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.requirement import Requirement


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OperationKey:
    """What identifies an operation: the path template as written, and the method as sent."""

    path: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ValueSource(StrEnum):
    """Where a parameter or body value came from; every report names it."""

    CONFIG = "config"
    EXAMPLE = "example"
    DEFAULT = "default"
    CONST = "const"
    ENUM = "enum"
    TYPE = "type"
    """Made from the schema's type and format."""
    GENERATED = "generated"
    """Made by the optional schema-based generator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """One value that a request carries. ``location`` is ``path``, ``query``, ``header`` or ``cookie``."""

    name: str
    location: str
    value: str
    source: ValueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    media_type: str
    content: bytes
    source: ValueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of ``paths``.

    ``target`` is the origin-form request target below the server's base path, percent-encoded, with its
    query: ``/items/7?limit=1``. ``headers`` are those that its required header and cookie parameters need.
    ``missing`` names required parameters for which no value could be found; ``taken_for`` is the operation of a path
    without a template whose request its values make. ``inputs`` is what the document asks of parameters and body
    members, sent or not. ``servers`` are URLs with their variables filled in, as declared (they may be relative);
    ``servers_at`` is the member that has them, ``None`` where no member does. ``location`` is the deciding ``security``
    member, or the operation itself; ``declared_at`` is always the operation itself.
    """

    key: OperationKey
    requirement: Requirement
    location: SourceLocation
    declared_at: SourceLocation
    target: str
    operation_id: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    servers_at: SourceLocation | None = None
    parameters: tuple[ParameterValue, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: RequestBody | None = None
    missing: tuple[str, ...] = ()
    taken_for: OperationKey | None = None
    inputs: tuple[Input, ...] = ()
    allow_roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def roles(self) -> frozenset[str]:
        """Roles that may call it: the configuration's word where it has one, else the document's."""
        return self.allow_roles or self.requirement.roles
