"""Sends a valid caller's request with values that the document does not allow, and compares the answers.

A success like that of valid input, a server error and the content of a well-known file are effects. Each is repeated on
a fresh connection, beside controls that must be answered otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import (
    ON_FRESH_CONNECTION,
    as_control,
    attempts_of,
    fresh,
    ids_of,
    probe_ids,
)
from specdrift.checks.inputs.attempts import Attempt, attempts, companion, planned, with_input
from specdrift.checks.inputs.disclosure import disclosed
from specdrift.checks.inputs.internals import Disclosure, disclosures
from specdrift.checks.inputs.requests import with_undeclared
from specdrift.checks.inputs.traversal import reaches_file
from specdrift.checks.inputs.values import WORDS, Kind
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

RULE = "input-not-validated"
FAILURES = frozenset({500, 502})
"""Statuses of a handler that failed. With 501, 503 and 504 no handler ran."""
ABSENT = frozenset({404, 410})
NOISE = ProbeTag(control=Control.NOISE)


class Effect(StrEnum):
    """The effect of a value."""

    NONE = ""
    FILE = "file"
    FAILURE = "failure"
    INTERNALS = "insides"
    """An error response that discloses internal details."""
    SUCCESS = "success"


CONFIDENCE = {
    Effect.FILE: Confidence.HIGH,
    Effect.FAILURE: Confidence.HIGH,
    Effect.INTERNALS: Confidence.HIGH,
    Effect.SUCCESS: Confidence.MEDIUM,
}


@dataclass(frozen=True, slots=True)
class InputCheck:
    """One request of a valid identity for each parameter and kind of value."""

    name: str = "input"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The first values of each operation, as many as their number allows."""
        for subject, attempt in planned(context):
            caller = companion(context, subject)
            if caller is not None:
                yield self._probe(context, subject, caller, attempt)

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """Repeat values with an effect, with their controls; send the same kind of value to all other operations."""
        reader = evidence.reader()
        every = [
            (subject, attempt) for subject in with_input(context) for attempt in attempts(context, subject)
        ]
        effective = {(s.key, a.name): a.kind for s, a in every if self._has_effect(s, a, reader)}
        kinds = set(effective.values())
        for subject, attempt in every:
            caller = companion(context, subject)
            if caller is None:
                continue
            if (subject.key, attempt.name) in effective:
                yield from self._again(context, subject, caller, attempt)
            elif attempt.awaits:
                looked_up = self._is_looked_up(subject, attempt.awaits, reader)
                if looked_up or (subject.key, attempt.awaits) in effective:
                    yield self._further(context, subject, caller, attempt)
            elif attempt.kind in kinds:
                yield self._further(context, subject, caller, attempt)

    def _has_effect(self, subject: PlannedOperation, attempt: Attempt, reader: Classifier) -> bool:
        """Return whether the first attempt had an effect."""
        exchanges = self._of(subject, attempt.tag, reader)
        return bool(exchanges) and _effect(attempt, exchanges[0], reader) is not Effect.NONE

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation and effect."""
        findings: list[Finding] = []
        for subject in with_input(context):
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
        caller: ClientIdentity,
        effect: Effect,
        group: Sequence[Attempt],
        reader: Classifier,
    ) -> Finding:
        exchanges = [seen for attempt in group for seen in self._of(state.subject, attempt.tag, reader)]
        http = exchanges[0].observation.http
        return Finding(
            rule=RULE,
            operation=state.operation.key,
            identity=caller.name,
            message=_message(effect, group, http.status if http else 0, disclosed(exchanges[0])),
            confidence=CONFIDENCE[effect],
            probes=probe_ids(ids_of(exchanges), state.control.probes[:1]),
            subject=effect.value,
        )

    def _confirmed(self, subject: PlannedOperation, attempt: Attempt, reader: Classifier) -> Effect:
        """Return the effect of all attempts, unless a control explains it."""
        exchanges = self._of(subject, attempt.tag, reader)
        effects = {_effect(attempt, seen, reader) for seen in exchanges}
        if len(exchanges) < 2 or len(effects) != 1:
            return Effect.NONE
        effect = effects.pop()
        explained = {
            Effect.FAILURE: lambda: self._fails_anyway(subject, reader),
            Effect.INTERNALS: lambda: self._discloses_anyway(subject, exchanges, reader),
            Effect.SUCCESS: lambda: self._is_lenient(subject, attempt, exchanges, reader),
            Effect.FILE: lambda: self._is_everywhere(subject, attempt, reader),
        }
        return effect if effect is not Effect.NONE and not explained[effect]() else Effect.NONE

    def _fails_anyway(self, subject: PlannedOperation, reader: Classifier) -> bool:
        """Return whether an undeclared parameter has the same effect, or that is unknown."""
        noise = self._of(subject, NOISE, reader)
        return not noise or any(_failed(seen) for seen in noise)

    def _discloses_anyway(
        self, subject: PlannedOperation, exchanges: Sequence[Exchange], reader: Classifier
    ) -> bool:
        """Return whether an undeclared parameter or valid input discloses the same, or that is unknown."""
        noise = self._of(subject, NOISE, reader)
        valid = (disclosures(http.body_excerpt) for http in reader.good(subject.key))
        usual = {one.kind for found in (*map(disclosed, noise), *valid) for one in found}
        return not noise or all(one.kind in usual for seen in exchanges for one in disclosed(seen))

    def _is_lenient(
        self, subject: PlannedOperation, attempt: Attempt, exchanges: Sequence[Exchange], reader: Classifier
    ) -> bool:
        """Return whether the bound itself gets the same bytes: the value was clamped, cut off or ignored."""
        if attempt.control is None:
            return False
        bounds = self._bodies(self._of(subject, as_control(attempt.tag, Control.NEIGHBOUR), reader))
        return not bounds or bool(bounds & self._bodies(exchanges))

    def _is_everywhere(self, subject: PlannedOperation, attempt: Attempt, reader: Classifier) -> bool:
        """Return whether the same content comes without the file, or that is unknown."""
        missing = self._of(subject, as_control(attempt.tag, Control.NEIGHBOUR), reader)
        good = reader.good(subject.key)
        texts = [seen.observation.http.body_excerpt for seen in missing if seen.observation.http]
        return not texts or any(
            reaches_file(text) for text in (*texts, *(http.body_excerpt for http in good))
        )

    def _bodies(self, exchanges: Sequence[Exchange]) -> set[str]:
        return {seen.observation.http.body_sha256 for seen in exchanges if seen.observation.http}

    def _is_looked_up(self, subject: PlannedOperation, name: str, reader: Classifier) -> bool:
        """Return whether an invalid value was looked up instead of rejected."""
        exchanges = self._of(subject, ProbeTag(name=name), reader)
        return any(seen.observation.http and seen.observation.http.status in ABSENT for seen in exchanges)

    def _of(self, subject: PlannedOperation, tag: ProbeTag, reader: Classifier) -> list[Exchange]:
        valid = (i.name for i in reader.evidence.identities.values() if i.is_control)
        return attempts_of(reader.evidence, self.name, subject.key, valid, tag)

    def _again(
        self, context: PlanContext, subject: PlannedOperation, caller: ClientIdentity, attempt: Attempt
    ) -> Iterator[Probe]:
        probe = self._probe(context, subject, caller, attempt)
        again = fresh(probe)
        yield replace(again, attempt=2, why=ON_FRESH_CONNECTION)
        control = replace(again, control=True)
        if attempt.control is not None:
            yield replace(
                control,
                request=attempt.control,
                variant=f"{attempt.name} instead",
                tag=as_control(attempt.tag, Control.NEIGHBOUR),
                why="a control that must be answered otherwise",
            )
        noise = with_undeclared(subject.request_for(caller.name), WORDS[0])
        yield replace(control, request=noise, variant="noise", tag=NOISE, why="an undeclared parameter")

    def _further(
        self, context: PlanContext, subject: PlannedOperation, caller: ClientIdentity, attempt: Attempt
    ) -> Probe:
        return replace(self._probe(context, subject, caller, attempt), phase=Phase.CONFIRM)

    def _probe(
        self, context: PlanContext, subject: PlannedOperation, caller: ClientIdentity, attempt: Attempt
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=caller.name,
            connection=context.connection(context.tls[0]),
            request=attempt.request,
            phase=Phase.MAIN,
            variant=attempt.name,
            tag=attempt.tag,
            why=f"whether input is validated: {attempt.words}",
        )


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
    if http.status >= 400 and disclosed(seen):
        return Effect.INTERNALS
    success = 200 <= http.status < 300 and reader.compared(seen).outcome is Outcome.ADMITTED
    return Effect.SUCCESS if attempt.violates and success else Effect.NONE


def _message(
    effect: Effect, attempts: Sequence[Attempt], status: int, internals: Sequence[Disclosure]
) -> str:
    more = f" and {len(attempts) - 4} more" if len(attempts) > 4 else ""
    words = "; ".join(attempt.words for attempt in attempts[:4]) + more
    what = ", ".join(str(one) for one in internals)
    if effect is Effect.FILE:
        return (
            f"A path traversal reaches a file of the server: {words} returns the content of a "
            f"well-known one (HTTP {status}). Callers of this operation can read what the server can read."
        )
    if effect is Effect.FAILURE:
        disclosing = f" The response discloses internal details: {what}." if what else ""
        return f"Invalid input makes the server fail, valid input does not: HTTP {status} for {words}.{disclosing}"
    if effect is Effect.INTERNALS:
        return f"The error response discloses internal details: {what} (HTTP {status} for {words})."
    allowed = "; ".join(dict.fromkeys(f"{one.inputs[0].name}: {one.allowed}" for one in attempts[:4]))
    return f"Input that the document does not allow is answered like valid input (HTTP {status}): {words} ({allowed})."


CHECK: Check = InputCheck()
