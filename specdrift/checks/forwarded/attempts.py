"""Who claims to be whom, on which operation, and what came of it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.core.assessment import expected_in, expected_out
from specdrift.checks.core.base import CONFIRMATIONS, PlanContext, PlannedOperation
from specdrift.checks.forwarded.bundles import Claims, Form, Got, Headers, bundles
from specdrift.checks.forwarded.claim import Claim, claim_of
from specdrift.classify.exchange_log import CERTIFICATE, Classifier, Exchange, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS, Identity
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Phase, Probe, Reuse
from specdrift.model.result.verdict import Outcome

NAME = "forwarded"
TRUSTED, OVERRIDE = "forwarded-certificate-trusted", "forwarded-identity-override"
NOISE, INVALID, TWICE, PLAIN = " noise", " invalid", " twice", "plain"
NOT_LOOKED_AT = frozenset({400, 413, 431, 494})
"""What servers answer to a header section that is too large, or not to their taste."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """``caller`` asks for the operation and claims to be ``claimed``; ``rule`` is what it breaks if that works."""

    rule: str
    subject: PlannedOperation
    caller: Identity
    claimed: Identity

    @property
    def claim(self) -> Claim | None:
        """What the headers say; ``None`` where the certificate is not at hand."""
        return claim_of(self.claimed, self.subject.operation.roles)

    @property
    def bundles(self) -> tuple[Claims, ...]:
        """All that may be tried."""
        return bundles(self.claim, only_names=self.rule == OVERRIDE) if self.claim else ()

    def seen(self, evidence: ExchangeLog) -> Sequence[Exchange]:
        """What this check has sent for it."""
        return evidence.of(NAME, self.subject.key, self.caller.name)

    def probe(self, context: PlanContext, claims: Claims, phase: Phase) -> Probe:
        """The operation's own request with these headers."""
        assert self.claim is not None  # noqa: S101 - claims were made of it
        return self._with(
            context,
            claims.headers(self.claim),
            variant=claims.name,
            phase=phase,
            why=f'whether {len(claims.fields)} headers that claim "{self.claimed.name}" are believed',
        )

    def noise(self, context: PlanContext, claims: Claims) -> Probe:
        """As many headers of the same length that mean nothing: what they do as well, no claim has done."""
        assert self.claim is not None  # noqa: S101 - claims were made of it
        why = "as many headers of the same length that mean nothing"
        return self._control(context, claims, NOISE, claims.noise(self.claim), why)

    def controls(self, context: PlanContext, claims: Claims) -> Iterator[Probe]:
        """The same again, noise, invalid values, an invalid value before the valid one."""
        assert self.claim is not None  # noqa: S101 - claims were made of it
        genuine, spoiled = claims.headers(self.claim), claims.headers(self.claim.spoiled)
        again = _fresh(self.probe(context, claims, Phase.CONFIRM))
        for attempt in range(2, 2 + CONFIRMATIONS):
            yield replace(again, attempt=attempt, why="the same once more, on a fresh connection")
        yield self.noise(context, claims)
        if claims.form is not Form.HOP_BY_HOP:
            yield self._control(context, claims, INVALID, spoiled, "the same headers with invalid values")
            why = "the same headers twice, with the invalid values first"
            yield self._control(context, claims, TWICE, (*spoiled, *genuine), why)
        if self.rule == OVERRIDE:
            yield from self._plain(context)

    def _control(
        self, context: PlanContext, claims: Claims, suffix: str, headers: Headers, why: str
    ) -> Probe:
        variant = claims.name + suffix
        probe = self._with(context, headers, variant=variant, phase=Phase.CONFIRM, why=why)
        return replace(_fresh(probe), control=True)

    def _plain(self, context: PlanContext) -> Iterator[Probe]:
        """Both without any header: their own answers must be stable before one counts as the other's."""
        for identity in (self.caller, self.claimed):
            why = "its own answer, for comparison"
            probe = _fresh(self._with(context, (), variant=PLAIN, phase=Phase.CONFIRM, why=why, by=identity))
            for attempt in (1, 2):
                yield replace(probe, attempt=attempt, control=True)

    def _with(
        self,
        context: PlanContext,
        headers: Headers,
        *,
        variant: str,
        phase: Phase,
        why: str,
        by: Identity | None = None,
    ) -> Probe:
        sender = (by or self.caller).name
        request = self.subject.request_for(sender)
        return Probe(
            check=NAME,
            operation=self.subject.key,
            identity=sender,
            connection=context.connection(context.tls[0]),
            request=replace(request, headers=(*request.headers, *headers)),
            phase=phase,
            variant=variant,
            why=why,
        )

    def got(self, seen: Exchange, reader: Classifier) -> Got:
        """What a request with claims brought."""
        if self.arrived(seen, reader):
            return Got.ARRIVED
        http, ending = seen.observation.http, seen.observation.ending
        plain = [other.observation for other in self._own(reader.evidence)]
        if http is None:
            cut = ending is Ending.CLOSED and all(other.ending is not Ending.CLOSED for other in plain)
            return Got.BLOCKED if cut else Got.NOTHING
        usual = {other.http.status for other in plain if other.http}
        return Got.BLOCKED if http.status in NOT_LOOKED_AT and http.status not in usual else Got.NOTHING

    def arrived(self, seen: Exchange, reader: Classifier) -> bool:
        """Whether the caller was taken for who it claims to be: it gets what only that one gets."""
        http = seen.observation.http
        if http is None or reader.compared(seen).outcome is not Outcome.ADMITTED:
            return False
        refused = self.refused_without(reader)
        if self.rule == TRUSTED or refused:
            return refused
        own, others = bodies(self._own(reader.evidence)), bodies(self._others(reader.evidence))
        return (answer := (http.status, http.body_sha256)) in others and answer not in own

    def refused_without(self, reader: Classifier) -> bool:
        """Whether the caller is refused when it claims nothing."""
        outcomes = [reader.compared(seen).outcome for seen in self._own(reader.evidence)]
        return bool(outcomes) and all(outcome.refused for outcome in outcomes)

    def answers_are_stable(self, evidence: ExchangeLog) -> bool:
        """Whether both get the same bytes each time, and not the same as the other."""
        own, others = bodies(self._own(evidence)), bodies(self._others(evidence))
        return len(own) == len(others) == 1 and own != others

    def _own(self, evidence: ExchangeLog) -> list[Exchange]:
        return _plain_of(self.subject, self.caller, evidence)

    def _others(self, evidence: ExchangeLog) -> list[Exchange]:
        return _plain_of(self.subject, self.claimed, evidence)


