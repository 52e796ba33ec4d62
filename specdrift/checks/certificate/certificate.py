"""Sends every operation as every identity, and compares who is admitted with the document.

Identities that must be admitted are the controls, sent before and after. Apparent drift is repeated on fresh
connections.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.certificate.findings import findings
from specdrift.checks.core.assessment import contradicts, expected_in, presence, read
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import CONFIRMATIONS, repeat
from specdrift.checks.core.verdicts import operation_result, undecided
from specdrift.classify.asked import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.fold import fold
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, Phase, Probe, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import OperationResult, Skipped, UndecidedOperation
from specdrift.model.result.verdict import Classification, Outcome
from specdrift.rules.ids import (
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
        VALID_CERTIFICATE_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Every operation as every identity, on every TLS version that the listener speaks."""

    name: str = CERTIFICATE
    rules: frozenset[str] = RULES

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Controls before and after, all others in between; handshakes for operations that may not be sent."""
        for subject in context.subjects:
            if subject.mode is UnsafeMethods.SEND:
                yield from self._controls(context, subject)
                yield from self._others(context, subject)
        yield from self._generated_controls(context)
        if any(subject.mode is UnsafeMethods.HANDSHAKE for subject in context.subjects):
            yield from self._handshakes(context)

    def _controls(self, context: PlanContext, subject: PlannedOperation) -> Iterator[Probe]:
        """Send each control before; the last one after (the only one both)."""
        main = context.connection_variants[:1]
        eligible = [i for i in context.accepted if expected_in(i, subject)]
        last = eligible[-1:]
        for identity in context.accepted:
            if identity not in last or len(eligible) == 1:
                yield from self._probes(subject, identity, Phase.BEFORE, main)
        for identity in last:
            yield from self._probes(subject, identity, Phase.AFTER, main)

    def _others(self, context: PlanContext, subject: PlannedOperation) -> Iterator[Probe]:
        versions = context.connection_variants[: len(context.tls)]
        for identity in (ANONYMOUS, *context.refused):
            yield from self._probes(subject, identity, Phase.MAIN, versions)

    def _generated_controls(self, context: PlanContext) -> Iterator[Probe]:
        """Generated valid certificates on one operation: the controls of the profiles beside them."""
        for subject in context.guarded[:1]:
            for identity in context.minted_controls:
                yield from self._probes(
                    subject, identity, Phase.MAIN, context.connection_variants[: len(context.tls)]
                )

    def _handshakes(self, context: PlanContext) -> Iterator[Probe]:
        for identity in (*context.accepted, ANONYMOUS, *context.refused):
            for tls in context.tls:
                for attempt in range(1, HANDSHAKES + 1):
                    yield Probe(
                        check=self.name,
                        operation=None,
                        identity=identity.name,
                        connection=replace(context.connection(tls), reuse=Reuse.FRESH),
                        request=None,
                        phase=Phase.MAIN,
                        variant="handshake",
                        attempt=attempt,
                        control=identity.is_control,
                        why="whether the handshake is rejected, for operations whose requests may not be sent",
                    )

    def _probes(
        self,
        subject: PlannedOperation,
        identity: ClientIdentity,
        phase: Phase,
        connections: Sequence[Connection],
    ) -> Iterator[Probe]:
        why = f"a valid certificate, {phase.name.lower()}" if identity.is_control else identity.in_short
        for connection in connections:
            yield Probe(
                check=self.name,
                operation=subject.key,
                identity=identity.name,
                connection=connection,
                request=subject.request_for(identity.name),
                phase=phase,
                control=identity.is_control,
                why=why,
            )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """Repeat what contradicts the document, and once what was inconclusive."""
        reader = evidence.reader()
        for subject in context.subjects:
            for identity in context.identities.values():
                for seen in evidence.of(self.name, subject.key, identity.name):
                    if seen.probe.phase is not Phase.CONFIRM:
                        reading = read(reader, identity, seen, subject)
                        suspicious = contradicts(reading.outcome, identity, subject) or reading.leaks
                        yield from _repeats(seen, reading, suspicious=suspicious)
            yield from _once_more(context, subject, reader)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """The findings of the certificate rules, and the result of each operation."""
        found: list[Finding] = []
        operations: list[OperationResult] = []
        doubts: list[UndecidedOperation] = []
        for subject in context.subjects:
            state = presence(context, subject, reader)
            result, doubt = operation_result(state, context)
            operations.append(result)
            doubts += [undecided(state, doubt)] if doubt else []
            found += findings(state, context, reader)
        return Conclusions(
            findings=tuple(found),
            operations=tuple(operations),
            undecided=tuple(doubts),
            skipped=tuple(_inconclusive_profiles(context, reader)),
        )


def _inconclusive_profiles(context: PlanContext, reader: Classifier) -> Iterator[Skipped]:
    """Profiles whose rejection means nothing, since the certificate without their defect is rejected too."""
    for subject in context.guarded[:1]:
        for control in context.minted_controls:
            seen = reader.evidence.of(CERTIFICATE, subject.key, control.name)
            got = fold((entry, reader.compared(entry)) for entry in seen)
            if got.outcome is not Outcome.ADMITTED:
                names = ", ".join(i.name for i in context.identities.values() if i.beside == control.name)
                why = f"their control {control.name} was rejected too ({got.reading.reason})"
                reason = f"{names} are inconclusive: {why}"
                yield Skipped(check=CERTIFICATE, kind=SkipReason.CONTROL_REFUSED, reason=reason)


def _once_more(context: PlanContext, subject: PlannedOperation, reader: Classifier) -> Iterator[Probe]:
    """Repeat the admitted controls if others were rejected: perhaps only the first request is admitted."""
    asked = [
        (seen, reader.control(seen).outcome)
        for identity in context.accepted
        if expected_in(identity, subject)
        for seen in reader.evidence.of(CERTIFICATE, subject.key, identity.name)
    ]
    if {outcome is Outcome.ADMITTED for _, outcome in asked} == {True, False}:
        for seen, outcome in asked:
            if outcome is Outcome.ADMITTED and seen.probe.phase is Phase.BEFORE:
                yield from _repeats(seen, reader.control(seen), suspicious=False, least=1)


def _repeats(seen: Exchange, reading: Classification, *, suspicious: bool, least: int = 0) -> Iterator[Probe]:
    inconclusive = reading.outcome is Outcome.INCONCLUSIVE and seen.observation.ending is not Ending.NOT_SENT
    count = CONFIRMATIONS if suspicious else max(least, int(inconclusive))
    yield from repeat(replace(seen.probe, variant=seen.probe.phase.name.lower()), times=count)


CHECK: Check = Certificate()
