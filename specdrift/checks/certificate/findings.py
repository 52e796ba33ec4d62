"""The findings of the certificate rules about one operation. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from specdrift.checks.core.assessment import (
    OperationAssessment,
    attempts,
    disagree,
    expected_in,
    refused_for_its_role,
)
from specdrift.checks.core.base import DEMANDS_SOMETHING, PlanContext
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


def findings(state: OperationAssessment, context: PlanContext, reader: Classifier) -> Iterator[Finding]:
    """All findings about one operation, the anonymous caller first."""
    yield from _anonymous(state, context, reader)
    yield from _data_in_refusals(state, context)
    yield from _bad_certificates(state, context)
    yield from _good_certificates(state, context, reader)


def _anonymous(state: OperationAssessment, context: PlanContext, reader: Classifier) -> Iterator[Finding]:
    got = state.anonymous
    if state.demand in DEMANDS_SOMETHING and got.outcome is Outcome.ADMITTED:
        if ENFORCEMENT_INCONSISTENT in context.rules and disagree(attempts(state.subject, reader)):
            return  # said there, with the numbers
        sometimes = " on some attempts" if not got.unanimous else ""
        message = f"A caller without a client certificate is admitted{sometimes}: {got.reading.reason}."
        yield _finding(state, MTLS_NOT_ENFORCED, got, ANONYMOUS, message)
    elif _over_enforced(state):
        sometimes = "" if got.outcome.refused else " on some attempts"
        message = (
            f"A caller without a client certificate is refused{sometimes} ({_refusal(got)}) and a good certificate "
            f"gets in, although the document lets callers in without one ({state.demand.value})."
        )
        yield _finding(state, MTLS_OVER_ENFORCED, got, ANONYMOUS, message)


def _over_enforced(state: OperationAssessment) -> bool:
    got = state.anonymous
    if state.subject.lets_in:
        return state.control_ok and bool(_refusal(got))
    if state.demand is not Demand.OTHER or not got.outcome.refused:
        return False
    # Without the other credential a refusal is right; only one that names the certificate is not, or one of whoever has
    # the credential and lacks nothing but the certificate that others have beside it.
    in_tls = got.outcome is Outcome.REFUSED_IN_TLS
    named = got.reading.certificate and state.tls_works and (in_tls or not state.control.outcome.refused)
    return named or (state.control_ok and state.only_lacks_certificate)


def _refusal(got: Folded) -> str:
    """How a caller was refused, if only on some attempts: then in words, and not by a connection that ended."""
    if got.outcome.refused:
        return got.reading.reason
    sure = (r for r in got.dissent if r.outcome.refused and r.confidence is Confidence.HIGH)
    return next((reading.reason for reading in sure), "")


def _data_in_refusals(state: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Refusals that carry data. One finding for each operation: the server's mistake does not depend on the caller."""
    if state.demand not in DEMANDS_SOMETHING:
        return
    for identity in (ANONYMOUS, *context.refused):
        got = state.folded[identity.name]
        if got.outcome.refused and got.leaking:
            who = "A caller without a client certificate" if identity is ANONYMOUS else f'"{identity.name}"'
            message = f"{who} is refused, and the answer carries values that only a valid certificate gets."
            finding = _finding(state, DATA_IN_REFUSAL, got, identity, message)
            yield replace(finding, probes=tuple(dict.fromkeys((*got.leaking, *finding.probes))))
            return


def _bad_certificates(state: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Certificates that must be refused. Where nobody needs one, they prove nothing of their own."""
    if state.demand not in DEMANDS_SOMETHING or not state.anonymous.outcome.refused:
        return
    told: set[str] = set()
    for identity in context.refused:
        got = state.folded[identity.name]
        kind = identity.profile or identity.name
        if got.outcome is Outcome.ADMITTED and kind not in told:
            told.add(kind)  # one finding for all variants of a profile
            who = f"A certificate of profile {kind}" if identity.profile else f'"{kind}"'
            message = f"{who} is admitted: {got.reading.reason}. {identity.in_short}".rstrip()
            yield _finding(state, INVALID_CERTIFICATE_ACCEPTED, got, identity, message)


def _good_certificates(
    state: OperationAssessment, context: PlanContext, reader: Classifier
) -> Iterator[Finding]:
    if state.subject.lets_in and state.anonymous.outcome.refused:
        return  # said already, or nobody gets in and it is not about the certificate
    for identity in context.accepted:
        got = state.folded[identity.name]
        if ROLE_OVER_ENFORCED in context.rules and refused_for_its_role(state, identity, context, reader):
            continue  # said there
        if got.outcome.refused and expected_in(identity, state.subject):
            message = f'The good certificate "{identity.name}" is refused: {got.reading.reason}.'
            yield _finding(state, VALID_CERTIFICATE_REFUSED, got, identity, message)


def _finding(
    state: OperationAssessment, rule: str, got: Folded, identity: ClientIdentity, message: str
) -> Finding:
    return Finding(
        rule=rule,
        operation=state.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{message} But the good certificate's answer is not as documented: {state.off_document}"
        if state.off_document
        else message,
        confidence=confidence(state, got),
        probes=tuple(dict.fromkeys((*got.probes, *state.control.probes))),
    )


def confidence(state: OperationAssessment, got: Folded) -> Confidence:
    """How sure it is.

    ``high`` needs all of: a good certificate was answered with success by this very operation each time, before
    and after, and as documented; the reading itself is certain (no answer that only resembles the good one, no
    close without an alert); and every attempt gave the same.
    """
    parts = [got.reading.confidence]
    if state.off_document:
        parts.append(Confidence.MEDIUM)
    if not state.control_ok or state.evidence is Basis.LISTENER or not got.unanimous:
        parts.append(Confidence.MEDIUM)
    elif state.control is not got:
        parts.append(state.control.reading.confidence)
    return weakest(parts)
