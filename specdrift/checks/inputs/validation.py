"""Sends a good caller's request with values that the document does not allow, and sees what becomes of them.

A success like the good one, a server error, or the content of a well-known file: each is asked for once more on a fresh
connection, beside what must be answered otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.inputs.attempts import Attempt, asked_of, attempts, companion, planned
from specdrift.checks.inputs.disclosure import told
from specdrift.checks.inputs.internals import Disclosure, disclosures
from specdrift.checks.inputs.requests import with_undeclared
from specdrift.checks.inputs.traversal import reaches_file
from specdrift.checks.inputs.values import WORDS, Kind
from specdrift.classify.exchange_log import Classifier, Exchange, ExchangeLog
from specdrift.model.exchange.identity import Identity
from specdrift.model.exchange.probe import Phase, Probe, Request, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

RULE = "input-not-validated"
FAILURES = frozenset({500, 502})
"""Statuses of a handler that fell over. Others (501, 503, 504) say that it was not asked."""
ABSENT = frozenset({404, 410})
NOISE = "noise"
INSTEAD = " instead"


class Effect(StrEnum):
    """What a value did."""

    NONE = ""
    FILE = "file"
    FAILURE = "failure"
    INSIDES = "insides"
    """An answer that is no success, and tells of the server's insides."""
    SUCCESS = "success"


CONFIDENCE = {
    Effect.FILE: Confidence.HIGH,
    Effect.FAILURE: Confidence.HIGH,
    Effect.INSIDES: Confidence.HIGH,
    Effect.SUCCESS: Confidence.MEDIUM,
}


@dataclass(frozen=True, slots=True)
class InputCheck:
    """Behind the good identity: one request for each parameter and kind of value."""

    name: str = "input"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The first values of each operation, as many as there is room for."""
        for subject, attempt in planned(context):
            caller = companion(context, subject)
            if caller is not None:
                yield self._probe(context, subject, caller, attempt)

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """Once more what did something, and what must be answered otherwise; the same kind everywhere else."""
        reader = evidence.reader()
        every = [
            (subject, attempt) for subject in asked_of(context) for attempt in attempts(context, subject)
        ]
        telling = {(s.key, a.name): a.kind for s, a in every if self._tells(s, a, reader)}
        kinds = set(telling.values())
        for subject, attempt in every:
            caller = companion(context, subject)
            if caller is None:
                continue
            if (subject.key, attempt.name) in telling:
                yield from self._again(context, subject, caller, attempt)
            elif attempt.awaits:
                looked_up = self._is_looked_up(subject, attempt.awaits, reader)
                if looked_up or (subject.key, attempt.awaits) in telling:
                    yield self._further(context, subject, caller, attempt)
            elif attempt.kind in kinds:
                yield self._further(context, subject, caller, attempt)

    def _tells(self, subject: PlannedOperation, attempt: Attempt, reader: Classifier) -> bool:
        """Whether it did something when it was first made."""
        shots = self._shots(subject, attempt.name, reader)
        return bool(shots) and _effect(attempt, shots[0], reader) is not Effect.NONE

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation and what its input does to it."""
        findings: list[Finding] = []
        for subject in asked_of(context):
            caller = companion(context, subject)
            by_effect: dict[Effect, list[Attempt]] = {}
            for attempt in attempts(context, subject):
                effect = self._confirmed(subject, attempt, reader)
                by_effect.setdefault(effect, []).append(attempt)
            reported = [effect for effect in CONFIDENCE if effect in by_effect]
            state = presence(context, subject, reader) if reported and caller else None
            if caller and state and state.anonymous.outcome.refused and state.control_ok:
                findings += (
                    self._finding(state, caller, effect, by_effect[effect], reader) for effect in reported
                )
        return Conclusions(findings=tuple(findings))

    def _finding(
        self,
        state: OperationAssessment,
        caller: Identity,
        effect: Effect,
        ways: Sequence[Attempt],
        reader: Classifier,
    ) -> Finding:
        shots = [seen for way in ways for seen in self._shots(state.subject, way.name, reader)]
        http = shots[0].observation.http
        return Finding(
            rule=RULE,
            operation=state.operation.key,
            identity=caller.name,
            message=_message(effect, ways, http.status if http else 0, told(shots[0])),
            confidence=CONFIDENCE[effect],
            probes=tuple(dict.fromkeys((*(s.probe.id for s in shots), *state.control.probes[:1]))),
            subject=effect.value,
        )

    def _confirmed(self, subject: PlannedOperation, attempt: Attempt, reader: Classifier) -> Effect:
        """What it did each time, where nothing else explains it."""
        shots = self._shots(subject, attempt.name, reader)
        effects = {_effect(attempt, seen, reader) for seen in shots}
        if len(shots) < 2 or len(effects) != 1:
            return Effect.NONE
        effect = effects.pop()
        explained = {
            Effect.FAILURE: lambda: self._fails_anyway(subject, reader),
            Effect.INSIDES: lambda: self._tells_anyway(subject, shots, reader),
            Effect.SUCCESS: lambda: self._is_lenient(subject, attempt, shots, reader),
            Effect.FILE: lambda: self._is_everywhere(subject, attempt, reader),
        }
        return effect if effect is not Effect.NONE and not explained[effect]() else Effect.NONE

    def _fails_anyway(self, subject: PlannedOperation, reader: Classifier) -> bool:
        """Whether a value in a parameter that nobody declared does the same, or nobody knows."""
        noise = self._shots(subject, NOISE, reader)
        return not noise or any(_failed(seen) for seen in noise)

    def _tells_anyway(self, subject: PlannedOperation, shots: Sequence[Exchange], reader: Classifier) -> bool:
        """Whether it also tells so of a parameter that nobody declared, or of good input, or nobody knows."""
        noise = self._shots(subject, NOISE, reader)
        good = (disclosures(http.body_excerpt) for http in reader.good(subject.key))
        usual = {one.kind for found in (*map(told, noise), *good) for one in found}
        return not noise or all(one.kind in usual for seen in shots for one in told(seen))

    def _is_lenient(
        self, subject: PlannedOperation, attempt: Attempt, shots: Sequence[Exchange], reader: Classifier
    ) -> bool:
        """Whether the bound itself is answered to the byte as what lies beyond: clamped, cut off, or without effect."""
        if attempt.control is None:
            return False
        bounds = self._bodies(self._shots(subject, attempt.name + INSTEAD, reader))
        return not bounds or bool(bounds & self._bodies(shots))

    def _is_everywhere(self, subject: PlannedOperation, attempt: Attempt, reader: Classifier) -> bool:
        """Whether the same content comes without the file, or nobody knows."""
        lost = self._shots(subject, attempt.name + INSTEAD, reader)
        good = reader.good(subject.key)
        texts = [seen.observation.http.body_excerpt for seen in lost if seen.observation.http]
        return not texts or any(
            reaches_file(text) for text in (*texts, *(http.body_excerpt for http in good))
        )

    def _bodies(self, shots: Sequence[Exchange]) -> set[str]:
        return {seen.observation.http.body_sha256 for seen in shots if seen.observation.http}

    def _is_looked_up(self, subject: PlannedOperation, variant: str, reader: Classifier) -> bool:
        """Whether a wrong value was looked for, rather than refused for what it is."""
        shots = self._shots(subject, variant, reader)
        return any(seen.observation.http and seen.observation.http.status in ABSENT for seen in shots)

    def _shots(self, subject: PlannedOperation, variant: str, reader: Classifier) -> list[Exchange]:
        every = (
            seen
            for identity in reader.evidence.identities.values()
            if identity.is_control
            for seen in reader.evidence.of(self.name, subject.key, identity.name)
        )
        return sorted((s for s in every if s.probe.variant == variant), key=lambda s: s.probe.attempt)

    def _again(
        self, context: PlanContext, subject: PlannedOperation, caller: Identity, attempt: Attempt
    ) -> Iterator[Probe]:
        probe = self._probe(context, subject, caller, attempt)
        fresh = replace(probe, connection=replace(probe.connection, reuse=Reuse.FRESH), phase=Phase.CONFIRM)
        yield replace(fresh, attempt=2, why="the same once more, on a fresh connection")
        if attempt.control is not None:
            why = "what has to be answered otherwise"
            yield _control(fresh, attempt.control, attempt.name + INSTEAD, why)
        noise = with_undeclared(subject.request_for(caller.name), WORDS[0])
        yield _control(fresh, noise, NOISE, "a parameter that nobody declared")

    def _further(
        self, context: PlanContext, subject: PlannedOperation, caller: Identity, attempt: Attempt
    ) -> Probe:
        return replace(self._probe(context, subject, caller, attempt), phase=Phase.CONFIRM)

    def _probe(
        self, context: PlanContext, subject: PlannedOperation, caller: Identity, attempt: Attempt
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=caller.name,
            connection=context.connection(context.tls[0]),
            request=attempt.request,
            phase=Phase.MAIN,
            variant=attempt.name,
            why=f"whether input is looked at: {attempt.words}",
        )


