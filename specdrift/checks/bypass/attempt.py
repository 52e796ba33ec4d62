"""Ways around a certificate: what the checks that look for them have in common. Pure.

A detour is the request for a guarded operation, put another way and made by a caller who is refused the straight way,
without a certificate for the most part. Where it seems to arrive, it is made again on fresh connections; the good
certificate goes the same way; and the same way is gone to something that is not there. Only where all of that fits is
it reported: a 200 from another handler is no bypass.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, expected_in, presence
from specdrift.checks.core.base import CONFIRMATIONS, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.measure import Measure, alike, arrived
from specdrift.classify.exchange_log import CERTIFICATE, Classifier, Exchange, ExchangeLog
from specdrift.classify.fold import fold, weakest
from specdrift.model.exchange.identity import ANONYMOUS, Identity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Connection, Phase, Probe, Request, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence, Outcome


class Good(Enum):
    """Whether a good certificate can go the same way."""

    GOES_ALONG = "goes along"
    CANNOT = "cannot"
    """There is no TLS, or no telling which certificates suit there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """``name`` tells it apart from the operation's others; ``words`` is how a message lists it; ``cause`` what one
    finding is about. ``nowhere`` is the same way to something that is not there; ``ahead`` is sent first. ``caller`` is
    who must be refused.

    Where it arrives it ``opens`` what others ``await``: all parts of a bundle, all operations behind a door.
    """

    subject: PlannedOperation
    name: str
    words: str
    request: Request
    nowhere: Request
    connection: Connection
    cause: str = ""
    ahead: Request | None = None
    measure: Measure = Measure.OPERATION
    good: Good = Good.GOES_ALONG
    opens: str = ""
    awaits: str = ""
    caller: Identity = ANONYMOUS


def always(_: Detour, __: PlanContext) -> bool:
    """Where nothing more is to be asked before an answer counts."""
    return True


