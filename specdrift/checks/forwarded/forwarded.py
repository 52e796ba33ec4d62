"""Sends headers in which a proxy would say who the client is, and looks whether they are believed.

Certificates are public: only the handshake proves who holds the key. So the headers claim a good one: sent without a
certificate (``forwarded-certificate-trusted``), and with somebody else's (``forwarded-identity-override``). The whole
table goes in a few bundles. What a bundle does is narrowed down to the fewest headers, which are then tried on every
operation, and held against as much noise and against invalid values.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from specdrift.checks.core.assessment import expected_out
from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.checks.forwarded.attempts import (
    NAME,
    NOISE,
    OVERRIDE,
    TRUSTED,
    Attempt,
    impersonations,
    intrusions,
)
from specdrift.checks.forwarded.bundles import Claims, Form, Got, in_turn, narrowed
from specdrift.checks.forwarded.findings import findings
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.result import Skipped

ENOUGH = 8
"""Operations that are asked with each bundle, where there are more than that."""
LEAST = 3
"""Bundles that each operation is asked with."""


MOST = 16
"""Headers that are tried on every operation: who believes more than that is found by these."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Claims in headers, by nobody and by somebody else."""

    name: str = NAME
    rules: frozenset[str] = frozenset({TRUSTED, OVERRIDE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Every bundle on each operation where they are few, else in turn."""
        for attempts in _kinds(context):
            shares = in_turn(
                [attempt.bundles for attempt in attempts],
                least=LEAST,
                enough=ENOUGH,
                everything=context.exhaustive,
            )
            for number, bundle in shares:
                yield attempts[number].probe(context, bundle, Phase.MAIN)

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """The parts of what did something; what did it alone, on every operation; then the controls of that."""
        reader = evidence.reader()
        for attempts in (intrusions(context), impersonations(context)):
            causes: dict[Claims, None] = {}
            for attempt in attempts:
                got = _got(attempt, reader)
                suspects = _suspects(attempt, got)
                steps = [narrowed(bundle, got) for bundle in suspects]
                causes.update(dict.fromkeys(claims for step in steps for claims in step.causes))
                yield from (attempt.noise(context, bundle) for bundle in suspects)
                for step in steps:
                    yield from (attempt.probe(context, claims, Phase.CONFIRM) for claims in step.ask)
            for attempt in attempts if causes else ():
                yield from _tried(attempt, _plainest(causes), context, reader)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation and header."""
        attempts = (*intrusions(context), *impersonations(context))
        found = tuple(finding for attempt in attempts for finding in findings(attempt, context, reader))
        return Conclusions(findings=found, skipped=tuple(_skipped(context)))


def _kinds(context: PlanContext) -> Iterator[Sequence[Attempt]]:
    """Attempts whose bundles are shared out among them: a lacking role tells more than another answer."""
    yield intrusions(context)
    others = impersonations(context)
    lacking = [expected_out(attempt.caller, attempt.subject) for attempt in others]
    yield list(compress(others, lacking))
    yield list(compress(others, map(not_, lacking)))


def _got(attempt: Attempt, reader: Classifier) -> dict[str, Got]:
    """What the first attempts brought, by the claims' names."""
    first = (seen for seen in attempt.seen(reader.evidence) if seen.probe.attempt == 1)
    return {seen.probe.variant: attempt.got(seen, reader) for seen in first}


def _suspects(attempt: Attempt, got: Mapping[str, Got]) -> list[Claims]:
    """Bundles that did something which noise does not do, as far as that is known."""
    if all(what is Got.NOTHING for what in got.values()):
        return []
    did = [bundle for bundle in attempt.bundles if got.get(bundle.name, Got.NOTHING) is not Got.NOTHING]
    return [bundle for bundle in did if got.get(bundle.name + NOISE) is not Got.ARRIVED]


def _plainest(causes: Iterable[Claims]) -> list[Claims]:
    """Not twice what once does as well: of the same headers and formats the first."""
    by_fields: dict[frozenset[tuple[str, str]], Claims] = {}
    for claims in sorted(causes, key=lambda claims: claims.form is Form.REPEATED):
        by_fields.setdefault(frozenset((f.name.lower(), f.format.words) for f in claims.fields), claims)
    return list(by_fields.values())[:MOST]


def _tried(
    attempt: Attempt, causes: Sequence[Claims], context: PlanContext, reader: Classifier
) -> Iterator[Probe]:
    """What did something somewhere, asked here; and its controls where it does so here."""
    got = _got(attempt, reader)
    for claims in causes if attempt.claim else ():
        if claims.name not in got:
            yield attempt.probe(context, claims, Phase.CONFIRM)
        elif got[claims.name] is Got.ARRIVED:
            yield from attempt.controls(context, claims)


def _skipped(context: PlanContext) -> Iterator[Skipped]:
    """Once for the run: nobody there to be taken for somebody else."""
    if OVERRIDE in context.rules and context.guarded and len(context.accepted) < 2:
        count = "one" if context.accepted else "none"
        reason = f"{OVERRIDE} needs two good identities to tell apart, and there is {count}"
        yield Skipped(check=NAME, reason=reason)


CHECK: Check = Forwarded()
