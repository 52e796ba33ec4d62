"""Collects what is wrong with a document: at most one finding for each cause."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from specdrift.errors import DocumentError
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity

_MOST = 1000


@dataclass(slots=True)
class DocumentFindings:
    """``fatal`` are those that make the whole document unjudgeable; the rest leave other operations alone."""

    found: dict[Hashable, Diagnostic] = field(default_factory=dict)
    fatal: dict[Hashable, Diagnostic] = field(default_factory=dict)
    _unjudged: dict[Hashable, list[OperationKey]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether nobody would read on: further findings are left out."""
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
        """Keeps the finding unless its cause (by default its own words and place) was reported before."""
        key = (rule, (message, location) if cause is None else cause)
        if key in self.found or self.full:
            return
        self.found[key] = Diagnostic(
            rule=rule, message=message, location=location, severity=severity, related=tuple(related)
        )

    def refuse(
        self,
        rule: str,
        message: str,
        location: SourceLocation | None,
        *,
        related: Iterable[SourceLocation] = (),
    ) -> None:
        """Keeps a finding after which nothing of the document can be trusted."""
        diagnostic = Diagnostic(rule=rule, message=message, location=location, related=tuple(related))
        if len(self.fatal) < _MOST:
            self.fatal.setdefault((rule, message, location), diagnostic)

    def unjudged(self, rule: str, cause: Hashable, operation: OperationKey) -> None:
        """Notes that an operation has no answer because of a finding; said in that finding's own words."""
        self._unjudged.setdefault((rule, cause), []).append(operation)

    def raise_fatal(self) -> None:
        if self.fatal:
            raise DocumentError(tuple(self.fatal.values()))

    def all(self) -> tuple[Diagnostic, ...]:
        """Every finding, in the order of discovery; where there are too many, the last one says so."""
        complete = [self._complete(cause, diagnostic) for cause, diagnostic in self.found.items()]
        if self.full:
            complete[-1] = replace(
                complete[-1], message=f"{complete[-1].message} Further findings are left out."
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
    """Another place in as few words as it takes: ``line 8``, or with its file where that is another."""
    return f"line {there.line}" if there.file == here.file else str(there)
