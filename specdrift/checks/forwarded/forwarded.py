"""Sends the headers in which proxies forward the client certificate, and checks whether the server trusts them.

Certificates are public; only the handshake proves possession of the key. The headers claim a valid certificate: sent
without one (``TRUSTED``), and with another identity's (``OVERRIDE``). The whole table of headers goes in a few bundles.
A bundle with an effect is narrowed down to the fewest headers. These are then sent to every operation, with noise and
invalid values as controls.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from operator import not_

from msgspec import Struct

from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import as_control
from specdrift.checks.core.guard_groups import GuardGroups
from specdrift.checks.core.redirects import following_attempts, unknown_targets
from specdrift.checks.forwarded.attempts import (
    NAME,
    OVERRIDE,
    TRUSTED,
    ForwardedAttempt,
    impersonations,
    intrusions,
    refused_controls,
)
from specdrift.checks.forwarded.bundles import ClaimEffect, Claims, narrowed, shared_out
from specdrift.checks.forwarded.findings import findings, not_confirmed
from specdrift.checks.forwarded.header_forms import HeaderForm
from specdrift.checks.forwarded.shared_claims import undecided_elsewhere
from specdrift.checks.sharing.representatives import baseline_admitted
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.plural import plural
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped, UndecidedOperation

ENOUGH = 1
"""Number of operations of each group with alike guards that each bundle is sent to."""
LEAST = 2
"""Minimum number of bundles for each operation."""


MOST = 16
"""Maximum number of claims sent to every operation."""
Effects = Mapping[ProbeTag, ClaimEffect]
"""The effect of the first attempt with each bundle."""


class Forwarded(Struct, frozen=True):
    """Claims in headers, by the anonymous caller and by other identities."""

    name: str = NAME
    rules: frozenset[str] = frozenset({TRUSTED, OVERRIDE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Every bundle on one operation of each group, in turn."""
        groups = GuardGroups(context, by_folder=True)
        for attempts in _kinds(context):
            for alike in _by_groups(attempts, groups):
                yield from _shared(alike, context, Phase.MAIN)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """The parts of effective bundles, the causes on every operation, then their controls."""
        classifier = log.classifier()
        refused, groups = _refused_controls(context, classifier), GuardGroups(context, log, by_folder=True)
        yield from _shared(refused, context, Phase.CONFIRM)
        for kind in _kinds(context):
            for alike in _by_groups(kind, groups):
                yield from _unsent(alike, context, classifier)
        for attempts in (intrusions(context), impersonations(context), refused):
            tried = [(attempt, _effects(attempt, classifier)) for attempt in attempts]
            for attempt, effects in tried:
                suspects = _suspects(attempt, effects)
                yield from (attempt.noise(context, bundle) for bundle in suspects)
                for step in (narrowed(bundle, effects) for bundle in suspects):
                    yield from (attempt.probe(context, claims, Phase.CONFIRM) for claims in step.ask)
            causes = _causes(tried)
            for attempt, effects in tried if causes else ():
                yield from _on_operation(attempt, effects, causes, context)
        yield from following_attempts(classifier, NAME)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and header."""
        refused = _refused_controls(context, classifier)
        attempts = (*intrusions(context), *impersonations(context), *refused)
        found = [
            (attempt, finding) for attempt in attempts for finding in findings(attempt, context, classifier)
        ]
        reported = {attempt.planned.key for attempt, _ in found}
        open_points = (
            not_confirmed(attempt, context, classifier)
            for attempt in attempts
            if attempt.planned.key not in reported
        )
        skipped = (
            *_skipped(context),
            *_sampled(context, classifier.log),
            *unknown_targets(classifier, NAME),
        )
        return Conclusions(
            findings=_once([finding for _, finding in found]),
            undecided=(
                *_undecided([attempt for attempt, _ in found], context, classifier),
                *(each for each in open_points if each),
            ),
            skipped=skipped,
        )


def _undecided(
    reported: Sequence[ForwardedAttempt], context: PlanContext, classifier: Classifier
) -> Iterator[UndecidedOperation]:
    for attempts in (intrusions(context), impersonations(context)):
        of_kind = [attempt for attempt in attempts if attempt in reported]
        tried = ((attempt, _effects(attempt, classifier)) for attempt in attempts if of_kind)
        causes = _causes(tried)
        yield from undecided_elsewhere(of_kind, attempts, causes, context, classifier)


def _once(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Omit what is reported of the same operation for the anonymous caller already."""
    return tuple({(finding.rule, finding.operation): finding for finding in reversed(found)}.values())[::-1]


def _refused_controls(context: PlanContext, classifier: Classifier) -> list[ForwardedAttempt]:
    """Those on operations where no claim of the anonymous caller arrived."""
    refused = refused_controls(context, classifier)
    arrived = {
        attempt.planned.key
        for attempt in (intrusions(context) if refused else ())
        if any(attempt.arrived(exchange, classifier) for exchange in attempt.exchanges(classifier.log))
    }
    return [attempt for attempt in refused if attempt.planned.key not in arrived]


def _shared(attempts: Sequence[ForwardedAttempt], context: PlanContext, phase: Phase) -> Iterator[Probe]:
    """Share the bundles out among the operations."""
    bundles = [attempt.bundles for attempt in attempts]
    for number, bundle in shared_out(bundles, least=LEAST, enough=ENOUGH, everything=context.exhaustive):
        yield attempts[number].probe(context, bundle, phase)


