"""Asks every operation as every identity, and holds who is let in against the document.

The identities that should be let in are the controls; they are asked before and after. What looks like drift
is asked again on fresh connections.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.certificate.findings import findings
from specdrift.checks.core.assessment import contradicts, expected_in, presence, read
from specdrift.checks.core.base import CONFIRMATIONS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.verdicts import operation_result, undecided
from specdrift.classify.exchange_log import CERTIFICATE, Classifier, Exchange, ExchangeLog
from specdrift.classify.fold import fold
from specdrift.model.exchange.identity import ANONYMOUS, Identity
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, Phase, Probe, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult, Skipped, UndecidedOperation
from specdrift.model.result.verdict import Classification, Outcome

HANDSHAKES = 3
"""How often a handshake without a request is made before it speaks for the operations."""
RULES = frozenset(
    {
        "mtls-not-enforced",
        "mtls-over-enforced",
        "invalid-certificate-accepted",
        "valid-certificate-refused",
    }
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Every operation as every identity, on every TLS version that the listener speaks."""

    name: str = CERTIFICATE
    rules: frozenset[str] = RULES

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Controls before and after, everybody else in between; handshakes for what may not be sent."""
        for subject in context.subjects:
            if subject.mode is UnsafeMethods.SEND:
                yield from self._controls(context, subject)
                yield from self._others(context, subject)
        yield from self._minted_controls(context)
        if any(subject.mode is UnsafeMethods.HANDSHAKE for subject in context.subjects):
            yield from self._handshakes(context)

    def _controls(self, context: PlanContext, subject: PlannedOperation) -> Iterator[Probe]:
        """Everybody who should get in is asked before; the last of them after (again, if it is the only one)."""
        main = context.ways[:1]
        eligible = [i for i in context.accepted if expected_in(i, subject)]
        last = eligible[-1:]
        for identity in context.accepted:
            if identity not in last or len(eligible) == 1:
                yield from self._probes(subject, identity, Phase.BEFORE, main)
        for identity in last:
            yield from self._probes(subject, identity, Phase.AFTER, main)

    def _others(self, context: PlanContext, subject: PlannedOperation) -> Iterator[Probe]:
        versions = context.ways[: len(context.tls)]
        for identity in (ANONYMOUS, *context.refused):
            yield from self._probes(subject, identity, Phase.MAIN, versions)

    def _minted_controls(self, context: PlanContext) -> Iterator[Probe]:
        """Certificates with nothing wrong, on one operation: where they fail, the near-misses prove nothing."""
        for subject in context.guarded[:1]:
            for identity in context.minted_controls:
                yield from self._probes(subject, identity, Phase.MAIN, context.ways[: len(context.tls)])

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
                        why="whether TLS itself refuses, for operations whose requests may not be sent",
                    )

    def _probes(
        self, subject: PlannedOperation, identity: Identity, phase: Phase, connections: Sequence[Connection]
    ) -> Iterator[Probe]:
        why = f"a good certificate, {phase.name.lower()}" if identity.is_control else identity.in_short
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
        """Repeats what contradicts the document, and once what told nothing."""
        reader = evidence.reader()
        for subject in context.subjects:
            for identity in context.identities.values():
                for seen in evidence.of(self.name, subject.key, identity.name):
                    if seen.probe.phase is not Phase.CONFIRM:
                        reading = read(reader, identity, seen, subject)
                        suspicious = contradicts(reading.outcome, identity, subject)
                        yield from _repeats(seen, reading, suspicious=suspicious)
            yield from _once_more(context, subject, reader)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """The findings of the certificate rules, and what is to be said of each operation."""
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
            skipped=tuple(_void(context, reader)),
        )


def _void(context: PlanContext, reader: Classifier) -> Iterator[Skipped]:
    """Profiles whose refusal means nothing, since the certificate without their defect is refused too."""
    for subject in context.guarded[:1]:
        for control in context.minted_controls:
            seen = reader.evidence.of(CERTIFICATE, subject.key, control.name)
            got = fold((entry, reader.compared(entry)) for entry in seen)
            if got.outcome is not Outcome.ADMITTED:
                held = [i.name for i in context.identities.values() if i.beside == control.name]
                reason = f"{', '.join(held)} prove nothing here: {control.name} does not get in ({got.reading.reason})"
                yield Skipped(check=CERTIFICATE, reason=reason)


def _once_more(context: PlanContext, subject: PlannedOperation, reader: Classifier) -> Iterator[Probe]:
    """Those who got in before, where others who should did not: perhaps nobody does who comes later."""
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
    told_nothing = reading.outcome is Outcome.INCONCLUSIVE and seen.observation.ending is not Ending.NOT_SENT
    count = CONFIRMATIONS if suspicious else max(least, int(told_nothing))
    for attempt in range(2, 2 + count):
        yield replace(
            seen.probe,
            connection=replace(seen.probe.connection, reuse=Reuse.FRESH),
            phase=Phase.CONFIRM,
            variant=seen.probe.phase.name.lower(),
            attempt=attempt,
            why="the same once more, on a fresh connection",
        )


CHECK: Check = Certificate()
