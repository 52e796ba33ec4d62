"""Whether the server requires a client certificate that the document does not."""

from specdrift.checks.core.assessment import OperationAssessment
from specdrift.checks.core.base import PlanContext
from specdrift.classify.combined import CombinedClassification
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.verdict import Confidence, Outcome


def over_enforced(assessment: OperationAssessment) -> bool:
    """Return whether an anonymous caller is refused for want of a certificate, where the document requires none."""
    combined = assessment.anonymous
    if assessment.planned.admits_anonymous:
        return assessment.control_ok and bool(refusal(combined))
    if assessment.demand is not Demand.OTHER or not combined.outcome.refused:
        return False
    # A refusal is correct without the other credential, unless it names the certificate, or the certificate is all
    # that the request lacks.
    in_tls = combined.outcome is Outcome.REFUSED_IN_TLS
    named = (
        combined.classification.certificate
        and assessment.tls_works
        and (in_tls or not assessment.control.outcome.refused)
    )
    return named or (assessment.control_ok and assessment.only_lacks_certificate)


def refusal(combined: CombinedClassification) -> str:
    """Return how a caller was refused; on some attempts only: by a response or an alert, not by a close."""
    if combined.outcome.refused:
        return combined.classification.reason
    sure = (r for r in combined.others if r.outcome.refused and r.confidence is Confidence.HIGH)
    return next((classification.reason for classification in sure), "")


def is_unstated(assessment: OperationAssessment, context: PlanContext) -> bool:
    """Return whether the document says nothing about certificates: not for this operation, and for no other.

    Its author may not have thought of them, so that a server that requires one does not contradict it.
    """
    explicit = (
        assessment.operation.requirement.anonymous_allowed and assessment.demand is not Demand.UNDECLARED
    )
    return not context.names_certificates and not explicit and over_enforced(assessment)
