"""Verdict and enforcement of one operation, as far as identities tell. Pure.

"Could not tell" is never "consistent": the good certificate must have got in, and everybody who must be
refused must have been seen refused.
"""

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, expected_out
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.undecided import CONFIGURE, HOLDER, REPEAT, SEND, Undecided, not_allowed, remedy
from specdrift.classify.fold import Folded
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.policy import UnsafeMethods
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
    state: OperationAssessment, context: PlanContext
) -> tuple[OperationResult, Undecided | None]:
    """The operation without its drifts: those are added where all checks' findings come together."""
    doubt = _doubt(state, context)
    enforcement, layer = _enforcement(state)
    result = OperationResult(
        operation=state.operation,
        enforcement=enforcement,
        layer=layer,
        verdict=Verdict.UNDECIDED if doubt else Verdict.CONSISTENT,
        confidence=confidence(state, state.anonymous),
        outcomes=_outcomes(state),
    )
    return result, doubt


def undecided(state: OperationAssessment, doubt: Undecided) -> UndecidedOperation:
    """The entry that says so in the result."""
    return UndecidedOperation(
        operation=state.operation.key, reason=doubt.reason, how_to_decide=doubt.how_to_decide
    )


def _doubt(state: OperationAssessment, context: PlanContext) -> Undecided | None:
    if state.demand is Demand.UNKNOWN:
        reason = state.operation.requirement.reason or "what it demands cannot be read"
        return Undecided(reason=reason, how_to_decide="correct the document; `specdrift lint` names the line")
    if state.subject.mode is UnsafeMethods.NEVER:
        return state.subject.withheld or not_allowed(state.operation.key.method)
    if state.subject.lets_in:
        return _doubt_when_open(state, context)
    if state.demand is Demand.OTHER:
        return (
            None
            if state.anonymous.outcome is Outcome.ADMITTED or state.anonymous.outcome.refused
            else _unclear(state)
        )
    return _doubt_when_guarded(state, context)


def _doubt_when_open(state: OperationAssessment, context: PlanContext) -> Undecided | None:
    got = state.anonymous
    if got.outcome.refused and state.control_ok:
        return _unsaid(got, "without a certificate", {MTLS_OVER_ENFORCED}, context)
    if got.outcome is Outcome.ADMITTED:
        return None
    if got.outcome.refused:
        reason = (
            f"refused without a certificate ({got.reading.reason}), and a good one does not get in either"
        )
        return Undecided(reason=reason, how_to_decide=remedy(state.control.reading, CONFIGURE))
    return _unclear(state)


def _doubt_when_guarded(state: OperationAssessment, context: PlanContext) -> Undecided | None:
    if state.anonymous.outcome is Outcome.ADMITTED:
        said = (
            {MTLS_NOT_ENFORCED}
            if state.anonymous.unanimous
            else {MTLS_NOT_ENFORCED, ENFORCEMENT_INCONSISTENT}
        )
        return _unsaid(state.anonymous, "without a certificate", said, context)
    if not state.control_ok:
        reason = f"no good certificate got in, so a refusal proves nothing: {state.control.reading.reason}"
        return Undecided(reason=reason, how_to_decide=remedy(state.control.reading, CONFIGURE))
    for identity in (ANONYMOUS, *context.refused):
        got = state.folded[identity.name]
        who = "without a certificate" if identity is ANONYMOUS else f"with {identity.name}"
        if got.outcome is Outcome.ADMITTED and (
            unsaid := _unsaid(got, who, {INVALID_CERTIFICATE_ACCEPTED}, context)
        ):
            return unsaid
        if got.outcome is not Outcome.ADMITTED and not got.outcome.refused:
            return Undecided(
                reason=f"{who}: {got.reading.reason}",
                how_to_decide=_advice(state, got, REPEAT),
            )
    return _doubt_about_roles(state, context)


def _unsaid(got: Folded, who: str, rules: set[str], context: PlanContext) -> Undecided | None:
    """What contradicts the document and no rule of the run reports: that is not consistent either."""
    if rules & context.rules:
        return None
    what = "admitted" if got.outcome is Outcome.ADMITTED else "refused"
    return Undecided(
        reason=f"{who}: {what} ({got.reading.reason}), which the checks of this run do not report",
        how_to_decide=f"run it without --checks and --skip-checks, or with {' or '.join(sorted(rules))}",
    )


def _doubt_about_roles(state: OperationAssessment, context: PlanContext) -> Undecided | None:
    """A caller of another role who was not seen refused; that it is let in beside one who has the role is drift."""
    if ROLE_NOT_ENFORCED not in context.rules:
        return None
    for identity in context.accepted:
        got = state.folded[identity.name]
        if expected_out(identity, state.subject) and not got.outcome.refused:
            let_in = got.outcome is Outcome.ADMITTED
            why = "gets in, and nobody who has it to compare with" if let_in else got.reading.reason
            roles = ", ".join(sorted(state.operation.roles))
            return Undecided(
                reason=f'with "{identity.name}", who lacks the role {roles}: {why}',
                how_to_decide=_advice(state, got, HOLDER),
            )
    return None


def _unclear(state: OperationAssessment) -> Undecided:
    return Undecided(
        reason=f"without a certificate: {state.anonymous.reading.reason}",
        how_to_decide=_advice(state, state.anonymous, REPEAT),
    )


def _advice(state: OperationAssessment, got: Folded, usual: str) -> str:
    """A bare handshake tells less than a request; where one was sent, its answer may say what it lacked."""
    return SEND if state.evidence is Basis.LISTENER else remedy(got.reading, usual)


def _enforcement(state: OperationAssessment) -> tuple[Enforcement, Layer | None]:
    """What becomes of a caller without a certificate, whatever the document says."""
    got = state.anonymous
    if got.outcome is Outcome.ADMITTED:
        return Enforcement.NOT_ENFORCED, None
    if not got.outcome.refused or not state.control_ok:
        return Enforcement.INDETERMINATE, None
    return Enforcement.ENFORCED, LAYERS[got.outcome]


def _outcomes(state: OperationAssessment) -> tuple[IdentityOutcome, ...]:
    return tuple(
        IdentityOutcome(
            identity=name,
            outcome=folded.outcome,
            basis=folded.evidence,
            probes=folded.probes,
            reason=folded.reading.reason,
        )
        for name, folded in state.folded.items()
        if folded.probes
    )
