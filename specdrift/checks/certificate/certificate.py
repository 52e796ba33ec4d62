"""Sends every operation as every identity, and compares who is admitted with the document.

Identities that must be admitted are the controls, sent before and after. Apparent drift is repeated on fresh
connections.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.certificate.certificate_sharing import further_certificates, shared_certificates
from specdrift.checks.certificate.findings import findings, policy_findings
from specdrift.checks.certificate.heads import handled_without_body
from specdrift.checks.core.assessment import (
    OperationAssessment,
    assess,
    classify_as,
    contradicts,
    must_be_admitted,
)
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import CONFIRMATIONS, repeat
from specdrift.checks.core.evidence import evidence_of_refusal
from specdrift.checks.core.guard_groups import GuardGroups, everywhere
from specdrift.checks.core.redirects import following
from specdrift.checks.core.verdicts import operation_result, undecided_operation
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import HTTP_1, Connection, Phase, Probe, Reuse, head_of
from specdrift.model.plural import plural
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import OperationResult, Skipped, UndecidedOperation
from specdrift.model.result.verdict import Classification, Obstacle, Outcome
from specdrift.rules.ids import (
    CERTIFICATE_POLICY_NOT_ENFORCED,
    DATA_IN_REFUSAL,
    INVALID_CERTIFICATE_ACCEPTED,
    MTLS_NOT_ENFORCED,
    MTLS_OVER_ENFORCED,
    VALID_CERTIFICATE_REFUSED,
)

HANDSHAKES = 3
"""Number of handshakes without a request from which the operations' outcome is inferred."""
RULES = frozenset(
    {
        MTLS_NOT_ENFORCED,
        DATA_IN_REFUSAL,
        MTLS_OVER_ENFORCED,
        INVALID_CERTIFICATE_ACCEPTED,
        CERTIFICATE_POLICY_NOT_ENFORCED,
        VALID_CERTIFICATE_REFUSED,
    }
)


