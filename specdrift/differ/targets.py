"""Compares the results of one document at two targets: what each caller gets here and there. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from specdrift.differ.fingerprint import fingerprint
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import OperationResult, Result, UndecidedOperation
from specdrift.model.result.verdict import Confidence, IdentityOutcome, Outcome
from specdrift.rules import RULES
from specdrift.rules.ids import TARGET_DIFFERS

ADMITS, REFUSES = "admits", "refuses"
"""Subjects of drifts: what this target does, and the other one does not."""
_SEVERITY: Mapping[str, Severity] = {ADMITS: Severity.ERROR, REFUSES: Severity.WARNING}
HOW_TO_DECIDE = "check the other target by itself: its report has the reason"


def beside(here: Result, there: Result) -> Result:
    """Return the result with a drift for each operation on which the other target decides differently.

    What could not be compared is undecided. The exit status stays that of the target alone.
    """
    others = {item.operation.key: item for item in there.operations}
    judged = [(item, others.get(item.operation.key)) for item in here.operations]
    drifts = [drift for item, other in judged if other for drift in _differences(item, other, there)]
    return replace(
        here,
        drifts=(*here.drifts, *drifts),
        undecided=(*here.undecided, *_undecided(judged, there)),
        rules=tuple(sorted({*here.rules, TARGET_DIFFERS})),
    )


def _differences(item: OperationResult, other: OperationResult, there: Result) -> Iterator[Drift]:
    """Yield one drift for the callers that only this target admits, and one for those that only it refuses."""
    pairs = [(mine, _of(mine.identity, other)) for mine in item.outcomes]
    admitted = [
        mine for mine, its in pairs if mine.outcome is Outcome.ADMITTED and its and its.outcome.refused
    ]
    refused = [
        mine for mine, its in pairs if mine.outcome.refused and its and its.outcome is Outcome.ADMITTED
    ]
    for subject, found in ((ADMITS, admitted), (REFUSES, refused)):
        if found:
            yield _drift(item, subject, found, there.target.base_url)


def _drift(item: OperationResult, subject: str, found: Iterable[IdentityOutcome], url: str) -> Drift:
    rule, callers = RULES[TARGET_DIFFERS], ", ".join(_caller(one.identity) for one in found)
    opposite = {ADMITS: "refuses it", REFUSES: "admits it"}[subject]
    return Drift(
        rule=rule.id,
        severity=_SEVERITY[subject],
        confidence=Confidence.HIGH,
        title=rule.title,
        message=f"This target {subject} the request {callers}; {url} {opposite}.",
        remediation=rule.remedy,
        location=item.operation.declared_at,
        operation=item.operation.key,
        subject=subject,
        fingerprint=fingerprint(rule.id, item.operation.key, subject),
        probes=tuple(probe for one in found for probe in one.probes),
    )


def _undecided(
    judged: Iterable[tuple[OperationResult, OperationResult | None]], there: Result
) -> Iterator[UndecidedOperation]:
    """Yield the operations on which some caller is decided here, and not there."""
    url = there.target.base_url
    if there.problem is not None:
        yield _not_compared(None, f"{url} could not be checked: {there.problem.text}")
        return
    for item, other in judged:
        missing = [
            _caller(mine.identity)
            for mine in item.outcomes
            if _is_decided(mine) and not (other and _is_decided(_of(mine.identity, other)))
        ]
        if missing:
            yield _not_compared(
                item.operation.key, f"what {url} answers {', '.join(missing)} could not be decided"
            )


def _not_compared(operation: OperationKey | None, reason: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=operation,
        reason=reason,
        how_to_decide=HOW_TO_DECIDE,
        kind=UndecidedReason.NO_COMPARISON,
    )


def _of(identity: str, other: OperationResult) -> IdentityOutcome | None:
    return next((its for its in other.outcomes if its.identity == identity), None)


def _is_decided(found: IdentityOutcome | None) -> bool:
    return found is not None and (found.outcome is Outcome.ADMITTED or found.outcome.refused)


def _caller(identity: str) -> str:
    return "without a certificate" if identity == ANONYMOUS.name else f"with {identity}"
