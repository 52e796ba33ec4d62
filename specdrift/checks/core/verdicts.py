"""Verdict and enforcement of one operation. Pure.

Undecided is never consistent: a valid certificate must have been admitted, and every caller that must be refused must
have been refused.
"""

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, must_be_refused
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.undecided import CONFIGURE, HOLDER, REPEAT, SEND, Undecided, not_allowed, remedy
from specdrift.classify.combined import CombinedClassification
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import OperationResult, UndecidedOperation
from specdrift.model.result.verdict import Basis, Enforcement, IdentityOutcome, Layer, Outcome, Verdict
from specdrift.rules.ids import (
    ENFORCEMENT_INCONSISTENT,
    INVALID_CERTIFICATE_ACCEPTED,
    MTLS_NOT_ENFORCED,
    MTLS_OVER_ENFORCED,
    ROLE_NOT_ENFORCED,
)

LAYERS = {Outcome.REFUSED_IN_TLS: Layer.TLS, Outcome.REFUSED_BY_APPLICATION: Layer.APPLICATION}


def operation_result(
    assessment: OperationAssessment, context: PlanContext
) -> tuple[OperationResult, Undecided | None]:
    """Return the operation's result without its drifts, which are added from the findings of all checks."""
    doubt = _doubt(assessment, context)
    enforcement, layer = _enforcement(assessment)
    result = OperationResult(
        operation=assessment.operation,
        enforcement=enforcement,
        layer=layer,
        verdict=Verdict.UNDECIDED if doubt else Verdict.CONSISTENT,
        confidence=confidence(assessment, assessment.anonymous),
        outcomes=_outcomes(assessment),
    )
    return result, doubt


def undecided(assessment: OperationAssessment, doubt: Undecided) -> UndecidedOperation:
    """Return the entry of the result."""
    return UndecidedOperation(
        operation=assessment.operation.key,
        kind=doubt.kind,
        reason=doubt.reason,
        how_to_decide=doubt.how_to_decide,
    )


def _doubt(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    if assessment.demand is Demand.UNKNOWN:
        reason = assessment.operation.requirement.reason or "its requirement cannot be read"
        return Undecided(
            kind=UndecidedReason.UNREADABLE_REQUIREMENT,
            reason=reason,
            how_to_decide="correct the document; `specdrift lint` names the line",
        )
    if assessment.planned.mode is UnsafeMethods.NEVER:
        return assessment.planned.withheld or not_allowed(assessment.operation.key.method)
    if assessment.planned.admits_anonymous:
        return _doubt_when_open(assessment, context)
    if assessment.demand is Demand.OTHER:
        return (
            None
            if assessment.anonymous.outcome is Outcome.ADMITTED or assessment.anonymous.outcome.refused
            else _unclear(assessment)
        )
    return _doubt_when_guarded(assessment, context)


def _doubt_when_open(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    got = assessment.anonymous
    if got.outcome.refused and assessment.control_ok:
        return _not_reported(got, "without a certificate", {MTLS_OVER_ENFORCED}, context)
    if got.outcome is Outcome.ADMITTED:
        return None
    if got.outcome.refused:
        reason = (
            f"refused without a certificate ({got.classification.reason}), and a valid one is refused too"
        )
        return Undecided(
            kind=UndecidedReason.CONTROL_REFUSED,
            reason=reason,
            how_to_decide=remedy(assessment.control.classification, CONFIGURE),
        )
    return _unclear(assessment)


def _doubt_when_guarded(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    if assessment.anonymous.outcome is Outcome.ADMITTED:
        reported = (
            {MTLS_NOT_ENFORCED}
            if assessment.anonymous.unanimous
            else {MTLS_NOT_ENFORCED, ENFORCEMENT_INCONSISTENT}
        )
        return _not_reported(assessment.anonymous, "without a certificate", reported, context)
    if not assessment.control_ok:
        because = assessment.control.classification.reason
        reason = f"no valid certificate was admitted, so a refusal is inconclusive: {because}"
        return Undecided(
            kind=UndecidedReason.CONTROL_REFUSED,
            reason=reason,
            how_to_decide=remedy(assessment.control.classification, CONFIGURE),
        )
    for identity in (ANONYMOUS, *context.refused):
        got = assessment.by_identity[identity.name]
        who = "without a certificate" if identity is ANONYMOUS else f"with {identity.name}"
        if got.outcome is Outcome.ADMITTED and (
            open_point := _not_reported(got, who, {INVALID_CERTIFICATE_ACCEPTED}, context)
        ):
            return open_point
        if got.outcome is not Outcome.ADMITTED and not got.outcome.refused:
            return Undecided(
                kind=UndecidedReason.INCONCLUSIVE,
                reason=f"{who}: {got.classification.reason}",
                how_to_decide=_advice(assessment, got, REPEAT),
            )
    return _doubt_about_roles(assessment, context)


def _not_reported(
    got: CombinedClassification, who: str, rules: set[str], context: PlanContext
) -> Undecided | None:
    """A contradiction that no rule of the run reports: it is not consistent either."""
    if rules & context.rules:
        return None
    what = "admitted" if got.outcome is Outcome.ADMITTED else "refused"
    return Undecided(
        kind=UndecidedReason.NOT_REPORTED,
        reason=f"{who}: {what} ({got.classification.reason}), which the checks of this run do not report",
        how_to_decide=f"run it without --checks and --skip-checks, or with {' or '.join(sorted(rules))}",
    )


def _doubt_about_roles(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    """A caller of another role that was not refused; admitted beside one with the role, it is drift."""
    if ROLE_NOT_ENFORCED not in context.rules:
        return None
    for identity in context.accepted:
        got = assessment.by_identity[identity.name]
        if must_be_refused(identity, assessment.planned) and not got.outcome.refused:
            let_in = got.outcome is Outcome.ADMITTED
            why = (
                "admitted, and no identity with the role to compare with"
                if let_in
                else got.classification.reason
            )
            roles = ", ".join(sorted(assessment.operation.roles))
            return Undecided(
                kind=UndecidedReason.NO_COMPARISON,
                reason=f'with "{identity.name}", without the role {roles}: {why}',
                how_to_decide=_advice(assessment, got, HOLDER),
            )
    return None


def _unclear(assessment: OperationAssessment) -> Undecided:
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"without a certificate: {assessment.anonymous.classification.reason}",
        how_to_decide=_advice(assessment, assessment.anonymous, REPEAT),
    )


def _advice(assessment: OperationAssessment, got: CombinedClassification, usual: str) -> str:
    """After a bare handshake: send a request. Otherwise the answer may name the obstacle."""
    return SEND if assessment.basis is Basis.LISTENER else remedy(got.classification, usual)


def _enforcement(assessment: OperationAssessment) -> tuple[Enforcement, Layer | None]:
    """The enforcement against the anonymous caller, whatever the document requires."""
    got = assessment.anonymous
    if got.outcome is Outcome.ADMITTED:
        return Enforcement.NOT_ENFORCED, None
    if not got.outcome.refused or not assessment.control_ok:
        return Enforcement.INDETERMINATE, None
    return Enforcement.ENFORCED, LAYERS[got.outcome]


def _outcomes(assessment: OperationAssessment) -> tuple[IdentityOutcome, ...]:
    return tuple(
        IdentityOutcome(
            identity=name,
            outcome=combined.outcome,
            basis=combined.basis,
            probes=combined.probes,
            reason=combined.classification.reason,
        )
        for name, combined in assessment.by_identity.items()
        if combined.probes
    )