class Certificate(Struct, frozen=True):
    """Every operation as every identity, on every TLS version that the listener speaks."""

    name: str = CERTIFICATE
    rules: frozenset[str] = RULES

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Controls before and after, all others in between; handshakes for operations that may not be sent."""
        for planned in context.operations:
            if planned.is_probed:
                yield from self._controls(context, planned)
                yield from self._others(context, planned)
        for planned, identity in () if context.exhaustive else shared_certificates(context):
            yield from self._invalid(context, planned, identity)
        if any(planned.mode is UnsafeMethods.HANDSHAKE for planned in context.operations):
            yield from self._handshakes(context)

    def _controls(self, context: PlanContext, planned: PlannedOperation) -> Iterator[Probe]:
        """Send each control before; the last one after (the only one both)."""
        main = context.connection_variants[:1]
        eligible = [i for i in context.accepted if must_be_admitted(i, planned)]
        last = eligible[-1:]
        for identity in context.accepted:
            if identity not in last or len(eligible) == 1:
                yield from self._probes(planned, identity, Phase.BEFORE, main)
        for identity in last:
            yield from self._probes(planned, identity, Phase.AFTER, main)

    def _others(self, context: PlanContext, planned: PlannedOperation) -> Iterator[Probe]:
        refused = (ANONYMOUS, *context.refused)
        everything = (*refused, *context.policy)
        callers = everything if context.exhaustive else [i for i in refused if i in everywhere(context)]
        for identity in callers:
            yield from self._invalid(context, planned, identity)

    def _invalid(
        self, context: PlanContext, planned: PlannedOperation, identity: ClientIdentity
    ) -> Iterator[Probe]:
        versions = context.connection_variants[: len(context.tls)]
        yield from self._probes(planned, identity, Phase.MAIN, versions)

    def _generated_controls(self, context: PlanContext, classifier: Classifier) -> Iterator[Probe]:
        """Send the generated valid certificates to one operation that admits the valid certificate.

        They are the controls of the profiles beside them.
        """
        sent = any(_control_exchanges(i, context, classifier) for i in context.generated_controls)
        proven = (
            None if sent else next((p for p in context.guarded if _succeeds(p, context, classifier)), None)
        )
        if proven is not None:
            versions = context.connection_variants[: len(context.tls)]
            for identity in context.generated_controls:
                yield from self._probes(proven, identity, Phase.MAIN, versions)

    def _handshakes(self, context: PlanContext) -> Iterator[Probe]:
        for identity in (*context.accepted, ANONYMOUS, *context.refused):
            versions = context.connection_variants[: len(context.tls)]
            for variant in context.connection_variants if identity == ANONYMOUS else versions:
                for attempt in range(1, HANDSHAKES + 1):
                    yield Probe(
                        check=self.name,
                        operation=None,
                        identity=identity.name,
                        connection=replace(variant, reuse=Reuse.FRESH),
                        request=None,
                        phase=Phase.MAIN,
                        variant="handshake",
                        attempt=attempt,
                        control=identity.is_control,
                        why="whether the handshake is rejected, for operations whose requests may not be sent",
                    )

    def _probes(
        self,
        planned: PlannedOperation,
        identity: ClientIdentity,
        phase: Phase,
        connections: Sequence[Connection],
    ) -> Iterator[Probe]:
        why = f"a valid certificate, {phase.name.lower()}" if identity.is_control else identity.in_short
        head = planned.mode is UnsafeMethods.HEADERS
        request = planned.request_for(identity.name)
        for connection in connections:
            yield Probe(
                check=self.name,
                operation=planned.key,
                identity=identity.name,
                connection=replace(connection, alpn=HTTP_1, reuse=Reuse.FRESH) if head else connection,
                request=head_of(request) if head else request,
                phase=phase,
                control=identity.is_control,
                why=why,
            )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Follow redirects; repeat what contradicts the document, and once what was inconclusive."""
        classifier = log.classifier()
        for planned in context.operations:
            for identity in context.identities.values():
                for exchange in log.of(self.name, planned.key, identity.name):
                    classification = classify_as(classifier, identity, exchange, planned)
                    redirected = list(following(classifier, exchange, classification))
                    yield from redirected
                    if exchange.probe.phase is not Phase.CONFIRM and not redirected:
                        suspicious = (
                            contradicts(classification.outcome, identity, planned)
                            or classification.leaks
                            or (planned in context.guarded[:1] and _against_policy(classification, identity))
                        )
                        yield from _repeats(exchange, classification, suspicious=suspicious)
            yield from _once_more(context, planned, classifier)
        for planned, identity in () if context.exhaustive else further_certificates(context, classifier):
            yield from self._invalid(context, planned, identity)
        yield from self._generated_controls(context, classifier)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """The findings of the certificate rules, and the result of each operation."""
        found: list[Finding] = []
        operations: list[OperationResult] = []
        undecided: list[UndecidedOperation] = []
        groups = GuardGroups(context, classifier.log)
        assessments = [assess(context, planned, classifier, groups) for planned in context.operations]
        for assessment in assessments:
            result, why = operation_result(assessment, context)
            operations.append(replace(result, evidence=evidence_of_refusal(assessment, result, classifier)))
            undecided += [undecided_operation(assessment, why)] if why else []
            found += findings(assessment, context, classifier)
        found += policy_findings(assessments, context)
        return Conclusions(
            findings=tuple(found),
            operations=tuple(operations),
            undecided=tuple(undecided),
            skipped=(*_inconclusive_profiles(context, classifier), *_sampled(assessments)),
        )


