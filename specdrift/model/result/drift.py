"""Drifts: contradictions between document and runtime, and defects of the document."""

from enum import StrEnum

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.verdict import Confidence


class Severity(StrEnum):
    """How serious a drift is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """3 for error, 2 for warning, 1 for note."""
        return {"error": 3, "warning": 2, "note": 1}[self.value]


class DriftStatus(StrEnum):
    """Status of a drift against an earlier result and the baseline."""

    NEW = "new"
    KNOWN = "known"
    """An earlier result has it too. It still counts."""
    SUPPRESSED = "suppressed"
    """The baseline accepts it; it does not count."""


class Drift(Struct, frozen=True, kw_only=True):
    """One drift of a result."""

    rule: str
    """Rule id."""
    severity: Severity
    confidence: Confidence
    title: str
    """Title of the rule."""
    message: str
    remediation: str
    location: SourceLocation | None
    operation: OperationKey | None = None
    identity: str | None = None
    """Name of the caller."""
    profile: str | None = None
    """Certificate profile of the caller."""
    related: tuple[SourceLocation, ...] = ()
    probes: tuple[str, ...] = ()
    """Ids of the probes that show it, the best first; empty for a drift of the document."""
    subject: str = ""
    """Tells drifts of one rule on one operation apart: a header, a listener, a JSON Pointer."""
    fingerprint: str = ""
    """Stays the same when lines move."""
    status: DriftStatus = DriftStatus.NEW
    reproduce: str = ""
    """Shell command without secrets."""
    evidence: Evidence | None = None
    """What it rests on, where answers were compared."""
