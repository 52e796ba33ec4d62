"""What a check sends because of answers: unlocked attempts, other operations, controls. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.attempts.attempt_confirmation import Confirmation
from specdrift.checks.bypass.attempts.attempt_controls import controls
from specdrift.checks.bypass.attempts.attempt_planning import AttemptPlan
from specdrift.checks.core.redirects import following_attempts
from specdrift.checks.sharing.bypass_attempt import BypassAttempt
from specdrift.checks.sharing.obscured import Bundles, taken_apart
from specdrift.checks.sharing.other_operations import kind_of, not_sent_yet
from specdrift.checks.sharing.representatives import (
    Sent,
    Sharing,
    as_sent,
    first_exchanges,
    further,
    times_sent,
)
from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.probe import Phase, Probe


class FollowUps(Struct, frozen=True):
    """The further probes of a check."""

    plan: AttemptPlan
    confirmation: Confirmation

    def probes(self) -> Iterator[Probe]:
        """Yield the attempts that others unlocked, and the controls of each that seems to arrive."""
        plan, confirmation = self.plan, self.confirmation
        check, context, classifier = confirmation.check, confirmation.context, confirmation.classifier
        sent = first_exchanges(classifier.log.by_check(check.name))

        def arrives(attempt: BypassAttempt) -> bool:
            return as_sent(attempt) in sent and confirmation.arrives(attempt)

        attempts, bundles = list(plan.first()), Bundles(check.name, sent, classifier.log)
        arriving = list(filter(arrives, attempts))
        # Thousands of attempts may wait for one of these.
        if bundles.has_effect(attempts, arriving) or not set(map(as_sent, attempts)).issuperset(sent):
            attempts = list(plan.all())
            arriving = list(filter(arrives, attempts))
        yield from self._on_other_operations(attempts, arriving, sent)
        if check.sharing is not Sharing.NONE and not context.exhaustive:
            due = further(attempts, arriving, sent, context, classifier, sharing=check.sharing)
            yield from map(check.probe, due)
        unlocked = {attempt.unlocks for attempt in arriving} - {""}
        for attempt in attempts:
            if attempt.requires in unlocked:
                yield replace(check.probe(attempt), phase=Phase.CONFIRM)
        yield from taken_apart(attempts, arriving, bundles, context, sharing=check.sharing, probe=check.probe)
        for attempt in arriving:
            yield from controls(check, attempt, context)
        yield from following_attempts(classifier, check.name)

    def _on_other_operations(
        self,
        attempts: Sequence[BypassAttempt],
        arriving: Sequence[BypassAttempt],
        sent: Mapping[Sent, Exchange],
    ) -> Iterator[Probe]:
        """What was admitted on one operation, on each that nothing has opened, and the controls there."""
        confirmation = self.confirmation
        check, classifier = confirmation.check, confirmation.classifier
        times = times_sent(classifier.log.by_check(check.name)) if arriving else {}

        def may_be_open(attempt: BypassAttempt) -> bool:
            return times[as_sent(attempt)] <= 1 or confirmation.is_open(attempt)

        admitted = frozenset(map(kind_of, filter(confirmation.is_open, arriving)))
        others = self.plan.elsewhere(attempts, admitted)
        arriving_there = [each for each in others if as_sent(each) in sent and confirmation.arrives(each)]
        opened = {as_sent(each)[:2] for each in filter(may_be_open, (*arriving, *arriving_there))}
        for attempt in not_sent_yet((*attempts, *others), admitted, opened, sent, classifier):
            yield replace(check.probe(attempt), phase=Phase.CONFIRM)
        for attempt in arriving_there:
            yield from controls(check, attempt, confirmation.context)
