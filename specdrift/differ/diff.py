"""Makes drifts from findings and diagnostics, and verdicts from drifts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from specdrift.differ.fingerprint import fingerprint, loose, portable
from specdrift.differ.reproduce import Reproducer
from specdrift.differ.static_drift import static_drift
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Confidence, Enforcement, Outcome, Verdict
from specdrift.rules import RULES, rule_of
from specdrift.rules.rule import Fault


def drift_of(
    finding: Finding,
    *,
    operations: Mapping[OperationKey, Operation],
    probes: Mapping[str, Probe],
    repeater: Reproducer,
) -> Drift:
    """Return the drift of a finding, with its severity, location, remediation and command."""
    rule = RULES[finding.rule]
    operation = operations.get(finding.operation) if finding.operation else None
    shown = [probes[name] for name in finding.probes if name in probes]
    first = shown[0] if shown else None
    subject = portable(finding.subject, repeater.base_url)
    return Drift(
        rule=rule.id,
        severity=finding.severity or rule.severity,
        confidence=finding.confidence,
        title=rule.title,
        message=finding.message,
        remediation=rule.remedy,
        location=finding.location or (operation.location if operation else None),
        related=_related(operation),
        operation=finding.operation,
        identity=finding.identity,
        profile=finding.profile,
        probes=finding.probes,
        subject=subject,
        evidence=finding.evidence,
        fingerprint=fingerprint(
            rule.id, finding.operation, finding.identity or "", finding.profile or "", subject
        ),
        reproduce=repeater.command_for(first, rule=rule.id, followers=_followers(first, shown))
        if first
        else "",
    )


def _followers(first: Probe, shown: Iterable[Probe]) -> tuple[Probe, ...]:
    """Return the probes that followed the redirects of the first one, in their order."""
    by_redirected = {probe.follows: probe for probe in shown if probe.follows}
    found = [first]
    while follower := by_redirected.pop(found[-1].id, None):
        found.append(follower)
    return tuple(found[1:])


def document_drifts(diagnostics: Iterable[Diagnostic]) -> tuple[Drift, ...]:
    """Return the drifts of diagnostics, in their order.

    Fingerprints omit files and array positions, which change, unless several drifts would share a fingerprint.
    """
    drifts = tuple(map(document_drift, diagnostics))
    shared = Counter(drift.fingerprint for drift in drifts)
    return tuple(_apart(drift) if shared[drift.fingerprint] > 1 else drift for drift in drifts)


def document_drift(diagnostic: Diagnostic) -> Drift:
    """Return the drift of a diagnostic. Its fingerprint omits the message, which quotes lines and counts."""
    place = diagnostic.location
    subject = loose(place.pointer) if place else str(diagnostic.operation or "")
    return static_drift(
        diagnostic,
        subject=subject,
        fingerprint=fingerprint(diagnostic.rule, None, subject),
        confidence=Confidence.HIGH,
    )


def _apart(drift: Drift) -> Drift:
    place = drift.location
    if place is None:
        return drift
    subject = f"{place.file}#{place.pointer}"
    return replace(drift, subject=subject, fingerprint=fingerprint(drift.rule, None, subject))


def settle(results: Iterable[OperationResult], drifts: Sequence[Drift]) -> tuple[OperationResult, ...]:
    """Return the operations with the verdict of their drifts.

    Notes change no verdict. A refused valid certificate decides nothing where no caller is admitted: then the operation
    may refuse every caller, for any reason.
    """
    by_operation: dict[OperationKey, list[Drift]] = {}
    for drift in drifts:
        if drift.operation is not None and drift.probes and drift.severity is not Severity.NOTE:
            by_operation.setdefault(drift.operation, []).append(drift)
    return tuple(_settled(result, by_operation.get(result.operation.key, [])) for result in results)


def _settled(result: OperationResult, found: list[Drift]) -> OperationResult:
    open_question = result.verdict is Verdict.UNDECIDED and not any(
        outcome.outcome is Outcome.ADMITTED for outcome in result.outcomes
    )
    drifts = [d for d in found if not (open_question and rule_of(d.rule).fault is Fault.TOO_STRICT)]
    if not drifts:
        return result
    bypassed = (
        any(rule_of(drift.rule).bypass for drift in drifts) and result.enforcement is Enforcement.ENFORCED
    )
    return replace(
        result,
        verdict=Verdict.DRIFT,
        enforcement=Enforcement.BYPASSABLE if bypassed else result.enforcement,
        confidence=max(drifts, key=lambda d: d.severity.rank).confidence,
    )


def ordered(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Order drifts by severity, then by rule and position in the document."""
    return tuple(sorted(drifts, key=_rank))


def _rank(drift: Drift) -> tuple[int, str, str, int, str, str]:
    place = drift.location
    return (
        -drift.severity.rank,
        drift.rule,
        place.file if place else "",
        place.line if place else 0,
        str(drift.operation or ""),
        drift.identity or "",
    )


def _related(operation: Operation | None) -> tuple[SourceLocation, ...]:
    """Return the path and the operation, where the finding is about another part of it."""
    if operation is None:
        return ()
    places = (operation.path_at, operation.declared_at)
    return tuple(place for place in places if place is not None and place != operation.location)
