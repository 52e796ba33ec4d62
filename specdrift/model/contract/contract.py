"""What the loader makes of a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Everything the document promises that the other stages need.

    ``skeleton`` is a small, self-contained OpenAPI document (paths, parameters, servers, security,
    response status codes and shallow schemas) for reference resolution, matching and response validation.
    """

    document: DocumentIdentity
    operations: tuple[Operation, ...]
    schemes: tuple[SecurityScheme, ...] = ()
    servers: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    skeleton: Mapping[str, Any] = field(default_factory=dict)
