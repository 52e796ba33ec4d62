"""Compares the results of one document at two targets: what each caller gets here and there. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from specdrift.differ.fingerprint import fingerprint
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, IdentityKind
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import OperationResult, Result, UndecidedOperation
from specdrift.model.result.two_targets import (
    ComparedCaller,
    ComparedOperation,
    TargetAgreement,
    TargetComparison,
    is_decided,
)
from specdrift.model.result.verdict import Confidence, IdentityOutcome, Outcome
from specdrift.rules import RULES
from specdrift.rules.ids import TARGET_DIFFERS

ADMITS, REFUSES = "admits", "refuses"
"""Subjects of drifts: what this target does, and the other one does not."""
_SEVERITY: Mapping[str, Severity] = {ADMITS: Severity.ERROR, REFUSES: Severity.WARNING}
HOW_TO_DECIDE = "check the target that is named by itself: its report has the reason"


def beside(here: Result, there: Result) -> Result:
    """Return the result with both targets side by side, and a drift for each operation on which they differ.

    What could not be compared is undecided. The exit status stays that of the target alone.
    """
    comparison = _compared(here, there)
    results = {item.operation.key: item for item in here.operations}
    drifts = [
        drift for one in comparison.operations for drift in _differences(one, results[one.operation], there)
    ]
    return replace(
        here,
        drifts=(*drifts, *here.drifts),
        undecided=(*here.undecided, *_undecided(comparison, there)),
        rules=tuple(sorted({*here.rules, TARGET_DIFFERS})),
        beside=comparison,
    )


def _compared(here: Result, there: Result) -> TargetComparison:
    """Return every operation and caller of either target, those that differ first."""
    others = {item.operation.key: item.outcomes for item in there.operations}
    spared = frozenset(_refused_wherever_sent(here)), frozenset(_refused_wherever_sent(there))
    compared = [
        ComparedOperation(
            operation=item.operation.key,
            callers=tuple(_callers(item.outcomes, others.get(item.operation.key, ()), spared)),
        )
        for item in here.operations
    ]
    order = list(TargetAgreement)
    return TargetComparison(
        base_url=there.target.base_url,
        operations=tuple(sorted(compared, key=lambda one: order.index(one.agreement))),
    )


def _refused_wherever_sent(result: Result) -> Iterator[str]:
    """Yield the generated certificates that operations with guards alike share, if each refuses them."""
    generated = {one.name for one in result.identities if one.kind is IdentityKind.GENERATED}
    sent = {
        name: [its.outcome for item in result.operations for its in item.outcomes if its.identity == name]
        for name in generated
    }
    return (name for name, outcomes in sent.items() if outcomes and all(one.refused for one in outcomes))


def _callers(
    mine: Iterable[IdentityOutcome],
    its: Iterable[IdentityOutcome],
    spared: tuple[frozenset[str], frozenset[str]],
) -> Iterator[ComparedCaller]:
    here, there = ({one.identity: one.outcome for one in outcomes} for outcomes in (mine, its))
    for name in dict.fromkeys((*here, *there)):
        caller = ComparedCaller(identity=name, here=here.get(name), there=there.get(name))
        sides = zip((caller.here, caller.there), (caller.there, caller.here), spared, strict=True)
        alike = any(
            own is None and name in refused and other is not None and other.refused
            for own, other, refused in sides
        )
        yield replace(caller, refused_alike=alike)


def _differences(one: ComparedOperation, item: OperationResult, there: Result) -> Iterator[Drift]:
    """Yield one drift for the callers that only this target admits, and one for those that only it refuses."""
    differing = {each.identity for each in one.callers if each.agreement is TargetAgreement.DIFFERENT}
    found = [mine for mine in item.outcomes if mine.identity in differing]
    admitted = [mine for mine in found if mine.outcome is Outcome.ADMITTED]
    refused = [mine for mine in found if mine.outcome.refused]
    for subject, callers in ((ADMITS, admitted), (REFUSES, refused)):
        if callers:
            yield _drift(item, subject, callers, there.target.base_url)


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


def _undecided(comparison: TargetComparison, there: Result) -> Iterator[UndecidedOperation]:
    """Yield the operations on which a caller is not decided at both targets."""
    if there.problem is not None:
        yield _not_compared(None, f"{comparison.base_url} could not be checked: {there.problem.text}")
        return
    for one in comparison.operations:
        open_questions: dict[str, list[str]] = {}
        for caller in one.callers:
            if caller.agreement is TargetAgreement.UNDECIDED:
                where = _undecided_at(caller, comparison.base_url)
                open_questions.setdefault(where, []).append(_caller(caller.identity))
        reasons = (f"what {where} {', '.join(names)}" for where, names in open_questions.items())
        if reason := "; ".join(reasons):
            yield _not_compared(one.operation, f"{reason} could not be decided")


def _undecided_at(caller: ComparedCaller, url: str) -> str:
    """Return which target left a caller open, with its verb."""
    if is_decided(caller.here):
        return f"{url} answers"
    return "this target answers" if is_decided(caller.there) else f"this target and {url} answer"


def _not_compared(operation: OperationKey | None, reason: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=operation,
        reason=reason,
        how_to_decide=HOW_TO_DECIDE,
        kind=UndecidedReason.NO_COMPARISON,
    )


def _caller(identity: str) -> str:
    return "without a certificate" if identity == ANONYMOUS.name else f"with {identity}"
