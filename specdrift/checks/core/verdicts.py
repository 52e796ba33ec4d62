"""Verdict and enforcement of one operation. Pure.

Undecided is never consistent: a valid certificate must have been admitted, and every caller that must be refused must
have been refused.
"""

from msgspec.structs import replace

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import (
    OperationAssessment,
    admitted_with_unknown_roles,
    lacks_a_credential,
    must_be_refused,
)
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import role_phrase
from specdrift.checks.core.over_enforcement import is_unstated
from specdrift.checks.core.undecided import (
    BODY,
    CREDENTIAL,
    DOCUMENT,
    HOLDER,
    IDENTITY,
    NOT_ALLOWED,
    NOT_DEPLOYED,
    OTHER_CREDENTIALS,
    REPEAT,
    ROLES,
    SCHEMES,
    SEND,
    STATE,
    VALUES,
    Resolution,
    Undecided,
    advice,
    body_sent,
    suitable_values,
)
from specdrift.classify.combined import CombinedClassification
from specdrift.model.contract.certificate_schemes import is_for_schemes
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import OperationResult, UndecidedOperation
from specdrift.model.result.verdict import (
    Basis,
    Enforcement,
    IdentityOutcome,
    Layer,
    Obstacle,
    Outcome,
    Verdict,
)
from specdrift.rules.ids import (
    ENFORCEMENT_INCONSISTENT,
    INVALID_CERTIFICATE_ACCEPTED,
    MTLS_NOT_ENFORCED,
    MTLS_OVER_ENFORCED,
    ROLE_NOT_ENFORCED,
)

_OF_THE_ANSWER = frozenset({UndecidedReason.CONTROL_REFUSED, UndecidedReason.INCONCLUSIVE})
"""Reasons that the absence of the operation explains."""
LAYERS = {Outcome.REFUSED_IN_TLS: Layer.TLS, Outcome.REFUSED_BY_APPLICATION: Layer.APPLICATION}


def operation_result(
    assessment: OperationAssessment, context: PlanContext
) -> tuple[OperationResult, Undecided | None]:
    """Return the operation's result without its drifts, which are added from the findings of all checks."""
    undecided = _undecided(assessment, context)
    if undecided is not None and undecided.kind in _OF_THE_ANSWER and assessment.not_deployed:
        undecided = NOT_DEPLOYED
    elif undecided is not None and undecided.kind in _OF_THE_ANSWER and assessment.planned.bodies_refused:
        undecided = replace(undecided, advice=BODY)
    enforcement, layer = _enforcement(assessment)
    result = OperationResult(
        operation=assessment.operation,
        enforcement=enforcement,
        layer=layer,
        verdict=Verdict.UNDECIDED if undecided else Verdict.CONSISTENT,
        confidence=confidence(assessment, assessment.anonymous),
        outcomes=_outcomes(assessment),
    )
    return result, undecided


def undecided_operation(assessment: OperationAssessment, undecided: Undecided) -> UndecidedOperation:
    """Return the entry of the result."""
    planned = assessment.planned
    needs_values = undecided.advice.remedy is Remedy.VALUES
    return undecided.of(
        planned.key,
        detail=(planned.bodies_refused or planned.not_learned or body_sent(planned.operation))
        if needs_values
        else "",
    )