def _fresh(probe: Probe) -> Probe:
    return replace(probe, connection=replace(probe.connection, reuse=Reuse.FRESH))


def _plain_of(subject: PlannedOperation, identity: Identity, evidence: ExchangeLog) -> list[Exchange]:
    own = (seen for seen in evidence.of(NAME, subject.key, identity.name) if seen.probe.variant == PLAIN)
    return [*evidence.of(CERTIFICATE, subject.key, identity.name), *own]


def bodies(entries: Sequence[Exchange]) -> set[tuple[int, str]]:
    """The different answers, to the byte."""
    return {(http.status, http.body_sha256) for seen in entries if (http := seen.observation.http)}


def intrusions(context: PlanContext) -> list[Attempt]:
    """Nobody claims to be somebody who may call the operation."""
    if TRUSTED not in context.rules:
        return []
    pairs = ((subject, _suitable(subject, context.accepted)) for subject in context.guarded)
    return [
        Attempt(rule=TRUSTED, subject=subject, caller=ANONYMOUS, claimed=claimed)
        for subject, claimed in pairs
        if claimed
    ]


def impersonations(context: PlanContext) -> list[Attempt]:
    """Somebody claims to be somebody else: who lacks the role to be who has it, else the first to be the second."""
    if OVERRIDE not in context.rules:
        return []
    pairs = ((subject, _pair(subject, context.accepted)) for subject in context.guarded)
    return [
        Attempt(rule=OVERRIDE, subject=subject, caller=pair[0], claimed=pair[1])
        for subject, pair in pairs
        if pair
    ]


def _suitable(subject: PlannedOperation, accepted: Sequence[Identity]) -> Identity | None:
    return next((i for i in accepted if expected_in(i, subject)), next(iter(accepted), None))


def _pair(subject: PlannedOperation, accepted: Sequence[Identity]) -> tuple[Identity, Identity] | None:
    inside = [identity for identity in accepted if expected_in(identity, subject)]
    outside = [identity for identity in accepted if expected_out(identity, subject)]
    if inside and outside:
        return outside[0], inside[0]
    return (inside[0], inside[1]) if len(inside) > 1 else None
