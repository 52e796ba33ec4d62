"""What the checks that look for a bypass have in common. Pure.

A bypass attempt sends a guarded operation's request in an altered form, as a caller whose baseline request is
rejected. An attempt that seems to arrive is repeated on fresh connections, sent with a valid certificate (positive
control), and applied to something that does not exist (negative control). A 200 from another handler is no bypass.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess
from specdrift.checks.core.base import Conclusions, PlanContext
from specdrift.checks.core.confirm import (
    CONFIRMATIONS,
    as_control,
    attempts_of,
    fresh,
    ids_of,
    is_confirmed,
    probe_ids,
    redirected_phrase,
    repeat,
)
from specdrift.checks.core.measure import OF_THE_OPERATION, alike, answered, arrived, refutes
from specdrift.checks.core.redirects import following_attempts, unknown_targets
from specdrift.checks.sharing.bypass_attempt import (
    BUNDLE,
    BypassAttempt,
    PositiveControl,
    of_role,
    sent_by,
    who,
)
from specdrift.checks.sharing.kept import kept
from specdrift.checks.sharing.obscured import Bundles, not_taken_apart, smallest, taken_apart
from specdrift.checks.sharing.other_operations import (
    Kind,
    kind_of,
    not_established,
    not_sent_yet,
    on_all_operations,
)
from specdrift.checks.sharing.representatives import (
    Sent,
    Sharing,
    as_sent,
    baseline_admitted,
    companion,
    first_exchanges,
    further,
    representatives,
    sampled,
    times_sent,
)
from specdrift.classify.combined import combine, weakest
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control, Phase, Probe
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence

Attempts = Callable[[PlanContext], Iterable[BypassAttempt]]


def always(_: BypassAttempt, __: PlanContext) -> bool:
    """Accept every attempt that arrives."""
    return True


def nothing(_: PlanContext, __: ExchangeLog) -> Iterable[Skipped]:
    """Report nothing as skipped."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassCheck:
    """A check that sends bypass attempts."""

    name: str
    rule: str
    why: str
    attempts: Attempts
    """All attempts that the check has for a context."""
    describe: Callable[[Sequence[BypassAttempt]], str]
    """The clause of the message that says how the caller was admitted."""
    counts: Callable[[BypassAttempt, PlanContext], bool] = always
    """May dismiss an attempt that arrives."""
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

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The attempts that require no other, on kept-alive connections; one of each variant unless all are sent."""
        attempts = self._first(context)
        if not (context.exhaustive or self.sharing is Sharing.NONE):
            known = list(attempts)
            each = (attempt for attempt in known if attempt.everywhere)
            some = (attempt for attempt in known if not attempt.everywhere)
            attempts = chain(each, representatives(some, context, self.sharing))
        yield from map(self.probe, attempts)

    def _first(self, context: PlanContext) -> Iterator[BypassAttempt]:
        attempts = self._attempts(context, self.first or self.attempts)
        return (attempt for attempt in attempts if not attempt.requires)

    def _attempts(self, context: PlanContext, make: Attempts) -> Iterator[BypassAttempt]:
        return kept(context, (self.name, make), lambda: self._made(context, make))

    def _elsewhere(
        self, context: PlanContext, attempts: Iterable[BypassAttempt], admitted: Collection[Kind]
    ) -> list[BypassAttempt]:
        """Return the attempts with admitted alterations on the operations that the sample left out."""
        if context.exhaustive or not admitted:
            return []
        known, wide = set(map(as_sent, attempts)), on_all_operations(context)
        every = kept(context, (self.name, self.attempts, "all"), lambda: self._made(wide, self.attempts))
        return [each for each in every if kind_of(each) in admitted and as_sent(each) not in known]

    def _made(self, context: PlanContext, make: Attempts) -> Iterator[BypassAttempt]:
        """The attempts of the check's own callers, then those of identities that lack a role."""
        yield from make(context)
        for caller, below in lower_roles(context) if self.by_lower_roles else ():
            yield from (sent_by(caller, attempt, context) for attempt in make(below))

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """The attempts that others unlocked, and the controls of each that seems to arrive."""
        classifier = log.classifier()
        sent = first_exchanges(log.by_check(self.name))

        def arrives(attempt: BypassAttempt) -> bool:
            return as_sent(attempt) in sent and self._arrives(attempt, context, classifier)

        attempts, bundles = list(self._first(context)), Bundles(self.name, sent, log)
        arriving = list(filter(arrives, attempts))
        # Thousands of attempts may wait for one of these.
        if bundles.has_effect(attempts, arriving) or not set(map(as_sent, attempts)).issuperset(sent):
            attempts = list(self._attempts(context, self.attempts))
            arriving = list(filter(arrives, attempts))
        yield from self._on_other_operations(attempts, arriving, sent, context, classifier)
        if self.sharing is not Sharing.NONE and not context.exhaustive:
            due = further(attempts, arriving, sent, context, classifier, sharing=self.sharing)
            yield from map(self.probe, due)
        unlocked = {attempt.unlocks for attempt in arriving} - {""}
        for attempt in attempts:
            if attempt.requires in unlocked:
                yield replace(self.probe(attempt), phase=Phase.CONFIRM)
        yield from taken_apart(attempts, arriving, bundles, context, sharing=self.sharing, probe=self.probe)
        for attempt in arriving:
            yield from self._controls(attempt, context)
        yield from following_attempts(classifier, self.name)

    def _on_other_operations(
        self,
        attempts: Sequence[BypassAttempt],
        arriving: Sequence[BypassAttempt],
        sent: Mapping[Sent, Exchange],
        context: PlanContext,
        classifier: Classifier,
    ) -> Iterator[Probe]:
        """What was admitted on one operation, on each that nothing has opened, and the controls there."""
        times = times_sent(classifier.log.by_check(self.name)) if arriving else {}

        def is_open(attempt: BypassAttempt) -> bool:
            return self._confirmed(attempt, context, classifier)

        def may_be_open(attempt: BypassAttempt) -> bool:
            return times[as_sent(attempt)] <= 1 or is_open(attempt)

        admitted = frozenset(map(kind_of, filter(is_open, arriving)))
        further = self._elsewhere(context, attempts, admitted)
        arriving_there = [
            each for each in further if as_sent(each) in sent and self._arrives(each, context, classifier)
        ]
        opened = {as_sent(each)[:2] for each in filter(may_be_open, (*arriving, *arriving_there))}
        for attempt in not_sent_yet((*attempts, *further), admitted, opened, sent, classifier):
            yield replace(self.probe(attempt), phase=Phase.CONFIRM)
        for attempt in arriving_there:
            yield from self._controls(attempt, context)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation, cause and caller; other callers only if the anonymous one is rejected."""
        by_cause: dict[tuple[object, str, str], list[BypassAttempt]] = defaultdict(list)
        times = times_sent(classifier.log.by_check(self.name)).items()
        repeated = frozenset(sent for sent, count in times if count > CONFIRMATIONS)  # nearly never one
        attempts = list(self._attempts(context, self.attempts)) if repeated else []
        attempts += self._elsewhere(context, attempts, {sent[1:] for sent in repeated})
        for attempt in attempts:
            if as_sent(attempt) in repeated and self._confirmed(attempt, context, classifier):
                by_cause[attempt.planned.key, attempt.cause, attempt.caller.name].append(attempt)
        single = {(key, a.requires) for (key, cause, _), g in by_cause.items() for a in g if cause != BUNDLE}
        findings, shown = list[Finding](), list[BypassAttempt]()
        for (key, cause, caller), group in by_cause.items():
            bundle = cause == BUNDLE and any((key, attempt.unlocks) in single for attempt in group)
            assessment = assess(context, group[0].planned, classifier)
            reported = caller != ANONYMOUS.name and (key, cause, ANONYMOUS.name) in by_cause
            covered = all(a.covered_by and (key, a.covered_by, caller) in by_cause for a in group)
            rightly = assessment.control_ok and assessment.by_identity[caller].outcome.refused
            if rightly and not (bundle or reported or covered):
                findings.append(self._finding(smallest(group), cause, assessment, classifier))
                shown += group
        skipped = (
            *self.skipped(context, classifier.log),
            *unknown_targets(classifier, self.name),
            *sampled(self.name, self._first(context) if self.sharing.is_said else (), classifier),
        )
        first = first_exchanges(classifier.log.by_check(self.name))
        undecided = not_established(
            shown,
            (attempt for attempt in attempts if self.counts(attempt, context)),
            first,
            describe=self.describe,
            absent=lambda each: self._answers(each, classifier.log, each.caller.name, Control.NEGATIVE),
            context=context,
            classifier=classifier,
        )
        whole = Bundles(self.name, first, classifier.log)
        left = not_taken_apart(
            whole, self._first(context), lambda: self._attempts(context, self.attempts), repeated
        )
        return Conclusions(findings=tuple(findings), undecided=(*undecided, *left), skipped=skipped)

    def _finding(
        self,
        attempts: Sequence[BypassAttempt],
        cause: str,
        assessment: OperationAssessment,
        classifier: Classifier,
    ) -> Finding:
        attempts = sorted(attempts, key=lambda attempt: attempt.measure not in OF_THE_OPERATION)
        exchanges = [exchange for attempt in attempts for exchange in self._of(attempt, classifier.log)]
        got = combine((exchange, classifier.compared(exchange)) for exchange in exchanges)
        last, first, caller = answered(exchanges[0], classifier.log), attempts[0], attempts[0].caller
        answer = last.observation.http
        vague = answer is None or answer.shape.kind == "empty" or first.measure not in OF_THE_OPERATION
        return Finding(
            rule=self.rule,
            operation=first.planned.key,
            identity=caller.name,
            profile=caller.profile or None,
            message=f"{who(first)} is admitted {self.describe(attempts)}: "
            f"{redirected_phrase(last)}HTTP {answer.status if answer else '-'}, as with a valid certificate"
            f"{of_role(first)}.",
            confidence=weakest([confidence(assessment, got), *([Confidence.MEDIUM] if vague else [])]),
            probes=probe_ids(
                ids_of(each for one in exchanges for each in (one, answered(one, classifier.log))),
                assessment.by_identity[caller.name].probes[:1],
                assessment.control.probes[:1],
            ),
            subject=cause,
        )

    def _arrives(self, attempt: BypassAttempt, context: PlanContext, classifier: Classifier) -> bool:
        """Return whether the first exchange got what only a valid certificate gets, and the baseline is rejected."""
        first = next(iter(self._of(attempt, classifier.log)), None)
        return (
            first is not None
            and arrived(first, attempt.measure, classifier)
            and not baseline_admitted(attempt.planned, attempt.caller, classifier)
            and self.counts(attempt, context)
        )

    def _confirmed(self, attempt: BypassAttempt, context: PlanContext, classifier: Classifier) -> bool:
        exchanges = self._of(attempt, classifier.log)
        every = all(arrived(exchange, attempt.measure, classifier) for exchange in exchanges)
        if not (every and is_confirmed(exchanges) and self._arrives(attempt, context, classifier)):
            return False
        answer = answered(exchanges[0], classifier.log).observation.http
        negative = self._answers(attempt, classifier.log, attempt.caller.name, Control.NEGATIVE)
        positive = self._answers(
            attempt, classifier.log, companion(attempt.planned, context), Control.POSITIVE
        )
        if answer is None or not negative:
            return False
        if refutes(attempt.negative_control, negative, exchanges[0], attempt.measure, classifier):
            return False
        return attempt.positive_control is PositiveControl.IMPOSSIBLE or any(
            alike(answer, http, attempt.measure) for http in positive if http
        )

    def _of(self, attempt: BypassAttempt, log: ExchangeLog) -> list[Exchange]:
        return attempts_of(log, self.name, attempt.planned.key, (attempt.caller.name,), attempt.tag)

    def _answers(
        self, attempt: BypassAttempt, log: ExchangeLog, identity: str, control: Control
    ) -> list[HttpFacts | None]:
        tag = as_control(attempt.tag, control)
        exchanges = attempts_of(log, self.name, attempt.planned.key, (identity,), tag)
        return [answered(exchange, log).observation.http for exchange in exchanges]

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
            why=f"{self.why}: {attempt.words}",
        )

    def _controls(self, attempt: BypassAttempt, context: PlanContext) -> Iterator[Probe]:
        probe = self.probe(attempt)
        yield from repeat(probe)
        control = replace(fresh(probe), control=True)
        yield replace(
            control,
            request=attempt.negative_control,
            variant=f"{attempt.name} negative control",
            tag=as_control(attempt.tag, Control.NEGATIVE),
            why="negative control: the same alteration on something that does not exist",
        )
        valid = companion(attempt.planned, context)
        if attempt.positive_control is PositiveControl.SENT and valid:
            yield replace(
                control,
                identity=valid,
                tag=as_control(attempt.tag, Control.POSITIVE),
                why="positive control: the same alteration with a valid certificate",
            )


def in_words(attempts: Sequence[BypassAttempt]) -> str:
    """List the alterations by their own words."""
    return ", or ".join(attempt.words for attempt in attempts)
