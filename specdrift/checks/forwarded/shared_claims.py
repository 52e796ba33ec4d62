"""Whether headers that one operation trusts were refused by every other one: where not, that one is undecided. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.forwarded.attempts import NAME, TRUSTED, ForwardedAttempt
from specdrift.checks.forwarded.bundles import Claims
from specdrift.checks.forwarded.findings import confirmed
from specdrift.checks.sharing.other_operations import not_established
from specdrift.checks.sharing.representatives import first_exchanges
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import ProbeTag
from specdrift.model.result.result import UndecidedOperation


class SharedClaim(Struct, frozen=True):
    """Headers on one operation, by a caller that must be refused there."""

    attempt: ForwardedAttempt
    tag: ProbeTag
    requires: str = ""

    @property
    def planned(self) -> PlannedOperation:
        """The operation that they were sent to."""
        return self.attempt.planned

    @property
    def caller(self) -> ClientIdentity:
        """Who sends them."""
        return self.attempt.caller


def undecided_elsewhere(
    reported: Sequence[ForwardedAttempt],
    attempts: Iterable[ForwardedAttempt],
    causes: Iterable[Claims],
    context: PlanContext,
    classifier: Classifier,
) -> Iterator[UndecidedOperation]:
    """Yield the operations of which it is not known whether they trust the headers that are reported of another one.

    ``causes`` are the headers that every operation should have got.
    """
    tags = [claims.tag for claims in causes]
    shown = [
        SharedClaim(each, tag) for each in reported for tag in confirmed(each, classifier) if tag in tags
    ]
    yield from not_established(
        [each for each in shown if _must_be_refused(each.attempt)],
        (SharedClaim(each, tag) for each in attempts if _must_be_refused(each) for tag in tags),
        first_exchanges(classifier.log.by_check(NAME)),
        describe=_describe,
        absent=lambda _: (),
        context=context,
        classifier=classifier,
    )


def _must_be_refused(attempt: ForwardedAttempt) -> bool:
    """Return whether the caller has to be refused: one that may call the operation is at most taken for another."""
    return attempt.lacks_role or (attempt.rule == TRUSTED and attempt.caller != attempt.claimed)


def _describe(claims: Sequence[SharedClaim]) -> str:
    return f'with {claims[0].tag.subject} of "{claims[0].attempt.claimed.name}"'
