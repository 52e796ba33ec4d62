"""Sends a valid caller's request with values that the document does not allow, and compares the answers.

A success like that of valid input, a server error and the content of a well-known file are effects. Each is repeated on
a fresh connection, beside controls that must be answered otherwise.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import OperationAssessment, assess
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import (
    ON_FRESH_CONNECTION,
    as_control,
    attempts_of,
    fresh,
    ids_of,
    probe_ids,
)
from specdrift.checks.inputs.attempts import InputAttempt, attempts, first_attempts, valid_caller, with_input
from specdrift.checks.inputs.disclosure import disclosed
from specdrift.checks.inputs.internals import Disclosure, disclosures
from specdrift.checks.inputs.invalid_values import WORDS, InputDefect
from specdrift.checks.inputs.requests import with_undeclared
from specdrift.checks.inputs.traversal import reaches_file
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


class InputCheck(Struct, frozen=True):
    """One request of a valid identity for each parameter and kind of value."""

    name: str = "input"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The first values of each operation, as many as their number allows."""
        for planned, attempt in first_attempts(context):
            caller = valid_caller(context, planned)
            if caller is not None:
                yield self._probe(context, planned, caller, attempt)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat values with an effect, with their controls; send the same kind of value to all other operations."""
        classifier = log.classifier()
        every = [
            (planned, attempt) for planned in with_input(context) for attempt in attempts(context, planned)
        ]
        effective = {(s.key, a.name): a.kind for s, a in every if self._has_effect(s, a, classifier)}
        kinds = set(effective.values())
        for planned, attempt in every:
            caller = valid_caller(context, planned)
            if caller is None:
                continue
            if (planned.key, attempt.name) in effective:
                yield from self._again(context, planned, caller, attempt)
            elif attempt.awaits:
                looked_up = self._is_looked_up(planned, attempt.awaits, classifier)
                if looked_up or (planned.key, attempt.awaits) in effective:
                    yield self._further(context, planned, caller, attempt)
            elif attempt.kind in kinds:
                yield self._further(context, planned, caller, attempt)

    def _has_effect(self, planned: PlannedOperation, attempt: InputAttempt, classifier: Classifier) -> bool:
        """Return whether the first attempt had an effect."""
        exchanges = self._of(planned, attempt.tag, classifier)
        return bool(exchanges) and _effect(attempt, exchanges[0], classifier) is not Effect.NONE

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and effect."""
        findings: list[Finding] = []
        for planned in with_input(context):
            caller = valid_caller(context, planned)
            by_effect: dict[Effect, list[InputAttempt]] = {}
            for attempt in attempts(context, planned):
                effect = self._confirmed(planned, attempt, classifier)
                by_effect.setdefault(effect, []).append(attempt)
            reported = [effect for effect in CONFIDENCE if effect in by_effect]
            assessment = assess(context, planned, classifier) if reported and caller else None
            if caller and assessment and assessment.anonymous.outcome.refused and assessment.control_ok:
                findings += (
                    self._finding(assessment, caller, effect, by_effect[effect], classifier)
                    for effect in reported
                )
        return Conclusions(findings=tuple(findings))

    def _finding(
        self,
        assessment: OperationAssessment,
        caller: ClientIdentity,
        effect: Effect,
        group: Sequence[InputAttempt],
        classifier: Classifier,
    ) -> Finding:
        exchanges = [
            exchange
            for attempt in group
            for exchange in self._of(assessment.planned, attempt.tag, classifier)
        ]
        http = exchanges[0].observation.http
        return Finding(
            rule=RULE,
            operation=assessment.operation.key,
            identity=caller.name,
            message=_message(effect, group, http.status if http else 0, disclosed(exchanges[0])),
            confidence=CONFIDENCE[effect],
            probes=probe_ids(ids_of(exchanges), assessment.control.probes[:1]),
            subject=effect.value,
            location=next((one.at for attempt in group for one in attempt.inputs if one.at), None),
        )

    def _confirmed(self, planned: PlannedOperation, attempt: InputAttempt, classifier: Classifier) -> Effect:
        """Return the effect of all attempts, unless a control explains it."""
        exchanges = self._of(planned, attempt.tag, classifier)
        effects = {_effect(attempt, exchange, classifier) for exchange in exchanges}
        if len(exchanges) < 2 or len(effects) != 1:
            return Effect.NONE
        effect = effects.pop()
        explained = {
            Effect.FAILURE: lambda: self._fails_anyway(planned, attempt, classifier),
            Effect.INTERNALS: lambda: self._discloses_anyway(planned, exchanges, classifier),
            Effect.SUCCESS: lambda: self._is_lenient(planned, attempt, exchanges, classifier),
            Effect.FILE: lambda: self._is_everywhere(planned, attempt, classifier),
        }
        return effect if effect is not Effect.NONE and not explained[effect]() else Effect.NONE

    def _fails_anyway(self, planned: PlannedOperation, attempt: InputAttempt, classifier: Classifier) -> bool:
        """Return whether valid input, or the value without its defect, gets a server error too, or that is unknown."""
        noise = self._of(planned, NOISE, classifier)
        beside = as_control(attempt.tag, Control.NEIGHBOUR)
        # A path to a missing file has the defect of a traversal itself.
        sound = [] if attempt.kind is InputDefect.TRAVERSAL else self._of(planned, beside, classifier)
        return not noise or any(map(_is_server_error, (*noise, *sound)))

    def _discloses_anyway(
        self, planned: PlannedOperation, exchanges: Sequence[Exchange], classifier: Classifier
    ) -> bool:
        """Return whether an undeclared parameter or valid input discloses the same, or that is unknown."""
        noise = self._of(planned, NOISE, classifier)
        valid = (disclosures(http.body_excerpt) for http in classifier.admitted_answers(planned.key))
        usual = {one.kind for found in (*map(disclosed, noise), *valid) for one in found}
        return not noise or all(one.kind in usual for exchange in exchanges for one in disclosed(exchange))

    def _is_lenient(
        self,
        planned: PlannedOperation,
        attempt: InputAttempt,
        exchanges: Sequence[Exchange],
        classifier: Classifier,
    ) -> bool:
        """Return whether the bound itself gets the same bytes: the value was clamped, cut off or ignored."""
        if attempt.control is None:
            return False
        bounds = self._bodies(self._of(planned, as_control(attempt.tag, Control.NEIGHBOUR), classifier))
        return not bounds or bool(bounds & self._bodies(exchanges))

    def _is_everywhere(
        self, planned: PlannedOperation, attempt: InputAttempt, classifier: Classifier
    ) -> bool:
        """Return whether the same content comes without the file, or that is unknown."""
        missing = self._of(planned, as_control(attempt.tag, Control.NEIGHBOUR), classifier)
        admitted = classifier.admitted_answers(planned.key)
        texts = [exchange.observation.http.body_excerpt for exchange in missing if exchange.observation.http]
        return not texts or any(
            reaches_file(text) for text in (*texts, *(http.body_excerpt for http in admitted))
        )

    def _bodies(self, exchanges: Sequence[Exchange]) -> set[str]:
        return {exchange.observation.http.body_sha256 for exchange in exchanges if exchange.observation.http}

    def _is_looked_up(self, planned: PlannedOperation, name: str, classifier: Classifier) -> bool:
        """Return whether an invalid value was looked up instead of rejected."""
        exchanges = self._of(planned, ProbeTag(name=name), classifier)
        return any(
            exchange.observation.http and exchange.observation.http.status in ABSENT for exchange in exchanges
        )

    def _of(self, planned: PlannedOperation, tag: ProbeTag, classifier: Classifier) -> list[Exchange]:
        valid = (i.name for i in classifier.log.identities.values() if i.is_control)
        return attempts_of(classifier.log, self.name, planned.key, valid, tag)

    def _again(
        self, context: PlanContext, planned: PlannedOperation, caller: ClientIdentity, attempt: InputAttempt
    ) -> Iterator[Probe]:
        probe = self._probe(context, planned, caller, attempt)
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
        noise = with_undeclared(planned.request_for(caller.name), WORDS[0])
        yield replace(control, request=noise, variant="noise", tag=NOISE, why="an undeclared parameter")

    def _further(
        self, context: PlanContext, planned: PlannedOperation, caller: ClientIdentity, attempt: InputAttempt
    ) -> Probe:
        return replace(self._probe(context, planned, caller, attempt), phase=Phase.CONFIRM)

    def _probe(
        self, context: PlanContext, planned: PlannedOperation, caller: ClientIdentity, attempt: InputAttempt
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=caller.name,
            connection=context.connection(context.tls[0]),
            request=attempt.request,
            phase=Phase.MAIN,
            variant=attempt.name,
            tag=attempt.tag,
            why=f"whether input is validated: {attempt.words}",
        )


def _is_server_error(exchange: Exchange) -> bool:
    return exchange.observation.http is not None and exchange.observation.http.status >= 500


def _effect(attempt: InputAttempt, exchange: Exchange, classifier: Classifier) -> Effect:
    http = exchange.observation.http
    if http is None:
        return Effect.NONE
    if attempt.kind is InputDefect.TRAVERSAL and reaches_file(http.body_excerpt):
        return Effect.FILE
    if http.status in FAILURES:
        return Effect.FAILURE
    if http.status >= 400 and disclosed(exchange):
        return Effect.INTERNALS
    success = 200 <= http.status < 300 and classifier.compared(exchange).outcome is Outcome.ADMITTED
    return Effect.SUCCESS if attempt.violates and success else Effect.NONE


def _message(
    effect: Effect, attempts: Sequence[InputAttempt], status: int, internals: Sequence[Disclosure]
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
