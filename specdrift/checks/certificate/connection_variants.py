"""Sends certificates over every connection variant: TLS versions, protocols and addresses may be enforced differently.

``consistency`` does so for the anonymous caller. This check sends each certificate that must be rejected to one
operation, over HTTP/2 and at each further address, and a valid one to a few operations over every variant. It sends
safe methods only, and repeats what contradicts the document. Pure.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess, must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import caller_phrase, is_confirmed, repeat
from specdrift.checks.core.undecided import REPEAT, Undecided
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import spread
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Connection, Phase, Probe, ProbeTag, TlsRange
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Classification, Confidence, Outcome
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED, VALID_CERTIFICATE_REFUSED

SAFE = frozenset({"GET", "HEAD"})
SAMPLE = 3
"""Number of operations for a valid certificate: a variant is the listener's, the same for all operations."""
VERSIONS = {TlsRange.ONLY_1_2: "TLS 1.2", TlsRange.ONLY_1_3: "TLS 1.3"}


class ConnectionVariants(Struct, frozen=True):
    """Every certificate over the variants that its main requests do not use."""

    name: str = "other-ways"
    rules: frozenset[str] = frozenset({INVALID_CERTIFICATE_ACCEPTED, VALID_CERTIFICATE_REFUSED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The valid certificate first: it is the control of the others."""
        safe = _safe(context)
        for planned in spread(safe, SAMPLE)[0]:
            for identity in _valid(context, planned):
                for variant in context.connection_variants[1:]:
                    yield self._probe(context, planned, identity, variant)
        for number, identity in enumerate(context.refused if safe else ()):
            for variant in context.connection_variants[len(context.tls) :]:
                yield self._probe(context, safe[number % len(safe)], identity, variant)

    def _probe(
        self, context: PlanContext, planned: PlannedOperation, identity: ClientIdentity, variant: Connection
    ) -> Probe:
        difference = _difference(variant, context)
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=identity.name,
            connection=variant,
            request=planned.request_for(identity.name),
            phase=Phase.MAIN,
            variant=difference,
            tag=ProbeTag(name=difference, subject=difference),
            control=identity.is_control,
            why="whether every connection variant enforces the same",
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat what contradicts the document, and send a certificate that is admitted to all other operations."""
        classifier = log.classifier()
        admitted: dict[tuple[str, Connection], ClientIdentity] = {}
        for _, identity, exchanges in self._attempts(context, classifier):
            probe = exchanges[0].probe
            if not _contradicts(_classify(exchanges[0], identity, classifier).outcome, identity):
                continue
            if len(exchanges) == 1:
                yield from repeat(probe)
            elif not identity.is_control:
                admitted[identity.name, probe.connection.kind] = identity
        for (_, variant), identity in admitted.items():
            yield from (self._probe(context, planned, identity, variant) for planned in _safe(context))

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and certificate, if each attempt over a variant contradicted the document."""
        findings: dict[tuple[OperationKey, str], Finding] = {}
        undecided: dict[OperationKey, UndecidedOperation] = {}
        for planned, identity, exchanges in self._attempts(context, classifier):
            assessment = assess(context, planned, classifier)
            combined = combine((entry, _classify(entry, identity, classifier)) for entry in exchanges)
            if not _is_new(assessment, combined, identity):
                continue
            if is_confirmed(exchanges) and combined.unanimous:
                findings.setdefault(
                    (planned.key, identity.name), _finding(assessment, combined, identity, exchanges)
                )
            elif not identity.is_control:
                undecided.setdefault(planned.key, _changing(planned.key, identity, exchanges))
        return Conclusions(findings=tuple(findings.values()), undecided=tuple(undecided.values()))

    def _attempts(
        self, context: PlanContext, classifier: Classifier
    ) -> Iterator[tuple[PlannedOperation, ClientIdentity, Sequence[Exchange]]]:
        """The attempts of each certificate on an operation, grouped by variant."""
        for planned in _safe(context):
            for identity in (*_valid(context, planned), *context.refused):
                exchanges = classifier.log.of(self.name, planned.key, identity.name)
                for _, attempts in groupby(sorted(exchanges, key=_order), key=_variant):
                    yield planned, identity, tuple(attempts)


def _safe(context: PlanContext) -> tuple[PlannedOperation, ...]:
    return tuple(planned for planned in context.guarded if planned.request.method in SAFE)


def _valid(context: PlanContext, planned: PlannedOperation) -> tuple[ClientIdentity, ...]:
    """The first identity that must be admitted here."""
    return tuple(identity for identity in context.accepted if must_be_admitted(identity, planned))[:1]


def _order(exchange: Exchange) -> tuple[str, int]:
    return _variant(exchange), exchange.probe.attempt


def _variant(exchange: Exchange) -> str:
    return exchange.probe.tag.subject if exchange.probe.tag else ""


def _classify(exchange: Exchange, identity: ClientIdentity, classifier: Classifier) -> Classification:
    return classifier.control(exchange) if identity.is_control else classifier.compared(exchange)


def _contradicts(outcome: Outcome, identity: ClientIdentity) -> bool:
    return outcome.refused if identity.is_control else outcome is Outcome.ADMITTED


def _is_new(
    assessment: OperationAssessment, combined: CombinedClassification, identity: ClientIdentity
) -> bool:
    """Return whether the variant contradicts the document and the main connection does not. A valid certificate must
    still be admitted afterwards.
    """
    main = assessment.by_identity[identity.name]
    if not (
        _contradicts(combined.outcome, identity)
        and assessment.anonymous.outcome.refused
        and assessment.control_ok
    ):
        return False
    if not identity.is_control:
        return main.outcome.refused
    # A connection may close without an alert for any reason.
    return main.outcome is Outcome.ADMITTED and combined.classification.confidence is Confidence.HIGH


def _changing(
    key: OperationKey, identity: ClientIdentity, exchanges: Sequence[Exchange]
) -> UndecidedOperation:
    """Return the entry of an operation that admits a certificate over a variant, though not each time."""
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"{caller_phrase(identity)} is admitted {_variant(exchanges[0])}, and not each time",
        advice=REPEAT,
    ).of(key)


def _finding(
    assessment: OperationAssessment,
    combined: CombinedClassification,
    identity: ClientIdentity,
    exchanges: Sequence[Exchange],
) -> Finding:
    variant = _variant(exchanges[0])
    if identity.is_control:
        caller, what = (
            f'The valid certificate "{identity.name}"',
            f"refused {variant}, and admitted otherwise",
        )
    else:
        caller, what = caller_phrase(identity), f"admitted {variant}, and refused otherwise"
    return Finding(
        rule=VALID_CERTIFICATE_REFUSED if identity.is_control else INVALID_CERTIFICATE_ACCEPTED,
        operation=assessment.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{caller} is {what}: {combined.classification.reason}. {identity.in_short}".rstrip(),
        confidence=confidence(assessment, combined),
        probes=(*combined.probes, *assessment.by_identity[identity.name].probes[:1]),
        subject=variant,
    )


def _difference(variant: Connection, context: PlanContext) -> str:
    """Return how the variant differs from the main connection."""
    if variant.endpoint.address != context.endpoint.address:
        return f"at {variant.endpoint.address}"
    return f"over {VERSIONS[variant.tls]}" if variant.tls in VERSIONS else "over HTTP/2"


CHECK: Check = ConnectionVariants()
