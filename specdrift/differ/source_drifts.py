"""Drifts of the source, confirmed or cleared by the responses of the runtime. Pure."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from specdrift.differ.fingerprint import fingerprint
from specdrift.differ.static_drift import static_drift
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.route_answers import RoutePresence, answer_of
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence, Enforcement
from specdrift.rules import ids

OPEN = frozenset({Enforcement.NOT_ENFORCED, Enforcement.BYPASSABLE})
DECIDED = OPEN | {Enforcement.ENFORCED}


def source_drifts(findings: Iterable[SourceFinding], *, runtime: Result | None = None) -> tuple[Drift, ...]:
    """Return the drifts of source findings; ``runtime`` confirms or clears them."""
    results = {item.operation.key: item for item in runtime.operations} if runtime else {}
    drifts: dict[str, Drift] = {}
    for finding in findings:
        drift = source_drift(finding)
        drifts.setdefault(drift.fingerprint, _compared(drift, runtime, results) if runtime else drift)
    return tuple(drifts.values())


def source_drift(finding: SourceFinding) -> Drift:
    """Return the drift of a source finding. Its fingerprint omits lines and files."""
    return static_drift(
        finding,
        subject=finding.subject,
        fingerprint=fingerprint(finding.rule, finding.operation, finding.subject),
        confidence=finding.confidence,
    )


def _compared(drift: Drift, runtime: Result, results: Mapping[OperationKey, OperationResult]) -> Drift:
    """Return the drift, confirmed or cleared by the runtime."""
    if drift.operation is None:
        return drift
    if drift.rule == ids.ROUTE_NOT_DOCUMENTED:
        return _of_undocumented(drift, runtime)
    result, judge = results.get(drift.operation), _JUDGES.get(drift.rule)
    return judge(drift, result) if judge and result else drift


def _of_undocumented(drift: Drift, runtime: Result) -> Drift:
    answer = answer_of(runtime, drift.operation) if drift.operation else None
    if answer is None:
        return drift
    match answer.presence:
        case RoutePresence.ABSENT:
            text = f"The runtime answers {answer.status} to every caller: the route is not registered there."
            return _cleared(drift, text)
        case RoutePresence.REFUSES:
            return _with_text(drift, f"The runtime has the route and refused every caller ({answer.status}).")
    callers = "anonymous callers" if ANONYMOUS.name in answer.admitted else "callers with a valid certificate"
    return _confirmed(drift, f"The runtime answers {callers} ({answer.status}).")


def _of_unguarded_route(drift: Drift, result: OperationResult) -> Drift:
    if result.enforcement in OPEN:
        return _confirmed(drift, "The runtime admits callers without a certificate.", Severity.ERROR)
    if result.enforcement is Enforcement.ENFORCED:
        return _cleared(drift, "The runtime refuses callers without a certificate.")
    return drift


def _of_open_route(drift: Drift, result: OperationResult) -> Drift:
    if result.enforcement in OPEN:
        return _cleared(drift, "The runtime admits callers without a certificate.")
    if result.enforcement is Enforcement.ENFORCED:
        return _confirmed(drift, "The runtime refuses callers without a certificate.")
    return drift


def _of_missing_route(drift: Drift, result: OperationResult) -> Drift:
    if result.enforcement in DECIDED:
        return _cleared(drift, "The runtime has the route: the source that was read is incomplete.")
    return drift


def _with_text(drift: Drift, what: str) -> Drift:
    return replace(drift, message=f"{drift.message} {what}")


def _confirmed(drift: Drift, what: str, severity: Severity | None = None) -> Drift:
    return replace(_with_text(drift, what), confidence=Confidence.HIGH, severity=severity or drift.severity)


def _cleared(drift: Drift, what: str) -> Drift:
    return replace(_with_text(drift, what), severity=Severity.NOTE)


_JUDGES: Mapping[str, Callable[[Drift, OperationResult], Drift]] = {
    ids.ROUTE_NOT_GUARDED: _of_unguarded_route,
    ids.OPEN_ROUTE_GUARDED: _of_open_route,
    ids.DOCUMENTED_ROUTE_MISSING: _of_missing_route,
}
