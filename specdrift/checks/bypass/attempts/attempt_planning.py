"""The attempts that a check makes in a context. Pure."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from msgspec import Struct

from specdrift.checks.bypass.attempts.bypass_definition import Attempts, BypassDefinition
from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.core.base import PlanContext
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, sent_by
from specdrift.checks.sharing.kept import kept
from specdrift.checks.sharing.other_operations import Kind, kind_of, on_all_operations
from specdrift.checks.sharing.representatives import Sharing, as_sent, representatives


class AttemptPlan(Struct, frozen=True):
    """The attempts of a check in a context; each is made once."""

    check: BypassDefinition
    context: PlanContext

    def to_send(self) -> Iterator[BypassAttempt]:
        """The attempts that require no other; one of each variant unless all are sent."""
        attempts, check = self.first(), self.check
        if self.context.exhaustive or check.sharing is Sharing.NONE:
            return attempts
        known = list(attempts)
        each = (attempt for attempt in known if attempt.everywhere)
        some = (attempt for attempt in known if not attempt.everywhere)
        return chain(each, representatives(some, self.context, check.sharing))

    def first(self) -> Iterator[BypassAttempt]:
        """The attempts that require no other."""
        attempts = self._of(self.check.first or self.check.attempts)
        return (attempt for attempt in attempts if not attempt.requires)

    def all(self) -> Iterator[BypassAttempt]:
        """All attempts on the operations of the context."""
        return self._of(self.check.attempts)

    def elsewhere(self, attempts: Iterable[BypassAttempt], admitted: Collection[Kind]) -> list[BypassAttempt]:
        """Return the attempts with admitted alterations on the operations that the sample left out."""
        check, context = self.check, self.context
        if context.exhaustive or not admitted:
            return []
        known, wide = set(map(as_sent, attempts)), on_all_operations(context)
        every = kept(context, (check.name, check.attempts, "all"), lambda: self._made(wide, check.attempts))
        return [each for each in every if kind_of(each) in admitted and as_sent(each) not in known]

    def _of(self, make: Attempts) -> Iterator[BypassAttempt]:
        return kept(self.context, (self.check.name, make), lambda: self._made(self.context, make))

    def _made(self, context: PlanContext, make: Attempts) -> Iterator[BypassAttempt]:
        """The attempts of the check's own callers, then those of identities that lack a role."""
        yield from make(context)
        for caller, below in lower_roles(context) if self.check.by_lower_roles else ():
            yield from (sent_by(caller, attempt, context) for attempt in make(below))
