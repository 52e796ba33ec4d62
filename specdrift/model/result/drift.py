"""A finding: where the document and the runtime disagree, or what is wrong with the document."""

from dataclasses import dataclass
from enum import StrEnum

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.verdict import Confidence


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """3 for error, 2 for warning, 1 for note: larger is worse."""
        return {"error": 3, "warning": 2, "note": 1}[self.value]


class DriftStatus(StrEnum):
    NEW = "new"
    KNOWN = "known"
    """An earlier result has it too. It counts all the same."""
    SUPPRESSED = "suppressed"
    """The baseline accepts it; it does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One finding. ``probes`` are ids of the exchanges that show it (empty for a document finding);
    ``reproduce`` is a shell command without secrets; ``fingerprint`` stays the same when lines move;
    ``subject`` tells it apart from others of its rule on the same operation (a header, a door, a JSON Pointer).
    """

    rule: str
    severity: Severity
    confidence: Confidence
    title: str
    message: str
    remediation: str
    location: SourceLocation | None
    operation: OperationKey | None = None
    identity: str | None = None
    profile: str | None = None
    related: tuple[SourceLocation, ...] = ()
    probes: tuple[str, ...] = ()
    subject: str = ""
    fingerprint: str = ""
    status: DriftStatus = DriftStatus.NEW
    reproduce: str = ""
