"""Attempts to be taken for another identity by headers, and their outcome. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, fresh, repeat
from specdrift.checks.core.measure import (
    answered,
    content_of,
    contents,
    distinguishing_data,
    has_data_of_others,
)
from specdrift.checks.forwarded.bundles import ClaimEffect, Claims, Headers, bundles
from specdrift.checks.forwarded.claim import Claim, claim_of
from specdrift.checks.forwarded.header_forms import HeaderForm
from specdrift.checks.sharing.obscured import is_answered_otherwise
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag, Request
from specdrift.model.plural import plural
from specdrift.model.result.verdict import Classification, Outcome

NAME = "forwarded"
TRUSTED, OVERRIDE = "forwarded-certificate-trusted", "forwarded-identity-override"
PLAIN = ProbeTag(control=Control.BASELINE)
"""The tag of requests without any claim."""
FORGED = "impostor-issuer"
"""The profile of a certificate with the valid one's names, signed by another key."""
ENOUGH = 2
"""Answers of each identity that show what stays the same."""


class ForwardedAttempt(Struct, frozen=True, kw_only=True):
    """A caller that claims to be another identity, on one operation."""

    rule: str
    """Reported if the claim is trusted."""
    planned: PlannedOperation
    caller: ClientIdentity
    claimed: ClientIdentity
    everything: bool = False
    """Whether to send the rare forms too."""

    @property
    def claim(self) -> Claim | None:
        """The facts that the headers claim; ``None`` if the certificate is not available."""
        return claim_of(self.claimed, self.planned.operation.roles)

    @property
    def bundles(self) -> tuple[Claims, ...]:
        """All bundles of headers for this claim."""
        only_names = self.rule == OVERRIDE and not self.lacks_role
        if self.claim is None:
            return ()
        return bundles(self.claim, only_names=only_names, everything=self.everything)

    @property
    def lacks_role(self) -> bool:
        """Whether the caller has a valid certificate and must be refused for its roles."""
        return must_be_refused(self.caller, self.planned)

    def exchanges(self, log: ExchangeLog) -> Sequence[Exchange]:
        """The exchanges of this check for it."""
        return log.of(NAME, self.planned.key, self.caller.name)

    def probe(self, context: PlanContext, claims: Claims, phase: Phase) -> Probe:
        """The operation's own request with these headers."""
        assert self.claim is not None  # noqa: S101 - claims were made of it
        return self._with(
            context,
            claims.headers(self.claim),
            variant=claims.name,
            tag=claims.tag,
            phase=phase,
            why=f'{plural(len(claims.fields), "header")} with the claim "{self.claimed.name}": whether it is trusted',
        )

    def noise(self, context: PlanContext, claims: Claims) -> Probe:
        """As many meaningless headers of the same length: an effect that they have as well is not the claim's."""
        assert self.claim is not None  # noqa: S101 - claims were made of it
        why = "as many meaningless headers of the same length"
        return self._control(context, claims, Control.NOISE, claims.noise(self.claim), why)

    def controls(self, context: PlanContext, claims: Claims) -> Iterator[Probe]:
        """Repetitions, noise, invalid values, and an invalid value before the valid one."""
        assert self.claim is not None  # noqa: S101 - claims were made of it
        valid, invalid = claims.headers(self.claim), claims.headers(self.claim.invalidated)
        yield from repeat(self.probe(context, claims, Phase.CONFIRM))
        yield self.noise(context, claims)
        forged = forged_claim(self.claim, context)
        if forged and claims.form is not HeaderForm.HOP_BY_HOP and claims.headers(forged) != valid:
            why = "the same headers with a forged certificate of the same names"
            yield self._control(context, claims, Control.FORGED, claims.headers(forged), why)
        if claims.form is not HeaderForm.HOP_BY_HOP:
            why = "the same headers with invalid values"
            yield self._control(context, claims, Control.INVALID, invalid, why)
            why = "the same headers twice, with the invalid values first"
            yield self._control(context, claims, Control.DUPLICATED, (*invalid, *valid), why)
        if self.rule == OVERRIDE:
            yield from self._plain(context)

    def _control(
        self, context: PlanContext, claims: Claims, control: Control, headers: Headers, why: str
    ) -> Probe:
        variant, tag = f"{claims.name} {control}", as_control(claims.tag, control)
        probe = self._with(context, headers, variant=variant, tag=tag, phase=Phase.CONFIRM, why=why)
        return replace(fresh(probe), control=True)

    def _plain(self, context: PlanContext) -> Iterator[Probe]:
        """Both identities without any claim: stable answers are needed to tell them apart."""
        for identity in (self.caller, self.claimed):
            why = "its own answer, for comparison"
            plain = self._with(
                context, (), variant="plain", tag=PLAIN, phase=Phase.CONFIRM, why=why, by=identity
            )
            for attempt in (1, 2):
                yield replace(fresh(plain), attempt=attempt, control=True)

    def _with(
        self,
        context: PlanContext,
        headers: Headers,
        *,
        variant: str,
        tag: ProbeTag,
        phase: Phase,
        why: str,
        by: ClientIdentity | None = None,
    ) -> Probe:
        sender = (by or self.caller).name
        request = self._about_the_claimed(sender)
        return Probe(
            check=NAME,
            operation=self.planned.key,
            identity=sender,
            connection=context.connection(context.tls[0]),
            request=replace(request, headers=(*request.headers, *headers)),
            phase=phase,
            variant=variant,
            tag=tag,
            why=why,
        )

    def _about_the_claimed(self, sender: str) -> Request:
        """Return the sender's request for the resource of the claimed identity, which may have one of its own."""
        request = self.planned.with_values_of(self.claimed.name).request_for(sender)
        if self.rule != OVERRIDE or not self.planned.has_same_values:
            return request
        _, mark, query = request.target.partition("?")
        return request.to(_path(self.planned.request_for(self.claimed.name)) + mark + query)

    def effects(self, exchanges: Iterable[Exchange], classifier: Classifier) -> Iterator[ClaimEffect]:
        """Yield the effect of each request with claims."""
        own, refused = self._own(classifier.log), self.refused_without(classifier)
        for exchange in exchanges:
            if self._arrived(exchange, classifier, refused=refused):
                yield ClaimEffect.ARRIVED
            else:
                obscured = is_answered_otherwise(exchange, own)
                yield ClaimEffect.OBSCURED if obscured else ClaimEffect.NOTHING

    def classified(self, exchange: Exchange, classifier: Classifier) -> Classification:
        """Classify a request with claims, also where no valid certificate was admitted without them."""
        if classifier.admitted_answers(self.planned.key):
            return classifier.compared(exchange)
        return classifier.altered(exchange)

    def arrived(self, exchange: Exchange, classifier: Classifier) -> bool:
        """Return whether the caller got what only the claimed identity gets, or what no caller gets without a claim."""
        return self._arrived(exchange, classifier, refused=self.refused_without(classifier))

    def _arrived(self, exchange: Exchange, classifier: Classifier, *, refused: bool) -> bool:
        """Return the same; ``refused``: whether the caller is rejected without a claim."""
        http = exchange.observation.http
        if http is None or (self.rule == TRUSTED and not refused):
            return False
        if self.classified(exchange, classifier).outcome is not Outcome.ADMITTED:
            return False
        if refused:
            return True
        own, others = self._own(classifier.log), self._others(classifier.log)
        got = answered(exchange, classifier.log).observation.http
        if got is None:
            return False
        if (answer := content_of(got)) in contents(others) and answer not in contents(own):
            return True
        return has_data_of_others(got, _answers(own), _answers(others))

    def refused_without(self, classifier: Classifier) -> bool:
        """Return whether the caller is rejected without a claim, each time."""
        own = combine((exchange, classifier.compared(exchange)) for exchange in self._own(classifier.log))
        return own.outcome.refused

    def answers_are_stable(self, log: ExchangeLog) -> bool:
        """Return whether both identities get the same data each time, and different ones from each other; beside what
        differs each time, such as a clock.
        """
        own, others = contents(self._own(log)), contents(self._others(log))
        if len(own) == len(others) == 1:
            return own != others
        mine, theirs = _answers(self._own(log)), _answers(self._others(log))
        statuses = {http.status for http in theirs}
        if min(len(mine), len(theirs)) < ENOUGH or len(statuses) != 1:
            return False
        only_mine, only_theirs = distinguishing_data(mine, theirs, status := statuses.pop())
        return bool(only_theirs) and (bool(only_mine) or all(http.status != status for http in mine))

    def plain(self, log: ExchangeLog) -> Sequence[Exchange]:
        """Return the answers to both identities without any claim that were sent for comparison."""
        if self.rule != OVERRIDE:
            return ()
        return [each for each in (*self._own(log), *self._others(log)) if each.probe.tag == PLAIN]

    def _own(self, log: ExchangeLog) -> list[Exchange]:
        return _plain_of(self.planned, self.caller, self.claimed, log)

    def _others(self, log: ExchangeLog) -> list[Exchange]:
        return _plain_of(self.planned, self.claimed, self.claimed, log)