def _control(fresh: Probe, request: Request, variant: str, why: str) -> Probe:
    return replace(fresh, request=request, variant=variant, control=True, why=why)


def _failed(seen: Exchange) -> bool:
    return seen.observation.http is not None and seen.observation.http.status in FAILURES


def _effect(attempt: Attempt, seen: Exchange, reader: Classifier) -> Effect:
    http = seen.observation.http
    if http is None:
        return Effect.NONE
    if attempt.kind is Kind.TRAVERSAL and reaches_file(http.body_excerpt):
        return Effect.FILE
    if http.status in FAILURES:
        return Effect.FAILURE
    if http.status >= 400 and told(seen):
        return Effect.INSIDES
    success = 200 <= http.status < 300 and reader.compared(seen).outcome is Outcome.ADMITTED
    return Effect.SUCCESS if attempt.violates and success else Effect.NONE


def _message(effect: Effect, ways: Sequence[Attempt], status: int, insides: Sequence[Disclosure]) -> str:
    words = "; ".join(way.words for way in ways[:4]) + (f" and {len(ways) - 4} more" if len(ways) > 4 else "")
    what = ", ".join(str(one) for one in insides)
    if effect is Effect.FILE:
        return (
            f"A path traversal reaches a file of the server: {words} brings the content of a "
            f"well-known one (HTTP {status}). Whoever may call this operation can read what the server can read."
        )
    if effect is Effect.FAILURE:
        telling = f" The answer tells of the server's insides: {what}." if what else ""
        return (
            f"Bad input makes the server fail, and good input does not: HTTP {status} for {words}.{telling}"
        )
    if effect is Effect.INSIDES:
        return f"The answer to bad input tells of the server's insides: {what} (HTTP {status} for {words})."
    said = "; ".join(dict.fromkeys(f"{way.inputs[0].name}: {way.allowed}" for way in ways[:4]))
    return f"Input that the document does not allow is answered as good input is (HTTP {status}): {words} ({said})."


CHECK: Check = InputCheck()
