"""Whether an attempt got what only a valid certificate gets. Pure."""

from msgspec import Struct

from specdrift.checks.bypass.attempts.bypass_definition import BypassDefinition
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import (
    SILENT,
    as_control,
    attempts_of,
    is_answered,
    is_confirmed,
    without_response,
)
from specdrift.checks.core.measure import OF_THE_OPERATION, alike, answered, arrived, refutes
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import baseline_admitted, companion
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control


class Confirmation(Struct, frozen=True):
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
        return (
            self._is_not_refuted(attempt)
            and self.unanswered(attempt) is None
            and self._is_controlled(attempt)
        )

    def missing(self, attempt: BypassAttempt) -> Exchange | None:
        """Return what got no response of an attempt that is open apart from that."""
        missing = self.unanswered(attempt) if self._is_not_refuted(attempt) else None
        positive = self._controls(attempt, companion(attempt.planned, self.context), Control.POSITIVE)
        return missing if missing in positive or self._is_controlled(attempt) else None

    def unanswered(self, attempt: BypassAttempt) -> Exchange | None:
        """Return the first repetition or control without a response that has to be known.

        Of the operation's own data nothing refutes an admission but the same data elsewhere.
        """
        negative = self._controls(attempt, attempt.caller.name, Control.NEGATIVE)
        positive = self._controls(attempt, companion(attempt.planned, self.context), Control.POSITIVE)
        silent = (each for each in negative if each.observation.ending in SILENT)
        in_doubt = attempt.measure not in OF_THE_OPERATION
        repeated = (answered(each, self.classifier.log) for each in self.exchanges(attempt))
        return without_response((*repeated, *(silent if in_doubt else ()), *positive))

    def _is_not_refuted(self, attempt: BypassAttempt) -> bool:
        """Return whether each repetition with a response arrived, and the same on something absent did not."""
        exchanges, classifier = self.exchanges(attempt), self.classifier
        if not (is_confirmed(exchanges) and self.arrives(attempt)):
            return False
        with_response = [each for each in exchanges if is_answered(answered(each, classifier.log))]
        if not all(arrived(exchange, attempt.measure, classifier) for exchange in with_response):
            return False
        negative = self.negative_answers(attempt)
        if not (negative and self.check.confirms(attempt, classifier)):
            return False
        return not refutes(attempt.negative_control, negative, exchanges[0], attempt.measure, classifier)

    def _is_controlled(self, attempt: BypassAttempt) -> bool:
        """Return whether a valid certificate gets the like by the same alteration, or cannot send it."""
        if attempt.positive_control is PositiveControl.IMPOSSIBLE:
            return True
        positive = self._controls(attempt, companion(attempt.planned, self.context), Control.POSITIVE)
        answer = answered(self.exchanges(attempt)[0], self.classifier.log).observation.http
        answers = (each.observation.http for each in positive)
        return answer is not None and any(alike(answer, http, attempt.measure) for http in answers if http)

    def exchanges(self, attempt: BypassAttempt) -> list[Exchange]:
        """Return the exchanges of an attempt without its controls."""
        key, log = attempt.planned.key, self.classifier.log
        return attempts_of(log, self.check.name, key, (attempt.caller.name,), attempt.tag)

    def negative_answers(self, attempt: BypassAttempt) -> list[HttpFacts | None]:
        """Return the answers to the negative control."""
        controls = self._controls(attempt, attempt.caller.name, Control.NEGATIVE)
        return [exchange.observation.http for exchange in controls]

    def _controls(self, attempt: BypassAttempt, identity: str, control: Control) -> list[Exchange]:
        """Return the exchanges of a control, or those that followed their redirects."""
        tag, log = as_control(attempt.tag, control), self.classifier.log
        exchanges = attempts_of(log, self.check.name, attempt.planned.key, (identity,), tag)
        return [answered(exchange, log) for exchange in exchanges]
