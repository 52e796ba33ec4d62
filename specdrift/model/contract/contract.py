"""What the loader makes of a document."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import SecurityScheme
from specdrift.model.result.drift import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentIdentity:
    """Which document was read: a display name, the SHA-256 of the entry's bytes, version and title."""

    source: str
    sha256: str
    openapi: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """Something wrong with the document itself. ``rule`` is an id of ``specdrift.rules``; ``severity`` is set
    where it differs from the rule's.
    """

    rule: str
    message: str
    location: SourceLocation | None = None
    related: tuple[SourceLocation, ...] = ()
    operation: OperationKey | None = None
    severity: Severity | None = None

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class ResponseSchemas(Protocol):
    """The Responses Objects of a document, read when needed; the loader implements it."""

    def excerpt(self, key: OperationKey) -> dict[str, Any] | None:
        """Return a document whose only operation, ``GET /``, has the responses of ``key``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Everything the document declares that the other stages need."""

    document: DocumentIdentity
    operations: tuple[Operation, ...]
    schemes: tuple[SecurityScheme, ...] = ()
    servers: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    responses: ResponseSchemas | None = field(default=None, repr=False, compare=False)
    """None where no document is available: without one, and in another process."""
