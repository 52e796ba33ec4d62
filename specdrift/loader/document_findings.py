"""Collects findings about a document, at most one for each cause."""

from collections.abc import Hashable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.errors import DocumentError
from specdrift.model.contract.contract import Diagnostic, Unread
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity

_MOST = 1000


class DocumentFindings(Struct):
    """Findings by cause; ``fatal`` ones make the whole document unusable."""

    found: dict[Hashable, Diagnostic] = field(default_factory=dict)
    fatal: dict[Hashable, Diagnostic] = field(default_factory=dict)
    unread: dict[Unread, None] = field(default_factory=dict)
    """Operations that are lost, in the order of discovery."""
    _unjudged: dict[Hashable, list[OperationKey]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """True once the limit is reached; further findings are omitted."""
        return len(self.found) >= _MOST

    def add(
        self,
        rule: str,
        message: str,
        location: SourceLocation | None,
        *,
        cause: Hashable = None,
        severity: Severity | None = None,
        related: Iterable[SourceLocation] = (),
    ) -> None:
        """Add a finding unless its cause (by default message and location) was reported before."""
        key = (rule, (message, location) if cause is None else cause)
        if key in self.found or self.full:
            return
        self.found[key] = Diagnostic(
            rule=rule, message=message, location=location, severity=severity, related=tuple(related)
        )

    def add_all(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add finished findings."""
        for each in diagnostics:
            if not self.full:
                self.found.setdefault((each.rule, (each.message, each.location)), each)

    def refuse(
        self,
        rule: str,
        message: str,
        location: SourceLocation | None,
        *,
        related: Iterable[SourceLocation] = (),
    ) -> None:
        """Add a finding that makes the document unusable."""
        diagnostic = Diagnostic(rule=rule, message=message, location=location, related=tuple(related))
        if len(self.fatal) < _MOST:
            self.fatal.setdefault((rule, message, location), diagnostic)

    def refuse_for_found(self) -> None:
        """Make the document unusable for what was found so far: it is why nothing can be read."""
        for diagnostic in self.found.values():
            self.refuse(diagnostic.rule, diagnostic.message, diagnostic.location, related=diagnostic.related)

    def unjudged(self, rule: str, cause: Hashable, operation: OperationKey) -> None:
        """Record that a finding leaves an operation unjudged; its message will name the operation."""
        self._unjudged.setdefault((rule, cause), []).append(operation)

    def lose(self, at: SourceLocation, *, path: str = "", method: str = "") -> None:
        """Record that operations cannot be read; all of a path, or of the document, unless it names them."""
        self.unread[Unread(path=path, method=method, at=at)] = None

    def raise_fatal(self) -> None:
        if self.fatal:
            raise DocumentError(tuple(self.fatal.values()))

    def all(self) -> tuple[Diagnostic, ...]:
        """Return all findings in the order of discovery; the last one states that more were omitted."""
        complete = [self._complete(cause, diagnostic) for cause, diagnostic in self.found.items()]
        if self.full:
            complete[-1] = replace(
                complete[-1], message=f"{complete[-1].message} Further findings are omitted."
            )
        return tuple(complete)

    def _complete(self, cause: Hashable, diagnostic: Diagnostic) -> Diagnostic:
        lost = self._unjudged.get(cause)
        if not lost:
            return diagnostic
        others = f" and {len(lost) - 1:,} more" if len(lost) > 1 else ""
        return replace(
            diagnostic,
            message=f"{diagnostic.message} {lost[0]}{others} cannot be judged.",
            operation=lost[0] if len(lost) == 1 else None,
        )


def near(there: SourceLocation, here: SourceLocation) -> str:
    """Return ``line 8``, with the file if it differs."""
    return f"line {there.line}" if there.file == here.file else str(there)


def beside_reference(name: str) -> str:
    """Return what is wrong with a field beside the ``$ref`` of a path item."""
    return (
        f'OpenAPI does not define "{name}" beside "$ref". Both were read, and this one wins; other tools ignore one of '
        "them. Keep one."
    )
