"""What the checks that look for a bypass have in common. Pure.

A bypass attempt sends a guarded operation's request in an altered form, as a caller whose baseline request is
rejected. An attempt that seems to arrive is repeated on fresh connections, sent with a valid certificate (positive
control), and applied to something that does not exist (negative control). A 200 from another handler is no bypass.
"""

from collections.abc import Iterator

from specdrift.checks.bypass.attempts.attempt_confirmation import Confirmation
from specdrift.checks.bypass.attempts.attempt_findings import AttemptFindings
from specdrift.checks.bypass.attempts.attempt_follow_ups import FollowUps
from specdrift.checks.bypass.attempts.attempt_planning import AttemptPlan
from specdrift.checks.bypass.attempts.bypass_definition import BypassDefinition, in_words
from specdrift.checks.core.base import Conclusions, PlanContext
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.probe import Probe

__all__ = ["BypassCheck", "in_words"]


class BypassCheck(BypassDefinition, frozen=True, kw_only=True):
    """A check that sends bypass attempts."""

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The attempts that require no other, on kept-alive connections; one of each variant unless all are sent."""
        yield from map(self.probe, AttemptPlan(self, context).to_send())

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """The attempts that others unlocked, and the controls of each that seems to arrive."""
        classifier = log.classifier()
        yield from FollowUps(AttemptPlan(self, context), Confirmation(self, context, classifier)).probes()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation, cause and caller; other callers only if the anonymous one is rejected."""
        plan, confirmation = AttemptPlan(self, context), Confirmation(self, context, classifier)
        return AttemptFindings(plan, confirmation).conclusions()