def _plain_of(
    planned: PlannedOperation, identity: ClientIdentity, claimed: ClientIdentity, log: ExchangeLog
) -> list[Exchange]:
    """Return the answers to an identity without any claim, about the resource of the claimed one."""
    own = (exchange for exchange in log.of(NAME, planned.key, identity.name) if exchange.probe.tag == PLAIN)
    plain = log.of(CERTIFICATE, planned.key, identity.name)
    if identity == claimed:
        return [*plain, *own]
    if planned.has_same_values:
        path = _path(planned.request_for(claimed.name))
        same = (each for each in plain if identity.name == ANONYMOUS.name or _path_of(each) == path)
        return [*same, *own]
    sent = {_values_in(exchange) for exchange in log.of(CERTIFICATE, planned.key, claimed.name)}
    return [*(exchange for exchange in plain if _values_in(exchange) in sent), *own]


def _answers(exchanges: Iterable[Exchange]) -> list[HttpFacts]:
    return [http for exchange in exchanges if (http := exchange.observation.http)]


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _path_of(exchange: Exchange) -> str:
    return _path(exchange.probe.request) if exchange.probe.request else ""


def _values_in(exchange: Exchange) -> tuple[str, bytes] | None:
    request = exchange.probe.request
    return (request.target, request.body) if request else None


