"""Findings in the source as drifts, and what the runtime says of them. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from specdrift.differ.fingerprint import fingerprint
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.answers import RoutePresence, answer_of
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence, Enforcement
from specdrift.rules import RULES, ids

OPEN = frozenset({Enforcement.NOT_ENFORCED, Enforcement.BYPASSABLE})
KNOWN = OPEN | {Enforcement.ENFORCED}


def source_drifts(findings: Iterable[SourceFinding], *, runtime: Result | None = None) -> tuple[Drift, ...]:
    """The drifts that these are; one that the runtime confirms or clears says so."""
    results = {item.operation.key: item for item in runtime.operations} if runtime else {}
    seen: dict[str, Drift] = {}
    for finding in findings:
        drift = source_drift(finding)
        seen.setdefault(drift.fingerprint, _beside(drift, runtime, results) if runtime else drift)
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


def _beside(drift: Drift, runtime: Result, results: Mapping[OperationKey, OperationResult]) -> Drift:
    """What the source suggests, beside what the server did: confirmed, or cleared as far as was asked."""
    if drift.operation is None:
        return drift
    if drift.rule == ids.ROUTE_NOT_DOCUMENTED:
        return _of_stranger(drift, runtime)
    result, judge = results.get(drift.operation), _JUDGES.get(drift.rule)
    return judge(drift, result) if judge and result else drift


def _of_stranger(drift: Drift, runtime: Result) -> Drift:
    answer = answer_of(runtime, drift.operation) if drift.operation else None
    if answer is None:
        return drift
    match answer.presence:
        case RoutePresence.ABSENT:
            said = f"The runtime that was asked says {answer.status} to everybody: it is not wired there, or elsewhere."
            return _cleared(drift, said)
        case RoutePresence.REFUSES:
            return _said(drift, f"The runtime has it, and refuses those who asked ({answer.status}).")
    whom = "anyone" if ANONYMOUS.name in answer.admitted else "callers with a good certificate"
    return _confirmed(drift, f"The runtime answers {whom} ({answer.status}).")


def _of_guard(drift: Drift, result: OperationResult) -> Drift:
    if result.enforcement in OPEN:
        return _confirmed(drift, "The runtime admits callers without a certificate.", Severity.ERROR)
    if result.enforcement is Enforcement.ENFORCED:
        return _cleared(drift, "The runtime that was asked refuses callers without a certificate.")
    return drift


def _of_open_route(drift: Drift, result: OperationResult) -> Drift:
    if result.enforcement in OPEN:
        return _cleared(drift, "The runtime that was asked lets callers in without a certificate.")
    if result.enforcement is Enforcement.ENFORCED:
        return _confirmed(drift, "The runtime refuses callers without a certificate.")
    return drift


def _of_missing(drift: Drift, result: OperationResult) -> Drift:
    if result.enforcement in KNOWN:
        return _cleared(drift, "The runtime has it: the source that was read is not all of it.")
    return drift


def _said(drift: Drift, what: str) -> Drift:
    return replace(drift, message=f"{drift.message} {what}")


def _confirmed(drift: Drift, what: str, severity: Severity | None = None) -> Drift:
    return replace(_said(drift, what), confidence=Confidence.HIGH, severity=severity or drift.severity)


def _cleared(drift: Drift, what: str) -> Drift:
    return replace(_said(drift, what), severity=Severity.NOTE)


_JUDGES: Mapping[str, Callable[[Drift, OperationResult], Drift]] = {
    ids.ROUTE_NOT_GUARDED: _of_guard,
    ids.OPEN_ROUTE_GUARDED: _of_open_route,
    ids.DOCUMENTED_ROUTE_MISSING: _of_missing,
}
