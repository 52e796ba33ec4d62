"""Asks as the others by the other ways in: what a certificate gets over one TLS version, protocol or address may not be
what it gets over the next.

The anonymous caller is asked by each way for each operation (``consistency``). Here the certificates that must be
refused are, each on one operation by HTTP/2 and at each further address, and a good one on a few operations by every
further way. Only reading methods are sent, and what contradicts the document is asked again. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, expected_in, presence
from specdrift.checks.core.base import CONFIRMATIONS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.classify.exchange_log import Classifier, Exchange, ExchangeLog
from specdrift.classify.fold import Folded, fold
from specdrift.classify.listener import spread
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import Identity
from specdrift.model.exchange.probe import Connection, Phase, Probe, Reuse, TlsRange
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Classification, Confidence, Outcome

ACCEPTED, REFUSED = "invalid-certificate-accepted", "valid-certificate-refused"
READING = frozenset({"GET", "HEAD"})
SAMPLE = 3
"""Operations on which a good certificate is asked by every way: a way in is the listener's, the same for all."""
VERSIONS = {TlsRange.ONLY_1_2: "TLS 1.2", TlsRange.ONLY_1_3: "TLS 1.3"}


@dataclass(frozen=True, slots=True)
class OtherWays:
    """Every certificate, by the ways that its main requests do not take."""

    name: str = "other-ways"
    rules: frozenset[str] = frozenset({ACCEPTED, REFUSED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The good certificate first: it is the control of the others."""
        asked = _asked(context)
        for subject in spread(asked, SAMPLE)[0]:
            for identity in _good(context, subject):
                for way in context.ways[1:]:
                    yield self._probe(context, subject, identity, way)
        for number, identity in enumerate(context.refused if asked else ()):
            for way in context.ways[len(context.tls) :]:
                yield self._probe(context, asked[number % len(asked)], identity, way)

    def _probe(
        self, context: PlanContext, subject: PlannedOperation, identity: Identity, way: Connection
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=identity.name,
            connection=way,
            request=subject.request_for(identity.name),
            phase=Phase.MAIN,
            variant=_words(way, context),
            control=identity.is_control,
            why="whether it gets the same by every way in",
        )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """What contradicts the document, on fresh connections of the same kind."""
        reader = evidence.reader()
        for _, identity, seen in self._seen(context, reader):
            if len(seen) == 1 and _against(_reading(seen[0], identity, reader).outcome, identity):
                fresh = replace(seen[0].probe.connection, reuse=Reuse.FRESH)
                for attempt in range(2, 2 + CONFIRMATIONS):
                    yield replace(seen[0].probe, connection=fresh, phase=Phase.CONFIRM, attempt=attempt)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation and certificate, where each attempt by a way was against the document."""
        findings: dict[tuple[OperationKey, str], Finding] = {}
        for subject, identity, seen in self._seen(context, reader):
            state = presence(context, subject, reader)
            got = fold((entry, _reading(entry, identity, reader)) for entry in seen)
            if len(seen) > CONFIRMATIONS and got.unanimous and _is_news(state, got, identity):
                findings.setdefault((subject.key, identity.name), _finding(state, got, identity, seen))
        return Conclusions(findings=tuple(findings.values()))

    def _seen(
        self, context: PlanContext, reader: Classifier
    ) -> Iterator[tuple[PlannedOperation, Identity, Sequence[Exchange]]]:
        """The attempts of each certificate on an operation, by the way that they took."""
        for subject in _asked(context):
            for identity in (*_good(context, subject), *context.refused):
                seen = reader.evidence.of(self.name, subject.key, identity.name)
                for _, attempts in groupby(sorted(seen, key=_order), key=lambda entry: entry.probe.variant):
                    yield subject, identity, tuple(attempts)


def _asked(context: PlanContext) -> tuple[PlannedOperation, ...]:
    return tuple(subject for subject in context.guarded if subject.request.method in READING)


def _good(context: PlanContext, subject: PlannedOperation) -> tuple[Identity, ...]:
    """One that must be let in here."""
    return tuple(identity for identity in context.accepted if expected_in(identity, subject))[:1]


def _order(seen: Exchange) -> tuple[str, int]:
    return seen.probe.variant, seen.probe.attempt


def _reading(seen: Exchange, identity: Identity, reader: Classifier) -> Classification:
    return reader.control(seen) if identity.is_control else reader.compared(seen)


def _against(outcome: Outcome, identity: Identity) -> bool:
    return outcome.refused if identity.is_control else outcome is Outcome.ADMITTED


def _is_news(state: OperationAssessment, got: Folded, identity: Identity) -> bool:
    """Whether it is against the document and otherwise by the main way, of which the certificate check speaks; a good
    certificate still gets in there afterwards.
    """
    main = state.folded[identity.name]
    if not (_against(got.outcome, identity) and state.anonymous.outcome.refused and state.control_ok):
        return False
    if not identity.is_control:
        return main.outcome.refused
    # Connections that end without a word may do so for any reason.
    return main.outcome is Outcome.ADMITTED and got.reading.confidence is Confidence.HIGH


def _finding(
    state: OperationAssessment, got: Folded, identity: Identity, seen: Sequence[Exchange]
) -> Finding:
    way = seen[0].probe.variant
    kind = identity.profile or identity.name
    if identity.is_control:
        who, what = f'The good certificate "{identity.name}"', f"refused {way}, and admitted otherwise"
    else:
        who = f"A certificate of profile {kind}" if identity.profile else f'"{kind}"'
        what = f"admitted {way}, and refused otherwise"
    return Finding(
        rule=REFUSED if identity.is_control else ACCEPTED,
        operation=state.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{who} is {what}: {got.reading.reason}. {identity.in_short}".rstrip(),
        confidence=confidence(state, got),
        probes=(*got.probes, *state.folded[identity.name].probes[:1]),
        subject=way,
    )


def _words(way: Connection, context: PlanContext) -> str:
    """What tells this way from the main one."""
    if way.endpoint.address != context.endpoint.address:
        return f"at {way.endpoint.address}"
    return f"over {VERSIONS[way.tls]}" if way.tls in VERSIONS else "over HTTP/2"


CHECK: Check = OtherWays()
