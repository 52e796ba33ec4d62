"""Whether an attempt got what only a valid certificate gets. Pure."""

from dataclasses import dataclass

from specdrift.checks.bypass.attempts.bypass_definition import BypassDefinition
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import as_control, attempts_of, is_confirmed
from specdrift.checks.core.measure import alike, answered, arrived, refutes
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import baseline_admitted, companion
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Compares what a check sent with its controls and with valid certificates."""

    check: BypassDefinition
    context: PlanContext
    classifier: Classifier

    def arrives(self, attempt: BypassAttempt) -> bool:
        """Return whether the first exchange got what only a valid certificate gets, and the baseline is rejected."""
        first = next(iter(self.exchanges(attempt)), None)
        return (
            first is not None
            and arrived(first, attempt.measure, self.classifier)
            and not baseline_admitted(attempt.planned, attempt.caller, self.classifier)
            and self.check.counts(attempt, self.context)
        )

    def is_open(self, attempt: BypassAttempt) -> bool:
        """Return whether each repetition arrived, and no control explains it otherwise."""
        exchanges, classifier = self.exchanges(attempt), self.classifier
        every = all(arrived(exchange, attempt.measure, classifier) for exchange in exchanges)
        if not (every and is_confirmed(exchanges) and self.arrives(attempt)):
            return False
        if not self.check.confirms(attempt, classifier):
            return False
        answer = answered(exchanges[0], classifier.log).observation.http
        negative = self.negative_answers(attempt)
        valid = companion(attempt.planned, self.context)
        positive = self._answers(attempt, valid, Control.POSITIVE)
        if answer is None or not negative:
            return False
        if refutes(attempt.negative_control, negative, exchanges[0], attempt.measure, classifier):
            return False
        return attempt.positive_control is PositiveControl.IMPOSSIBLE or any(
            alike(answer, http, attempt.measure) for http in positive if http
        )

    def exchanges(self, attempt: BypassAttempt) -> list[Exchange]:
        """Return the exchanges of an attempt without its controls."""
        key, log = attempt.planned.key, self.classifier.log
        return attempts_of(log, self.check.name, key, (attempt.caller.name,), attempt.tag)

    def negative_answers(self, attempt: BypassAttempt) -> list[HttpFacts | None]:
        """Return the answers to the negative control."""
        return self._answers(attempt, attempt.caller.name, Control.NEGATIVE)

    def _answers(self, attempt: BypassAttempt, identity: str, control: Control) -> list[HttpFacts | None]:
        tag, log = as_control(attempt.tag, control), self.classifier.log
        exchanges = attempts_of(log, self.check.name, attempt.planned.key, (identity,), tag)
        return [answered(exchange, log).observation.http for exchange in exchanges]
