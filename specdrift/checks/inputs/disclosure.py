"""Searches responses to rejected callers for internal details. Sends nothing.

Only the excerpt of a body is searched: its first 2,000 characters.
"""

from collections.abc import Iterable, Iterator, Sequence

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import (
    BASELINE_CHECKS,
    OperationAssessment,
    assess,
    callers_to_refuse,
)
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, ids_of, probe_ids
from specdrift.checks.inputs.internals import Disclosure, common_names, disclosures, foreign_names
from specdrift.classify.combined import weakest
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

SUBJECT = "disclosure"
Disclosing = tuple[Exchange, tuple[Disclosure, ...]]


def disclosed(exchange: Exchange) -> tuple[Disclosure, ...]:
    """Return the internal details in a response, without what it echoes of the request."""
    http, request = exchange.observation.http, exchange.probe.request
    if http is None or request is None:
        return ()
    return disclosures(http.body_excerpt.replace(request.target, ""))


def disclosure_finding(
    context: PlanContext,
    planned: PlannedOperation,
    classifier: Classifier,
    own: Sequence[Exchange],
    rule: str,
) -> Finding | None:
    """Return a finding for the first caller, of those that must be rejected, whose response discloses something.

    The anonymous caller comes first, then those with an invalid certificate, then those without the role. ``own`` are
    further exchanges of the anonymous caller.
    """
    for identity in callers_to_refuse(context, planned):
        further = own if identity is ANONYMOUS else ()
        found = (
            [] if identity.imitates else list(_disclosing(context, planned, identity, classifier, further))
        )
        assessment = assess(context, planned, classifier) if found else None
        if assessment and assessment.control_ok and not _admitted(assessment, identity):
            return _finding(assessment, identity, found, own, rule)
    return None


def _disclosing(
    context: PlanContext,
    planned: PlannedOperation,
    identity: ClientIdentity,
    classifier: Classifier,
    further: Iterable[Exchange],
) -> Iterator[Disclosing]:
    baseline = (
        exchange
        for check in BASELINE_CHECKS
        for exchange in classifier.log.of(check, planned.key, identity.name)
    )
    ordinary: set[str] | None = None
    for exchange in (*baseline, *further):
        found = disclosed(exchange)
        if identity is ANONYMOUS and exchange.observation.http:
            found += foreign_names(exchange.observation.http.body_excerpt, _known(context, exchange))
        if found and classifier.compared(exchange).outcome is not Outcome.ADMITTED:
            ordinary = _ordinary(classifier.admitted_answers(planned.key)) if ordinary is None else ordinary
            if new := tuple(one for one in found if one.kind not in ordinary):
                yield exchange, new


def _known(context: PlanContext, exchange: Exchange) -> frozenset[str]:
    """Return the names that TLS discloses anyway: of acceptable issuers, and of the server."""
    issuers = (
        name for issuer in exchange.observation.tls.acceptable_issuers for name in common_names(issuer)
    )
    return frozenset((context.endpoint.host, context.endpoint.server_name, *context.names, *issuers))


def _ordinary(admitted: Iterable[HttpFacts]) -> set[str]:
    """Return the kinds that successful responses contain: these are content."""
    texts = [http.body_excerpt for http in admitted]
    return {one.kind for text in texts for one in (*disclosures(text), *foreign_names(text, frozenset()))}


def _admitted(assessment: OperationAssessment, identity: ClientIdentity) -> bool:
    """Return whether this caller or the anonymous one was admitted: another rule reports that."""
    both = (assessment.anonymous, assessment.by_identity[identity.name])
    return any(one.outcome is Outcome.ADMITTED for one in both)


def _finding(
    assessment: OperationAssessment,
    identity: ClientIdentity,
    found: Sequence[Disclosing],
    own: Sequence[Exchange],
    rule: str,
) -> Finding:
    best = sorted(found, key=lambda entry: entry[0] in own)
    exchange, what = best[0]
    kinds = {one.kind for one in what}
    again = sum(not kinds.isdisjoint(one.kind for one in disclosures) for _, disclosures in found)
    sure = Confidence.HIGH if again > 1 else Confidence.MEDIUM
    status = exchange.observation.http.status if exchange.observation.http else 0
    when = ", when its input is wrong" if exchange in own else ""
    return Finding(
        rule=rule,
        operation=assessment.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{caller_phrase(identity)} is refused, and the response discloses internal details{when} "
        f"(HTTP {status}): "
        f"{', '.join(str(one) for one in what)}.",
        confidence=weakest([confidence(assessment, assessment.control), sure]),
        probes=probe_ids(ids_of(exchange for exchange, _ in best[:4]), assessment.control.probes[:1]),
        subject=SUBJECT,
    )
