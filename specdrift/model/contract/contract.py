"""The contract: what the loader reads from a document."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from specdrift.model.contract.certificate_schemes import are_distinguished
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey, ParameterValue, RequestBody
from specdrift.model.contract.requirement import SecurityScheme
from specdrift.model.partly_compared import PartlyCompared
from specdrift.model.result.drift import Severity


class DocumentIdentity(Struct, frozen=True, kw_only=True):
    """Identifies the document that was read."""

    source: str
    """Display name: a path, URL or ``REV:PATH``."""
    sha256: str
    """Digest of the root document's bytes."""
    openapi: str
    """OpenAPI version, as written."""
    title: str


class Diagnostic(Struct, frozen=True, kw_only=True):
    """A defect of the document itself."""

    rule: str
    """Id in ``specdrift.rules``."""
    message: str
    location: SourceLocation | None = None
    related: tuple[SourceLocation, ...] = ()
    operation: OperationKey | None = None
    severity: Severity | None = None
    """``None``: the rule's own."""

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class Unread(Struct, frozen=True, kw_only=True):
    """Operations that the document may declare, and that cannot be read."""

    path: str
    """Template; empty: any."""
    method: str
    """As sent; empty: any."""
    at: SourceLocation


class SetAside(Struct, frozen=True, kw_only=True):
    """The description of an operation in a specification extension, such as ``x-orders`` among the paths."""

    path: str
    """As written there: of ``x-orders``, ``orders``."""
    method: str
    operation_id: str
    """Empty if it has none."""
    at: SourceLocation


class ResponseSchemas(Protocol):
    """The Responses Objects of a document, read when needed; the loader implements it."""

    def excerpt(self, key: OperationKey) -> dict[str, Any] | None:
        """Return a document whose only operation, ``GET /``, has the responses of ``key``."""
        ...


class OperationRequests(Protocol):
    """Makes the requests of operations with other values; the loader implements it."""

    def with_values(self, key: OperationKey, values: Sequence[ParameterValue]) -> Operation | None:
        """Return the operation with these values in the places of its parameters.

        ``None`` if it is unknown, or if the values make its request that of another operation.
        """
        ...

    def with_absent_values(self, key: OperationKey) -> Operation | None:
        """Return the operation with values in its path of a resource that does not exist.

        ``None`` if it is unknown, if its path has no parameter, or as for ``with_values``.
        """
        ...

    def bodies(self, key: OperationKey) -> tuple[RequestBody, ...]:
        """Return the bodies that the document allows an operation, the likeliest first; none if it is unknown."""
        ...

    def representations(self, key: OperationKey) -> tuple[RequestBody, ...]:
        """Return bodies of each media type that the document allows, several where its schema has alternatives."""
        ...


class Contract(PartlyCompared, frozen=True, eq=False, kw_only=True):
    """What the document declares."""

    aside: ClassVar = frozenset({"responses", "requests"})

    document: DocumentIdentity
    operations: tuple[Operation, ...]
    schemes: tuple[SecurityScheme, ...] = ()
    servers: tuple[str, ...] = ()
    """URLs of the root's ``servers``."""
    diagnostics: tuple[Diagnostic, ...] = ()
    unread: tuple[Unread, ...] = ()
    """Each has a diagnostic, too."""
    set_aside: tuple[SetAside, ...] = ()
    """What no tool reads as an operation."""
    guarded_webhooks: tuple[str, ...] = ()
    """Webhooks that require a client certificate, as ``POST orderPaid``: requests that the API sends."""
    unread_servers: tuple[SourceLocation, ...] = ()
    """``servers`` members that cannot be read, as ``Operation.servers_at`` names them; each has a diagnostic, too."""
    responses: ResponseSchemas | None = None
    """``None`` without a document, and in other processes."""
    requests: OperationRequests | None = None
    """As ``responses``."""

    @property
    def distinguishes_schemes(self) -> bool:
        """Whether operations name different mutualTLS schemes."""
        return are_distinguished(self.operations)

    @property
    def names_certificates(self) -> bool:
        """Whether an operation requires or allows a client certificate, or has a requirement that cannot be read."""
        return any(operation.requirement.may_need_certificate for operation in self.operations)
