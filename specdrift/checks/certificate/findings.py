"""The findings of the certificate rules about one operation. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from specdrift.checks.core.assessment import (
    OperationAssessment,
    attempts,
    callers_to_refuse,
    disagree,
    must_be_admitted,
    refused_for_its_role,
)
from specdrift.checks.core.base import GUARDED_DEMANDS, PlanContext
from specdrift.checks.core.confirm import caller_phrase, role_phrase
from specdrift.checks.core.over_enforcement import is_unstated, over_enforced, refusal
from specdrift.classify.combined import CombinedClassification, weakest
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Basis, Confidence, Outcome
from specdrift.rules.ids import (
    CERTIFICATE_POLICY_NOT_ENFORCED,
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
    yield from _invalid_certificates(assessment, context)
    yield from _valid_certificates(assessment, context, classifier)


def _anonymous(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    combined = assessment.anonymous
    if assessment.demand in GUARDED_DEMANDS and combined.outcome is Outcome.ADMITTED:
        sent = assessment.planned.mode is UnsafeMethods.SEND and ENFORCEMENT_INCONSISTENT in context.rules
        if sent and disagree(attempts(assessment.planned, classifier)):
            return  # reported there, with the counts
        sometimes = " on some attempts" if not combined.unanimous else ""
        message = (
            f"A caller without a client certificate is admitted{sometimes}: {combined.classification.reason}."
        )
        yield _finding(assessment, MTLS_NOT_ENFORCED, combined, ANONYMOUS, message)
    elif over_enforced(assessment) and not is_unstated(assessment, context):
        sometimes = "" if combined.outcome.refused else " on some attempts"
        admitted = assessment.control.outcome is Outcome.ADMITTED
        passes = "is admitted" if admitted else "passes the TLS handshake"
        message = (
            f"A caller without a client certificate is refused{sometimes} ({refusal(combined)}) and a valid "
            f"certificate {passes}, although the document allows access without one ({assessment.demand.value})."
        )
        yield _finding(assessment, MTLS_OVER_ENFORCED, combined, ANONYMOUS, message)


def _data_in_refusals(assessment: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Refusals that carry data. One finding for each operation: the server's mistake does not depend on the caller."""
    if assessment.demand not in GUARDED_DEMANDS:
        return
    for identity in callers_to_refuse(context, assessment.planned):
        combined = assessment.by_identity[identity.name]
        if combined.outcome.refused and combined.leaking:
            lacks_role = identity.is_control
            caller = (
                f'"{identity.name}" ({role_phrase(identity.roles)})'
                if lacks_role
                else caller_phrase(identity)
            )
            of_role = f" of {role_phrase(assessment.operation.roles)}" if lacks_role else ""
            message = f"{caller} is refused, and the answer carries values that only a valid certificate{of_role} gets."
            finding = _finding(assessment, DATA_IN_REFUSAL, combined, identity, message)
            yield replace(finding, probes=tuple(dict.fromkeys((*combined.leaking, *finding.probes))))
            return


def _invalid_certificates(assessment: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Certificates that must be rejected. Not reported where anonymous callers are admitted too."""
    if assessment.demand not in GUARDED_DEMANDS or assessment.anonymous.outcome is Outcome.ADMITTED:
        return
    reported: set[str] = set()
    for identity in context.refused:
        combined = assessment.by_identity[identity.name]
        kind = identity.profile or identity.name
        if combined.outcome is Outcome.ADMITTED and kind not in reported:
            reported.add(kind)  # one finding for all variants of a profile
            caller = f"A certificate of profile {kind}" if identity.profile else f'"{kind}"'
            message = f"{caller} is admitted: {combined.classification.reason}. {identity.in_short}".rstrip()
            yield _finding(assessment, INVALID_CERTIFICATE_ACCEPTED, combined, identity, message)


def policy_findings(assessments: Sequence[OperationAssessment], context: PlanContext) -> Iterator[Finding]:
    """Certificates that only the battery's policy rejects: one finding for the listener and profile."""
    found: dict[str, list[tuple[OperationAssessment, ClientIdentity]]] = defaultdict(list)
    for assessment in assessments:
        if assessment.demand in GUARDED_DEMANDS and assessment.anonymous.outcome.refused:
            for identity in context.policy:
                if assessment.by_identity[identity.name].outcome is Outcome.ADMITTED:
                    found[identity.profile].append((assessment, identity))
    for profile, admitted in found.items():
        first, identity = admitted[0]
        operations = [f"{one.operation.key}" for one, _ in admitted]
        more = f" and {len(operations) - 1:,} more" if len(operations) > 1 else ""
        probes = (p for one, i in admitted for p in one.by_identity[i.name].probes)
        message = (
            f"The listener admits a certificate of profile {profile} ({operations[0]}{more}). {identity.in_short} "
            f'If that is intended, write `{profile} = "accept"` under `[battery]`; `"refuse"` makes it an error.'
        )
        yield Finding(
            rule=CERTIFICATE_POLICY_NOT_ENFORCED,
            identity=identity.name,
            profile=profile,
            message=message,
            confidence=confidence(first, first.by_identity[identity.name]),
            probes=tuple(dict.fromkeys((*probes, *first.control.probes))),
        )


def _valid_certificates(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    if assessment.planned.admits_anonymous and assessment.anonymous.outcome.refused:
        return  # reported already, or everybody is refused, whatever the certificate
    for identity in context.accepted:
        combined = assessment.by_identity[identity.name]
        if ROLE_OVER_ENFORCED in context.rules and refused_for_its_role(
            assessment, identity, context, classifier
        ):
            continue  # reported there
        if combined.outcome.refused and must_be_admitted(identity, assessment.planned):
            message = f'The valid certificate "{identity.name}" is refused: {combined.classification.reason}.'
            yield _finding(assessment, VALID_CERTIFICATE_REFUSED, combined, identity, message)


def _finding(
    assessment: OperationAssessment,
    rule: str,
    combined: CombinedClassification,
    identity: ClientIdentity,
    message: str,
) -> Finding:
    if assessment.planned.mode is UnsafeMethods.HEADERS:
        message += " Only the head of the request was sent, without its body."
    if assessment.off_document:
        message += f" The response to the valid certificate is not as documented: {assessment.off_document}"
    return Finding(
        rule=rule,
        operation=assessment.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=message,
        confidence=confidence(assessment, combined),
        probes=tuple(dict.fromkeys((*combined.probes, *assessment.control.probes))),
    )


def confidence(assessment: OperationAssessment, combined: CombinedClassification) -> Confidence:
    """Return the confidence of a finding.

    ``high`` if a valid certificate got this operation's documented success each time, the classification itself is
    certain (no merely similar response, no close without an alert), and every attempt had the same outcome.
    """
    parts = [combined.classification.confidence]
    if assessment.off_document:
        parts.append(Confidence.MEDIUM)
    admitted = assessment.control_ok and assessment.control.outcome is Outcome.ADMITTED
    if not admitted or assessment.basis is Basis.LISTENER or not combined.unanimous:
        parts.append(Confidence.MEDIUM)
    elif assessment.control is not combined:
        parts.append(assessment.control.classification.confidence)
    return weakest(parts)