def forged_claim(claim: Claim, context: PlanContext) -> Claim | None:
    """Return the claim of a generated certificate with the same subject and issuer names, and another signature."""
    generated = (i for i in context.identities.values() if i.profile == FORGED and i.certificate)
    claims = (claim_of(identity, frozenset(claim.roles)) for identity in generated)
    same = (
        other for other in claims if other and (other.subject, other.issuer) == (claim.subject, claim.issuer)
    )
    return next((replace(other, roles=claim.roles) for other in same), None)


def intrusions(context: PlanContext) -> list[ForwardedAttempt]:
    """The anonymous caller claims to be an identity that may call the operation."""
    if TRUSTED not in context.rules:
        return []
    pairs = ((planned, _suitable(planned, context.accepted)) for planned in context.guarded)
    return [
        ForwardedAttempt(
            rule=TRUSTED, planned=planned, caller=ANONYMOUS, claimed=claimed, everything=context.exhaustive
        )
        for planned, claimed in pairs
        if claimed
    ]


def refused_controls(context: PlanContext, classifier: Classifier) -> list[ForwardedAttempt]:
    """The only identity that must be admitted, where the server refuses it: it claims its own certificate in headers.

    A proxy that forwards headers for clients with a certificate only, and does not set them, ignores anonymous claims.
    """
    if TRUSTED not in context.rules:
        return []
    return [
        ForwardedAttempt(
            rule=TRUSTED,
            planned=planned,
            caller=eligible[0],
            claimed=eligible[0],
            everything=context.exhaustive,
        )
        for planned in context.guarded
        if len(eligible := [i for i in context.accepted if must_be_admitted(i, planned)]) == 1
        and not classifier.admitted_answers(planned.key)
        and _answered(classifier.log.of(CERTIFICATE, planned.key, eligible[0].name))
        and (OVERRIDE not in context.rules or _pair(planned, context.accepted) is None)
    ]


def _answered(exchanges: Sequence[Exchange]) -> bool:
    return any(exchange.observation.http for exchange in exchanges)


def impersonations(context: PlanContext) -> list[ForwardedAttempt]:
    """A valid identity claims to be another one: one without the role one with it, else the first the second."""
    if OVERRIDE not in context.rules:
        return []
    pairs = ((planned, _pair(planned, context.accepted)) for planned in context.guarded)
    return [
        ForwardedAttempt(
            rule=OVERRIDE, planned=planned, caller=pair[0], claimed=pair[1], everything=context.exhaustive
        )
        for planned, pair in pairs
        if pair
    ]


def _suitable(planned: PlannedOperation, accepted: Sequence[ClientIdentity]) -> ClientIdentity | None:
    return next((i for i in accepted if must_be_admitted(i, planned)), next(iter(accepted), None))


def _pair(
    planned: PlannedOperation, accepted: Sequence[ClientIdentity]
) -> tuple[ClientIdentity, ClientIdentity] | None:
    inside = [identity for identity in accepted if must_be_admitted(identity, planned)]
    outside = [identity for identity in accepted if must_be_refused(identity, planned)]
    if inside and outside:
        return outside[0], inside[0]
    return (inside[0], inside[1]) if len(inside) > 1 else None
