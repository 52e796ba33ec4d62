"""Drifts that are found without the server: in the document or in the source. Pure."""

from specdrift.model.contract.contract import Diagnostic
from specdrift.model.result.drift import Drift
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.rules import RULES


def static_drift(
    found: Diagnostic | SourceFinding, *, subject: str, fingerprint: str, confidence: Confidence
) -> Drift:
    """Return the drift, with the texts of its rule, and the rule's severity unless it has its own."""
    rule = RULES[found.rule]
    return Drift(
        rule=rule.id,
        severity=found.severity or rule.severity,
        confidence=confidence,
        title=rule.title,
        message=found.message,
        remediation=rule.remedy,
        location=found.location,
        related=found.related,
        operation=found.operation,
        subject=subject,
        fingerprint=fingerprint,
    )