def _undecided(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    if assessment.demand is Demand.UNKNOWN:
        reason = assessment.operation.requirement.reason or "its requirement cannot be read"
        return Undecided(
            kind=UndecidedReason.UNREADABLE_REQUIREMENT,
            reason=reason,
            advice=DOCUMENT,
        )
    if assessment.planned.mode is UnsafeMethods.NEVER:
        return assessment.planned.withheld or NOT_ALLOWED
    if is_unstated(assessment, context):
        return Undecided(
            kind=UndecidedReason.NO_REQUIREMENT,
            reason="the server requires a client certificate, and the document does not say whether it should",
            advice=STATE,
        )
    if assessment.planned.admits_anonymous:
        return _undecided_if_public(assessment, context)
    if assessment.demand is Demand.OTHER:
        return (
            None
            if assessment.anonymous.outcome is Outcome.ADMITTED or assessment.anonymous.outcome.refused
            else _unclear(assessment)
        )
    return _undecided_if_guarded(assessment, context)


def _undecided_if_public(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    combined = assessment.anonymous
    if combined.outcome.refused and assessment.control_ok:
        return _not_reported(combined, "without a certificate", {MTLS_OVER_ENFORCED}, context)
    if combined.outcome is Outcome.ADMITTED:
        return None
    if combined.outcome.refused:
        reason = f"refused without a certificate ({combined.classification.reason}), and a valid one is refused too"
        return Undecided(
            kind=UndecidedReason.CONTROL_REFUSED,
            reason=reason,
            advice=_advice_for_control(assessment),
        )
    return _unclear(assessment)


def _undecided_if_guarded(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
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
            advice=_advice_for_control(assessment),
        )
    for identity in (ANONYMOUS, *context.refused):
        if identity.name in assessment.refused_elsewhere:
            continue
        combined = assessment.by_identity[identity.name]
        caller = "without a certificate" if identity is ANONYMOUS else f"with {identity.name}"
        if combined.outcome is Outcome.ADMITTED and (
            open_point := _not_reported(combined, caller, {INVALID_CERTIFICATE_ACCEPTED}, context)
        ):
            return open_point
        if combined.outcome is not Outcome.ADMITTED and not combined.outcome.refused:
            return Undecided(
                kind=_inconclusive(combined),
                reason=f"{caller}: {combined.classification.reason}",
                advice=_advice(assessment, combined, REPEAT),
            )
    return _undecided_by_role(assessment, context) or _undecided_by_credential(assessment, context)


def _not_reported(
    combined: CombinedClassification, caller: str, rules: set[str], context: PlanContext
) -> Undecided | None:
    """Return why a contradiction that no rule of the run reports is undecided."""
    if rules & context.rules:
        return None
    what = "admitted" if combined.outcome is Outcome.ADMITTED else "refused"
    return Undecided(
        kind=UndecidedReason.NOT_REPORTED,
        reason=f"{caller}: {what} ({combined.classification.reason}), which the checks of this run do not report",
        advice=Resolution(
            Remedy.OTHER, f"run it without --checks and --skip-checks, or with {' or '.join(sorted(rules))}"
        ),
    )


def _undecided_by_role(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    """Return the first identity without the role that was not refused.

    It is drift instead if an identity with the role is admitted.
    """
    if ROLE_NOT_ENFORCED not in context.rules:
        return _role_not_reported(assessment, context)
    for identity in context.accepted:
        combined = assessment.by_identity[identity.name]
        if must_be_refused(identity, assessment.planned) and not combined.outcome.refused:
            why = (
                "admitted, and no identity with the role to compare with"
                if combined.outcome is Outcome.ADMITTED
                else combined.classification.reason
            )
            roles = ", ".join(sorted(assessment.operation.roles))
            return Undecided(
                kind=UndecidedReason.NO_COMPARISON,
                reason=f'with "{identity.name}", without the role {roles}: {why}',
                advice=_advice(assessment, combined, HOLDER),
            )
    return _undecided_by_unknown_roles(assessment, context)


def _role_not_reported(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    """Return the first identity without the role that was admitted, which no check of the run reports."""
    for identity in context.accepted:
        combined = assessment.by_identity[identity.name]
        if must_be_refused(identity, assessment.planned) and combined.outcome is Outcome.ADMITTED:
            caller = f'with "{identity.name}", without the role'
            return _not_reported(combined, caller, {ROLE_NOT_ENFORCED}, context)
    return None


def _undecided_by_unknown_roles(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    """Return the identities that were admitted and have no configured roles, unless one without the role was refused.

    They may lack the role, or have it.
    """
    admitted = admitted_with_unknown_roles(assessment, context)
    if not admitted or any(must_be_refused(identity, assessment.planned) for identity in context.accepted):
        return None
    names = ", ".join(f'"{identity.name}"' for identity in admitted)
    if is_for_schemes(assessment.operation):
        return Undecided(
            kind=UndecidedReason.ROLE_NOT_CHECKED,
            reason="the document has several mutualTLS schemes; this operation is for certificates of "
            f"{', '.join(sorted(assessment.operation.roles))}, and it is not configured whether {names} "
            f"{'is one' if len(admitted) == 1 else 'are'}",
            advice=SCHEMES,
        )
    verb, verb_of_roles = ("was", "has") if len(admitted) == 1 else ("were", "have")
    return Undecided(
        kind=UndecidedReason.ROLE_NOT_CHECKED,
        reason=f"the operation is for {role_phrase(assessment.operation.roles)}, which was not checked: {names} {verb} "
        f"admitted and {verb_of_roles} no configured roles",
        advice=ROLES,
    )


def _undecided_by_credential(assessment: OperationAssessment, context: PlanContext) -> Undecided | None:
    """Return the first identity that was admitted without a credential that the document demands beside it.

    With valid credentials the check of combinations tries each of them.
    """
    for identity in context.accepted:
        if assessment.by_identity[identity.name].outcome is Outcome.ADMITTED and lacks_a_credential(
            identity, assessment.planned
        ):
            schemes = dict.fromkeys(
                use.scheme.name
                for uses in assessment.operation.requirement.alternatives
                for use in uses
                if not use.is_mutual_tls
            )
            return Undecided(
                kind=UndecidedReason.CREDENTIAL_NOT_CHECKED,
                reason=f'"{identity.name}" was admitted, without all that the document demands beside the certificate '
                f"({', '.join(schemes)})",
                advice=CREDENTIAL,
            )
    return None


def _unclear(assessment: OperationAssessment) -> Undecided:
    return Undecided(
        kind=_inconclusive(assessment.anonymous),
        reason=f"without a certificate: {assessment.anonymous.classification.reason}",
        advice=_advice(assessment, assessment.anonymous, _usual(assessment)),
    )


def _usual(assessment: OperationAssessment) -> Resolution:
    """Another value, where an open operation has none that exists; else the same request another time."""
    absent = assessment.anonymous.classification.obstacle is Obstacle.NOT_FOUND
    return VALUES if absent and assessment.operation.parameters else REPEAT


def _inconclusive(combined: CombinedClassification) -> UndecidedReason:
    by_head = combined.classification.obstacle is Obstacle.HEAD
    return UndecidedReason.HEAD_NOT_DECIDED if by_head else UndecidedReason.INCONCLUSIVE


def _advice_for_control(assessment: OperationAssessment) -> Resolution:
    """A valid certificate that is refused lacks a permission, where one is required. Otherwise the values do not suit,
    or lead to no resource, if there are any.
    """
    operation = assessment.operation
    without_success = suitable_values(operation)
    refused = OTHER_CREDENTIALS if assessment.planned.admits_anonymous else IDENTITY
    usual = refused if assessment.control.outcome.refused else without_success
    return advice(assessment.control.classification, usual)


def _advice(
    assessment: OperationAssessment, combined: CombinedClassification, usual: Resolution
) -> Resolution:
    """After a bare handshake or a head alone: send a request. Otherwise the answer may name the obstacle."""
    if assessment.basis is Basis.LISTENER:
        withheld = assessment.planned.withheld
        return withheld.advice if withheld else SEND
    return advice(
        combined.classification, SEND if assessment.planned.mode is UnsafeMethods.HEADERS else usual
    )


def _enforcement(assessment: OperationAssessment) -> tuple[Enforcement, Layer | None]:
    """The enforcement against the anonymous caller, whatever the document requires."""
    combined = assessment.anonymous
    if combined.outcome is Outcome.ADMITTED:
        return Enforcement.NOT_ENFORCED, None
    if not combined.outcome.refused or not assessment.control_ok:
        return Enforcement.INDETERMINATE, None
    return Enforcement.ENFORCED, LAYERS[combined.outcome]


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