def _by_groups(
    attempts: Sequence[ForwardedAttempt], groups: GuardGroups
) -> Iterable[Sequence[ForwardedAttempt]]:
    alike: dict[Hashable, list[ForwardedAttempt]] = defaultdict(list)
    for attempt in attempts:
        alike[groups.of(attempt.planned)].append(attempt)
    return alike.values()


def _unsent(
    attempts: Sequence[ForwardedAttempt], context: PlanContext, classifier: Classifier
) -> Iterator[Probe]:
    """Send what no operation of a group got: the answers show more groups than the document."""
    attempts = [
        attempt
        for attempt in attempts
        if attempt.rule == OVERRIDE or not baseline_admitted(attempt.planned, attempt.caller, classifier)
    ]
    sent = {exchange.probe.tag for attempt in attempts for exchange in attempt.exchanges(classifier.log)}
    names = {bundle.tag for attempt in attempts[:1] for bundle in attempt.bundles}
    for turn, tag in enumerate(sorted(names - sent, key=lambda tag: tag.name)):
        attempt = attempts[turn % len(attempts)]
        for bundle in attempt.bundles:
            if bundle.tag == tag:
                yield attempt.probe(context, bundle, Phase.MAIN)


def _kinds(context: PlanContext) -> Iterator[Sequence[ForwardedAttempt]]:
    """Groups of attempts that share the bundles; a missing role is better evidence than a different answer."""
    yield intrusions(context)
    others = impersonations(context)
    lacking = [attempt.lacks_role for attempt in others]
    yield list(compress(others, lacking))
    yield list(compress(others, map(not_, lacking)))


def _effects(attempt: ForwardedAttempt, classifier: Classifier) -> Effects:
    """Return the effects of the first attempts."""
    first = {
        exchange.probe.tag: exchange
        for exchange in attempt.exchanges(classifier.log)
        if exchange.probe.attempt == 1 and exchange.probe.tag is not None
    }
    return dict(zip(first, attempt.effects(first.values(), classifier), strict=True))


def _suspects(attempt: ForwardedAttempt, effects: Effects) -> list[Claims]:
    """Return the bundles that had an effect, except those whose noise had it as well."""
    if all(what is ClaimEffect.NOTHING for what in effects.values()):
        return []
    did = [
        bundle
        for bundle in attempt.bundles
        if effects.get(bundle.tag, ClaimEffect.NOTHING) is not ClaimEffect.NOTHING
    ]
    return [
        bundle
        for bundle in did
        if effects.get(as_control(bundle.tag, Control.NOISE)) is not ClaimEffect.ARRIVED
    ]


def _causes(tried: Iterable[tuple[ForwardedAttempt, Effects]]) -> list[Claims]:
    """Return the claims that had an effect on any of the operations."""
    causes: dict[Claims, None] = {}
    for attempt, effects in tried:
        for bundle in _suspects(attempt, effects):
            causes.update(dict.fromkeys(narrowed(bundle, effects).causes))
    return _plainest(causes)


def _plainest(causes: Iterable[Claims]) -> list[Claims]:
    """Return the causes, of the same headers and formats the first only."""
    by_fields: dict[frozenset[tuple[str, str]], Claims] = {}
    for claims in sorted(causes, key=lambda claims: claims.form is HeaderForm.REPEATED):
        by_fields.setdefault(frozenset((f.name.lower(), f.format.words) for f in claims.fields), claims)
    return list(by_fields.values())[:MOST]


def _on_operation(
    attempt: ForwardedAttempt, effects: Effects, causes: Sequence[Claims], context: PlanContext
) -> Iterator[Probe]:
    """Send the causes found anywhere to this operation, and the controls of those that work here."""
    for claims in causes if attempt.claim else ():
        if claims.tag not in effects:
            yield attempt.probe(context, claims, Phase.CONFIRM)
        elif effects[claims.tag] is ClaimEffect.ARRIVED:
            yield from attempt.controls(context, claims)


def _skipped(context: PlanContext) -> Iterator[Skipped]:
    """Once for the run: two valid identities are needed."""
    if OVERRIDE in context.rules and context.guarded and len(context.accepted) < 2:
        count = "one" if context.accepted else "none"
        reason = f"{OVERRIDE} needs two valid identities, and there is {count}"
        yield Skipped(check=NAME, kind=SkipReason.NEEDS_IDENTITY, reason=reason)


def _sampled(context: PlanContext, log: ExchangeLog) -> Iterator[Skipped]:
    """Say once that the headers were shared out among the operations; from what was sent, for a recording too.

    Where the listener refuses every anonymous client, more requests would show nothing.
    """
    sent: dict[str, set[OperationKey | None]] = defaultdict(set)
    for exchange in log.by_check(NAME):
        probe = exchange.probe
        if probe.phase is Phase.MAIN and probe.identity == ANONYMOUS.name and probe.tag is not None:
            sent[probe.tag.name].add(probe.operation)
    total = len(intrusions(context))
    fewest = min(map(len, sent.values()), default=total)
    if fewest < total and not any(log.inferred_for(ANONYMOUS.name)):
        reason = f"each forwarded header was tried on {fewest} of {plural(total, 'operation')}; --exhaustive tries all"
        yield Skipped(check=NAME, kind=SkipReason.SAMPLED, reason=reason)


CHECK: Check = Forwarded()