def nothing(_: PlanContext, __: ExchangeLog) -> Iterable[Skipped]:
    """Where all was tried."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DetourCheck:
    """``detours`` are all that it knows for a context; ``tell`` says in a clause how the caller got in;
    ``counts`` may dismiss a detour although it arrives; ``skipped`` says what could not be tried.
    """

    name: str
    rule: str
    why: str
    detours: Callable[[PlanContext], Iterable[Detour]]
    tell: Callable[[Sequence[Detour]], str]
    counts: Callable[[Detour, PlanContext], bool] = always
    skipped: Callable[[PlanContext, ExchangeLog], Iterable[Skipped]] = nothing

    @property
    def rules(self) -> frozenset[str]:
        """The one rule that it may report."""
        return frozenset({self.rule})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Every detour that awaits nothing, on connections that are kept."""
        for detour in self.detours(context):
            if not detour.awaits:
                yield self._probe(detour)

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """What others have opened, and the controls of whatever seems to arrive."""
        reader = evidence.reader()
        detours = list(self.detours(context))
        arriving = [d for d in detours if self._arrives(d, context, reader)]
        opened = {detour.opens for detour in arriving} - {""}
        for detour in detours:
            if detour.awaits in opened:
                yield replace(self._probe(detour), phase=Phase.CONFIRM)
        for detour in arriving:
            yield from self._controls(detour, context)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation, cause and caller; where nobody gets in, who else does is no news."""
        by_cause: dict[tuple[object, str, str], list[Detour]] = defaultdict(list)
        for detour in self.detours(context):
            if self._confirmed(detour, context, reader):
                by_cause[detour.subject.key, detour.cause, detour.caller.name].append(detour)
        apart = {(key, d.awaits) for (key, *_), ways in by_cause.items() for d in ways if d.awaits}
        findings = []
        for (key, cause, caller), ways in by_cause.items():
            bundle = cause == BUNDLE and any((key, way.opens) in apart for way in ways)
            state = presence(context, ways[0].subject, reader)
            straight = state.folded[caller]
            told = caller != ANONYMOUS.name and (key, cause, ANONYMOUS.name) in by_cause
            if straight.outcome.refused and state.control_ok and not (bundle or told):
                findings.append(self._finding(ways, cause, state, reader))
        return Conclusions(findings=tuple(findings), skipped=tuple(self.skipped(context, reader.evidence)))

    def _finding(
        self, ways: Sequence[Detour], cause: str, state: OperationAssessment, reader: Classifier
    ) -> Finding:
        ways = sorted(ways, key=lambda way: way.measure is not Measure.OPERATION)  # the telling one first
        shots = [seen for way in ways for seen in self._shots(way, reader.evidence)]
        got = fold((seen, reader.compared(seen)) for seen in shots)
        answer = shots[0].observation.http
        vague = answer is None or answer.shape.kind == "empty" or ways[0].measure is not Measure.OPERATION
        caller = ways[0].caller
        return Finding(
            rule=self.rule,
            operation=ways[0].subject.key,
            identity=caller.name,
            profile=caller.profile or None,
            message=f"{_who(caller)} is admitted {self.tell(ways)}: "
            f"HTTP {answer.status if answer else '-'}, as with a good certificate.",
            confidence=weakest([confidence(state, got), *([Confidence.MEDIUM] if vague else [])]),
            probes=tuple(
                dict.fromkeys(
                    (
                        *(s.probe.id for s in shots),
                        *state.folded[caller.name].probes[:1],
                        *state.control.probes[:1],
                    )
                )
            ),
            subject=cause,
        )

    def _arrives(self, detour: Detour, context: PlanContext, reader: Classifier) -> bool:
        """Whether the first attempt got what only a good certificate gets, and the straight way is closed."""
        first = next(iter(self._shots(detour, reader.evidence)), None)
        return (
            first is not None
            and arrived(first, detour.measure, reader)
            and not _open(detour, reader)
            and self.counts(detour, context)
        )

    def _confirmed(self, detour: Detour, context: PlanContext, reader: Classifier) -> bool:
        shots = self._shots(detour, reader.evidence)
        if len(shots) <= CONFIRMATIONS or not self._arrives(detour, context, reader):
            return False
        if not all(arrived(seen, detour.measure, reader) for seen in shots):
            return False
        answer = shots[0].observation.http
        lost = self._answers(detour, reader.evidence, detour.caller.name, NOWHERE)
        along = self._answers(detour, reader.evidence, _companion(detour.subject, context), "")
        if answer is None or not lost or any(alike(answer, http, detour.measure) for http in lost if http):
            return False
        return detour.good is Good.CANNOT or any(
            alike(answer, http, detour.measure) for http in along if http
        )

    def _shots(self, detour: Detour, evidence: ExchangeLog) -> list[Exchange]:
        """The attempts of the caller, the first one first."""
        seen = evidence.of(self.name, detour.subject.key, detour.caller.name)
        return sorted((s for s in seen if s.probe.variant == detour.name), key=lambda s: s.probe.attempt)

    def _answers(
        self, detour: Detour, evidence: ExchangeLog, identity: str, suffix: str
    ) -> list[HttpFacts | None]:
        seen = evidence.of(self.name, detour.subject.key, identity)
        return [s.observation.http for s in seen if s.probe.variant == detour.name + suffix]

    def _probe(self, detour: Detour) -> Probe:
        return Probe(
            check=self.name,
            operation=detour.subject.key,
            identity=detour.caller.name,
            connection=detour.connection,
            request=detour.request,
            phase=Phase.MAIN,
            variant=detour.name,
            ahead=detour.ahead,
            why=f"{self.why}: {detour.words}",
        )

    def _controls(self, detour: Detour, context: PlanContext) -> Iterator[Probe]:
        probe = replace(
            self._probe(detour),
            connection=replace(detour.connection, reuse=Reuse.FRESH),
            phase=Phase.CONFIRM,
        )
        for attempt in range(2, 2 + CONFIRMATIONS):
            yield replace(probe, attempt=attempt, why="the same once more, on a fresh connection")
        why = "the same way to something that is not there"
        yield replace(probe, request=detour.nowhere, variant=detour.name + NOWHERE, control=True, why=why)
        companion = _companion(detour.subject, context)
        if detour.good is Good.GOES_ALONG and companion:
            why = "whether a good certificate gets the same this way"
            yield replace(probe, identity=companion, control=True, why=why)


NOWHERE = " nowhere"
BUNDLE = "bundle"
"""The cause of a detour that tries several things at once: reported only where no single one of them does it."""


def _companion(subject: PlannedOperation, context: PlanContext) -> str:
    """The name of a good identity that may call the operation; empty where there is none."""
    suitable = (identity.name for identity in context.accepted if expected_in(identity, subject))
    return next(suitable, next((identity.name for identity in context.accepted), ""))


def in_words(ways: Sequence[Detour]) -> str:
    """The clause that lists ways by their own words."""
    return ", or ".join(way.words for way in ways)


def _who(caller: Identity) -> str:
    if caller.profile:
        return f"A certificate of profile {caller.profile}"
    return f'"{caller.name}"' if caller.name != ANONYMOUS.name else "A caller without a client certificate"


def _open(detour: Detour, reader: Classifier) -> bool:
    """Whether the straight way is open to the caller as well."""
    seen = reader.evidence.of(CERTIFICATE, detour.subject.key, detour.caller.name)
    return any(reader.compared(entry).outcome is Outcome.ADMITTED for entry in seen)
