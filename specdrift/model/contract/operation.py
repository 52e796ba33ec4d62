"""The operations of a document, with the values of their requests."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.inputs import Input
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.requirement import Requirement


class OperationKey(NamedTuple):
    """Identifies an operation. A named tuple, since judging hashes and compares it a million times."""

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


class ParameterValue(Struct, frozen=True, kw_only=True):
    """The value of one parameter of a request."""

    name: str
    location: str
    """``path``, ``query``, ``header`` or ``cookie``."""
    value: str
    source: ValueSource
    origin: str = ""
    """Where a learned value was found: ``GET /items``, ``access.log:12``. Of a value of one identity its key:
    ``parameters.alice``.
    """


class RequestBody(Struct, frozen=True, kw_only=True):
    """The body of a request."""

    media_type: str
    content: bytes
    source: ValueSource
    required: bool = False
    """The document requires a body."""
    origin: str = ""
    """Of the body of one identity its key: ``bodies.alice``. Of one that replaces a body which the server does not
    take, the status of that.
    """


class OwnValues(Struct, frozen=True, kw_only=True):
    """The values of the requests of one identity; members as in ``Operation``."""

    identity: str
    target: str
    parameters: tuple[ParameterValue, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: RequestBody | None = None
    missing: tuple[str, ...] = ()
    taken_for: OperationKey | None = None


class Operation(Struct, frozen=True, kw_only=True):
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
    server_choices: tuple[str, ...] = ()
    """URLs with each value that the document lists for a variable; empty if no variable has several."""
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
    own: tuple[OwnValues, ...] = ()
    """The values of identities with their own configured ones."""

    def with_values_of(self, identity: str) -> "Operation":
        """Return the operation with the values of an identity; itself if the identity has none of its own."""
        own = next((one for one in self.own if one.identity == identity), None)
        if own is None:
            return self
        return replace(
            self,
            target=own.target,
            parameters=own.parameters,
            headers=own.headers,
            body=own.body,
            missing=own.missing,
            taken_for=own.taken_for,
        )

    @property
    def allowed_servers(self) -> tuple[str, ...]:
        """URLs of all servers that the document allows, whichever its variables choose."""
        return self.server_choices or self.servers

    @property
    def every_parameter(self) -> tuple[ParameterValue, ...]:
        """The values of all identities."""
        return (*self.parameters, *(value for one in self.own for value in one.parameters))

    @property
    def learned(self) -> tuple[str, ...]:
        """The values of its requests that were found or are those of one identity, for people."""
        sources = {ValueSource.LEARNED: "learned from", ValueSource.CONFIG: "configured as"}
        return tuple(
            f"{value.name} = {value.value}, {sources[value.source]} {value.origin}"
            for value in self.parameters
            if value.origin and value.source in sources
        )

    @property
    def roles(self) -> frozenset[str]:
        """Roles that may call the operation: the configuration's, else the document's."""
        return self.allow_roles or self.requirement.roles
