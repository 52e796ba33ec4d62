"""What a check that sends bypass attempts consists of. Pure."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from specdrift.checks.core.base import PlanContext
from specdrift.checks.sharing.bypass_attempt import BypassAttempt
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Skipped

Attempts = Callable[[PlanContext], Iterable[BypassAttempt]]


def always(_: BypassAttempt, __: PlanContext) -> bool:
    """Accept every attempt that arrives."""
    return True


def confirmed(_: BypassAttempt, __: Classifier) -> bool:
    """Require no further control."""
    return True


def complete(finding: Finding, _: BypassAttempt, __: Classifier) -> Finding:
    """Add nothing to a finding."""
    return finding


def nothing(_: PlanContext, __: ExchangeLog) -> Iterable[Skipped]:
    """Report nothing as skipped."""
    return ()


class BypassDefinition(Struct, frozen=True, kw_only=True):
    """The attempts of a check, and its words for them."""

    name: str
    rule: str
    why: str
    attempts: Attempts
    """All attempts that the check has for a context."""
    describe: Callable[[Sequence[BypassAttempt]], str]
    """The clause of the message that says how the caller was admitted."""
    counts: Callable[[BypassAttempt, PlanContext], bool] = always
    """May dismiss an attempt that arrives."""
    confirms: Callable[[BypassAttempt, Classifier], bool] = confirmed
    """May dismiss an attempt that its controls confirm."""
    completed: Callable[[Finding, BypassAttempt, Classifier], Finding] = complete
    """Adds to the finding of an attempt what further controls show."""
    skipped: Callable[[PlanContext, ExchangeLog], Iterable[Skipped]] = nothing
    by_lower_roles: bool = False
    """Whether identities that lack an operation's role send the attempts too."""
    first: Attempts | None = None
    """Only the attempts that require no other, where most require one; ``None``: selected from ``attempts``."""
    sharing: Sharing = Sharing.OPERATIONS

    @property
    def rules(self) -> frozenset[str]:
        """The one rule that it may report."""
        return frozenset({self.rule})

    def probe(self, attempt: BypassAttempt) -> Probe:
        """Return the first probe of an attempt."""
        return Probe(
            check=self.name,
            operation=attempt.planned.key,
            identity=attempt.caller.name,
            connection=attempt.connection,
            request=attempt.request,
            phase=Phase.MAIN,
            variant=attempt.name,
            tag=attempt.tag,
            priming=attempt.priming,
            delay_s=attempt.delay_s,
            why=f"{self.why}: {attempt.words}",
        )


def in_words(attempts: Sequence[BypassAttempt]) -> str:
    """List the alterations by their own words."""
    return ", or ".join(attempt.words for attempt in attempts)
