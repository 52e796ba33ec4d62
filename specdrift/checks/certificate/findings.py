"""The findings of the certificate rules about one operation. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from specdrift.checks.core.assessment import (
    OperationAssessment,
    attempts,
    disagree,
    must_be_admitted,
    refused_for_its_role,
)
from specdrift.checks.core.base import GUARDED_DEMANDS, PlanContext
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.fold import Folded, weakest
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Basis, Confidence, Outcome
from specdrift.rules.ids import (
    DATA_IN_REFUSAL,
    ENFORCEMENT_INCONSISTENT,
    INVALID_CERTIFICATE_ACCEPTED,
    MTLS_NOT_ENFORCED,
    MTLS_OVER_ENFORCED,
    ROLE_OVER_ENFORCED,
    VALID_CERTIFICATE_REFUSED,
)


def findings(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    """All findings about one operation, the anonymous caller first."""
    yield from _anonymous(assessment, context, classifier)
    yield from _data_in_refusals(assessment, context)
    yield from _bad_certificates(assessment, context)
    yield from _good_certificates(assessment, context, classifier)


def _anonymous(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    got = assessment.anonymous
    if assessment.demand in GUARDED_DEMANDS and got.outcome is Outcome.ADMITTED:
        if ENFORCEMENT_INCONSISTENT in context.rules and disagree(attempts(assessment.planned, classifier)):
            return  # said there, with the numbers
        sometimes = " on some attempts" if not got.unanimous else ""
        message = (
            f"A caller without a client certificate is admitted{sometimes}: {got.classification.reason}."
        )
        yield _finding(assessment, MTLS_NOT_ENFORCED, got, ANONYMOUS, message)
    elif _over_enforced(assessment):
        sometimes = "" if got.outcome.refused else " on some attempts"
        message = (
            f"A caller without a client certificate is refused{sometimes} ({_refusal(got)}) and a good certificate "
            f"gets in, although the document lets callers in without one ({assessment.demand.value})."
        )
        yield _finding(assessment, MTLS_OVER_ENFORCED, got, ANONYMOUS, message)


def _over_enforced(assessment: OperationAssessment) -> bool:
    got = assessment.anonymous
    if assessment.planned.admits_anonymous:
        return assessment.control_ok and bool(_refusal(got))
    if assessment.demand is not Demand.OTHER or not got.outcome.refused:
        return False
    # Without the other credential a refusal is right; only one that names the certificate is not, or one of whoever has
    # the credential and lacks nothing but the certificate that others have beside it.
    in_tls = got.outcome is Outcome.REFUSED_IN_TLS
    named = (
        got.classification.certificate
        and assessment.tls_works
        and (in_tls or not assessment.control.outcome.refused)
    )
    return named or (assessment.control_ok and assessment.only_lacks_certificate)


def _refusal(got: Folded) -> str:
    """How a caller was refused, if only on some attempts: then in words, and not by a connection that ended."""
    if got.outcome.refused:
        return got.classification.reason
    sure = (r for r in got.others if r.outcome.refused and r.confidence is Confidence.HIGH)
    return next((classification.reason for classification in sure), "")


def _data_in_refusals(assessment: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Refusals that carry data. One finding for each operation: the server's mistake does not depend on the caller."""
    if assessment.demand not in GUARDED_DEMANDS:
        return
    for identity in (ANONYMOUS, *context.refused):
        got = assessment.folded[identity.name]
        if got.outcome.refused and got.leaking:
            who = "A caller without a client certificate" if identity is ANONYMOUS else f'"{identity.name}"'
            message = f"{who} is refused, and the answer carries values that only a valid certificate gets."
            finding = _finding(assessment, DATA_IN_REFUSAL, got, identity, message)
            yield replace(finding, probes=tuple(dict.fromkeys((*got.leaking, *finding.probes))))
            return


def _bad_certificates(assessment: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Certificates that must be refused. Where nobody needs one, they prove nothing of their own."""
    if assessment.demand not in GUARDED_DEMANDS or not assessment.anonymous.outcome.refused:
        return
    told: set[str] = set()
    for identity in context.refused:
        got = assessment.folded[identity.name]
        kind = identity.profile or identity.name
        if got.outcome is Outcome.ADMITTED and kind not in told:
            told.add(kind)  # one finding for all variants of a profile
            who = f"A certificate of profile {kind}" if identity.profile else f'"{kind}"'
            message = f"{who} is admitted: {got.classification.reason}. {identity.in_short}".rstrip()
            yield _finding(assessment, INVALID_CERTIFICATE_ACCEPTED, got, identity, message)


def _good_certificates(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    if assessment.planned.admits_anonymous and assessment.anonymous.outcome.refused:
        return  # said already, or nobody gets in and it is not about the certificate
    for identity in context.accepted:
        got = assessment.folded[identity.name]
        if ROLE_OVER_ENFORCED in context.rules and refused_for_its_role(
            assessment, identity, context, classifier
        ):
            continue  # said there
        if got.outcome.refused and must_be_admitted(identity, assessment.planned):
            message = f'The good certificate "{identity.name}" is refused: {got.classification.reason}.'
            yield _finding(assessment, VALID_CERTIFICATE_REFUSED, got, identity, message)


def _finding(
    assessment: OperationAssessment, rule: str, got: Folded, identity: ClientIdentity, message: str
) -> Finding:
    return Finding(
        rule=rule,
        operation=assessment.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{message} But the good certificate's answer is not as documented: {assessment.off_document}"
        if assessment.off_document
        else message,
        confidence=confidence(assessment, got),
        probes=tuple(dict.fromkeys((*got.probes, *assessment.control.probes))),
    )


def confidence(assessment: OperationAssessment, got: Folded) -> Confidence:
    """How sure it is.

    ``high`` needs all of: a good certificate was answered with success by this very operation each time, before
    and after, and as documented; the reading itself is certain (no answer that only resembles the good one, no
    close without an alert); and every attempt gave the same.
    """
    parts = [got.classification.confidence]
    if assessment.off_document:
        parts.append(Confidence.MEDIUM)
    if not assessment.control_ok or assessment.basis is Basis.LISTENER or not got.unanimous:
        parts.append(Confidence.MEDIUM)
    elif assessment.control is not got:
        parts.append(assessment.control.classification.confidence)
    return weakest(parts)
