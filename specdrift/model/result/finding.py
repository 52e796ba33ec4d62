"""Findings: what a check concludes, without the rule's texts and the location in the document."""

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.verdict import Confidence


class Finding(Struct, frozen=True, kw_only=True):
    """One finding of a check."""

    rule: str
    """Id in ``specdrift.rules``."""
    message: str
    confidence: Confidence
    probes: tuple[str, ...]
    """Ids of the probes that show it, the best first."""
    operation: OperationKey | None = None
    identity: str | None = None
    """Name of the caller."""
    profile: str | None = None
    """Certificate profile of the caller."""
    severity: Severity | None = None
    """``None``: the rule's own."""
    subject: str = ""
    """Tells findings of one rule on one operation apart: a path, a header."""
    location: SourceLocation | None = None
    """What it is about, if that is another part of the document than the operation's requirement."""
    evidence: Evidence | None = None
    """What it rests on, where answers were compared."""