def _inconclusive_profiles(context: PlanContext, classifier: Classifier) -> Iterator[Skipped]:
    """Profiles whose rejection means nothing, since the certificate without their defect is not admitted either."""
    for control in context.generated_controls:
        exchanges = _control_exchanges(control, context, classifier)
        combined = combine((entry, classifier.compared(entry)) for entry in exchanges)
        if combined.outcome is Outcome.ADMITTED or not context.guarded:
            continue
        names = ", ".join(i.name for i in context.identities.values() if i.beside == control.name)
        why = (
            f"their control {control.name} was not admitted either ({combined.classification.reason})"
            if exchanges
            else f"no operation admitted a valid certificate, so their control {control.name} was not sent"
        )
        yield Skipped(
            check=CERTIFICATE, kind=SkipReason.CONTROL_REFUSED, reason=f"{names} are inconclusive: {why}"
        )


def _sampled(assessments: Sequence[OperationAssessment]) -> Iterator[Skipped]:
    """Say once that generated certificates were tried on some operations only."""
    fewer = [assessment for assessment in assessments if assessment.refused_elsewhere]
    if fewer:
        reason = (
            f"{plural(len(fewer), 'operation')} got some of the generated certificates, and others that refuse callers "
            "alike got the rest; --exhaustive sends all"
        )
        yield Skipped(check=CERTIFICATE, kind=SkipReason.SAMPLED, reason=reason)


def _control_exchanges(
    control: ClientIdentity, context: PlanContext, classifier: Classifier
) -> list[Exchange]:
    return [e for p in context.guarded for e in classifier.log.of(CERTIFICATE, p.key, control.name)]


def _succeeds(planned: PlannedOperation, context: PlanContext, classifier: Classifier) -> bool:
    """Return whether a configured valid certificate was admitted each time."""
    outcomes = {
        classifier.control(exchange).outcome
        for identity in context.accepted
        if must_be_admitted(identity, planned)
        for exchange in classifier.log.of(CERTIFICATE, planned.key, identity.name)
    }
    return outcomes == {Outcome.ADMITTED}


def _against_policy(classification: Classification, identity: ClientIdentity) -> bool:
    return identity.refused_by_policy and classification.outcome is Outcome.ADMITTED


def _once_more(context: PlanContext, planned: PlannedOperation, classifier: Classifier) -> Iterator[Probe]:
    """Repeat the admitted controls if others were rejected: perhaps only the first request is admitted.

    Repeat a single admitted answer: one alone does not show which of its values stay the same.
    """
    controls = [
        (exchange, classifier.control(exchange).outcome)
        for identity in context.accepted
        if must_be_admitted(identity, planned)
        for exchange in classifier.log.of(CERTIFICATE, planned.key, identity.name)
    ]
    if {outcome is Outcome.ADMITTED for _, outcome in controls} == {True, False}:
        for exchange, outcome in controls:
            if outcome is Outcome.ADMITTED and exchange.probe.phase is Phase.BEFORE:
                yield from _repeats(exchange, classifier.control(exchange), suspicious=False, least=1)
    admitted = [
        exchange
        for identity in context.accepted
        for exchange in classifier.log.of(CERTIFICATE, planned.key, identity.name)
        if exchange.observation.http and classifier.control(exchange).outcome is Outcome.ADMITTED
    ]
    if len(admitted) == 1 and admitted[0].probe.phase is Phase.BEFORE:
        yield from _repeats(admitted[0], classifier.control(admitted[0]), suspicious=False, least=1)


def _repeats(
    exchange: Exchange, classification: Classification, *, suspicious: bool, least: int = 0
) -> Iterator[Probe]:
    if handled_without_body(exchange):
        return
    inconclusive = (
        classification.outcome is Outcome.INCONCLUSIVE
        and exchange.observation.ending is not Ending.NOT_SENT
        and classification.obstacle is not Obstacle.HEAD
    )
    several = suspicious or (inconclusive and classification.obstacle is Obstacle.DATA)
    count = CONFIRMATIONS if several else max(least, int(inconclusive))
    if count:  # nearly never: a copy of each probe in each round would cost more than to classify it
        yield from repeat(replace(exchange.probe, variant=exchange.probe.phase.name.lower()), times=count)


CHECK: Check = Certificate()
