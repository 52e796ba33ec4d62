"""What the confirmed attempts of a check amount to: findings, and what stays undecided. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from specdrift.checks.bypass.attempts.attempt_confirmation import Confirmation
from specdrift.checks.bypass.attempts.attempt_planning import AttemptPlan
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess
from specdrift.checks.core.base import Conclusions
from specdrift.checks.core.confirm import CONFIRMATIONS, ids_of, probe_ids, redirected_phrase, unconfirmed
from specdrift.checks.core.measure import OF_THE_OPERATION, answered
from specdrift.checks.core.redirects import unknown_targets
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt, of_role, who
from specdrift.checks.sharing.obscured import Bundles, not_taken_apart, smallest
from specdrift.checks.sharing.other_operations import not_established
from specdrift.checks.sharing.representatives import Sent, as_sent, first_exchanges, sampled, times_sent
from specdrift.classify.combined import combine, weakest
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.model.result.verdict import Confidence


class _Cause(NamedTuple):
    operation: OperationKey
    cause: str
    caller: str


_ByCause = Mapping[_Cause, Sequence[BypassAttempt]]


class AttemptFindings(Struct, frozen=True):
    """Judges the exchanges of a check."""

    plan: AttemptPlan
    confirmation: Confirmation

    def conclusions(self) -> Conclusions:
        """One finding for each operation, cause and caller; other callers only if the anonymous one is rejected."""
        plan, confirmation = self.plan, self.confirmation
        check, context, classifier = confirmation.check, confirmation.context, confirmation.classifier
        times = times_sent(classifier.log.by_check(check.name)).items()
        repeated = frozenset(sent for sent, count in times if count > CONFIRMATIONS)  # nearly never one
        attempts = list(plan.all()) if repeated else []
        attempts += plan.elsewhere(attempts, {sent[1:] for sent in repeated})
        by_cause = self._by_cause(attempts, repeated)
        reported = list(self._reported(by_cause))
        first = first_exchanges(classifier.log.by_check(check.name))
        undecided = not_established(
            [attempt for cause, _ in reported for attempt in by_cause[cause]],
            (attempt for attempt in attempts if check.counts(attempt, context)),
            first,
            describe=check.describe,
            absent=confirmation.negative_answers,
            context=context,
            classifier=classifier,
        )
        whole = Bundles(check.name, first, classifier.log)
        left = not_taken_apart(whole, plan.first(), plan.all, repeated)
        return Conclusions(
            findings=tuple(self._finding(by_cause[cause], cause, found) for cause, found in reported),
            undecided=(
                *undecided,
                *left,
                *self._unconfirmed(attempts, repeated, {c.operation for c, _ in reported}),
            ),
            skipped=self._skipped(),
        )

    def _by_cause(self, attempts: Sequence[BypassAttempt], repeated: Collection[Sent]) -> _ByCause:
        found: dict[_Cause, list[BypassAttempt]] = defaultdict(list)
        for attempt in attempts:
            if as_sent(attempt) in repeated and self.confirmation.is_open(attempt):
                found[_Cause(attempt.planned.key, attempt.cause, attempt.caller.name)].append(attempt)
        return found

    def _unconfirmed(
        self,
        attempts: Sequence[BypassAttempt],
        repeated: Collection[Sent],
        reported: Collection[OperationKey],
    ) -> Iterator[UndecidedOperation]:
        """Yield the operations without a finding, of which the controls of an attempt got no response."""
        settled = set(reported)
        for attempt in attempts:
            key = attempt.planned.key
            if key in settled or as_sent(attempt) not in repeated:
                continue
            if missing := self.confirmation.missing(attempt):
                settled.add(key)
                how = self.confirmation.check.describe([attempt])
                yield unconfirmed(key, f"{who(attempt)} seems to be admitted {how}", missing)

    def _reported(self, by_cause: _ByCause) -> Iterator[tuple[_Cause, OperationAssessment]]:
        """Yield the causes that no other one covers, on operations that reject the caller's baseline request."""
        single = {
            (cause.operation, attempt.requires)
            for cause, group in by_cause.items()
            for attempt in group
            if cause.cause != BUNDLE
        }
        for cause, group in by_cause.items():
            key, name, caller = cause
            bundle = name == BUNDLE and any((key, attempt.unlocks) in single for attempt in group)
            assessment = assess(self.confirmation.context, group[0].planned, self.confirmation.classifier)
            by_anonymous = caller != ANONYMOUS.name and _Cause(key, name, ANONYMOUS.name) in by_cause
            covered = all(a.covered_by and _Cause(key, a.covered_by, caller) in by_cause for a in group)
            rightly = assessment.control_ok and assessment.by_identity[caller].outcome.refused
            if rightly and not (bundle or by_anonymous or covered):
                yield cause, assessment

    def _skipped(self) -> tuple[Skipped, ...]:
        check, classifier = self.confirmation.check, self.confirmation.classifier
        return (
            *check.skipped(self.confirmation.context, classifier.log),
            *unknown_targets(classifier, check.name),
            *sampled(check.name, self.plan.first() if check.sharing.is_said else (), classifier),
        )

    def _finding(
        self, group: Sequence[BypassAttempt], cause: _Cause, assessment: OperationAssessment
    ) -> Finding:
        classifier, check = self.confirmation.classifier, self.confirmation.check
        least = smallest(group)
        attempts = sorted(least, key=lambda attempt: attempt.measure not in OF_THE_OPERATION)
        exchanges = [one for attempt in attempts for one in self.confirmation.exchanges(attempt)]
        got = combine((exchange, classifier.compared(exchange)) for exchange in exchanges)
        last, first, caller = answered(exchanges[0], classifier.log), attempts[0], attempts[0].caller
        answer = last.observation.http
        vague = answer is None or answer.shape.kind == "empty" or first.measure not in OF_THE_OPERATION
        finding = Finding(
            rule=check.rule,
            operation=first.planned.key,
            identity=caller.name,
            profile=caller.profile or None,
            message=f"{who(first)} is admitted {check.describe(attempts)}: "
            f"{redirected_phrase(last)}HTTP {answer.status if answer else '-'}, as with a valid certificate"
            f"{of_role(first)}.",
            confidence=weakest([confidence(assessment, got), *([Confidence.MEDIUM] if vague else [])]),
            probes=probe_ids(
                ids_of(each for one in exchanges for each in (one, answered(one, classifier.log))),
                assessment.by_identity[caller.name].probes[:1],
                assessment.control.probes[:1],
            ),
            subject=cause.cause,
        )
        return check.completed(finding, least[0], classifier)
