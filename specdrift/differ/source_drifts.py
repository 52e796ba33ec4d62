"""Findings in the source as drifts, and what the runtime says of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from specdrift.differ.fingerprint import fingerprint
from specdrift.model.drift import Drift, Severity
from specdrift.model.operation import OperationKey
from specdrift.model.result import OperationResult
from specdrift.model.source import SourceFinding
from specdrift.model.verdict import Confidence, Enforcement
from specdrift.rules import RULES

GUARDED = "route-not-guarded"
OPEN = frozenset({Enforcement.NOT_ENFORCED, Enforcement.BYPASSABLE})


def source_drifts(
    findings: Iterable[SourceFinding], *, runtime: Mapping[OperationKey, OperationResult] | None = None
) -> tuple[Drift, ...]:
    """The drifts that these are; one that the runtime confirms or clears says so."""
    seen: dict[str, Drift] = {}
    for finding in findings:
        drift = source_drift(finding)
        result = (runtime or {}).get(finding.operation) if finding.operation else None
        seen.setdefault(drift.fingerprint, beside(drift, result) if result else drift)
    return tuple(seen.values())


def source_drift(finding: SourceFinding) -> Drift:
    """The drift that something in the source is. Lines and files are not part of its fingerprint."""
    rule = RULES[finding.rule]
    return Drift(
        rule=rule.id,
        severity=finding.severity or rule.severity,
        confidence=finding.confidence,
        title=rule.title,
        message=finding.message,
        remediation=rule.remedy,
        location=finding.location,
        related=finding.related,
        operation=finding.operation,
        subject=finding.subject,
        fingerprint=fingerprint(rule.id, finding.operation, finding.subject),
    )


def beside(drift: Drift, result: OperationResult) -> Drift:
    """What the source suggests, beside what the server did: confirmed, or cleared as far as was asked."""
    if drift.rule != GUARDED:
        return drift
    if result.enforcement in OPEN:
        said = f"{drift.message} The runtime admits callers without a certificate."
        return replace(drift, message=said, confidence=Confidence.HIGH, severity=Severity.ERROR)
    if result.enforcement is Enforcement.ENFORCED:
        said = f"{drift.message} The runtime that was asked refuses callers without a certificate."
        return replace(drift, message=said, severity=Severity.NOTE)
    return drift
