"""What a check concludes, before it is given its place in the document and its words."""

from dataclasses import dataclass

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Severity
from specdrift.model.result.verdict import Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``rule`` is an id of ``specdrift.rules``; ``severity`` only where it differs from the rule's own;
    ``identity`` and ``profile`` name the caller; ``probes`` the exchanges that show it, the best first;
    ``subject`` tells apart findings of one rule on one operation (a path, a header).
    """

    rule: str
    message: str
    confidence: Confidence
    probes: tuple[str, ...]
    operation: OperationKey | None = None
    identity: str | None = None
    profile: str | None = None
    severity: Severity | None = None
    subject: str = ""
