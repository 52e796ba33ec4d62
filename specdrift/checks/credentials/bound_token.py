"""Uses one caller's token with another's certificate, and with none (RFC 8705 §3).

A stolen token that is bound to a certificate is of no use to who has not its key. Only a server that compares the two
makes it so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import (
    CONFIRMATIONS,
    DEMANDS_SOMETHING,
    BoundToken,
    Check,
    Conclusions,
    PlanContext,
    PlannedOperation,
)
from specdrift.classify.exchange_log import Classifier, Exchange, ExchangeLog
from specdrift.classify.fold import Folded, fold, weakest
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe, Request, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence, Outcome

RULE = "token-not-bound"
BARE = "no token"
PROVEN, GIVEN = "bound token of ", "token of "
"""What the token is: one that names its owner's certificate, or one that the configuration gives to its owner."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The owner's token, presented by somebody else; and beside it the same caller without any token."""

    name: str = "bound-token"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Two probes for each thief: with the token and without."""
        for subject in context.subjects:
            bound = subject.bound
            if bound is None or subject.mode is not UnsafeMethods.SEND:
                continue
            variant = f"{PROVEN if bound.proven else GIVEN}{bound.owner}"
            for thief in _thieves(context, subject, bound):
                yield self._probe(context, subject, thief, bound.request, variant)
                yield self._probe(context, subject, thief, bound.bare, BARE)

    def _probe(
        self, context: PlanContext, subject: PlannedOperation, thief: str, request: Request, variant: str
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=thief,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant=variant,
            why="whether the token is refused without its owner's certificate"
            if variant != BARE
            else "whether a token is needed at all",
        )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """What a thief got, once more on fresh connections."""
        reader = evidence.reader()
        for seen in list(evidence.by_check(self.name)):
            stolen = seen.probe.variant != BARE and seen.probe.phase is Phase.MAIN
            if stolen and reader.compared(seen).outcome is Outcome.ADMITTED:
                fresh = replace(seen.probe.connection, reuse=Reuse.FRESH)
                for attempt in range(2, 2 + CONFIRMATIONS):
                    yield replace(seen.probe, connection=fresh, phase=Phase.CONFIRM, attempt=attempt)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each thief who gets in with the token and not without it."""
        findings: list[Finding] = []
        for subject in context.subjects:
            for thief in (ANONYMOUS, *context.accepted):
                seen = reader.evidence.of(self.name, subject.key, thief.name)
                if seen:
                    findings += _findings(presence(context, subject, reader), thief.name, seen, reader)
        return Conclusions(findings=tuple(findings), skipped=tuple(self._skipped(context)))

    def _skipped(self, context: PlanContext) -> Iterator[Skipped]:
        bound = [subject.bound for subject in context.subjects if subject.bound]
        if bound and len(context.accepted) < 2:
            reason = (
                f"needs a second good identity, to try the token of {bound[0].owner} with another certificate"
            )
            yield Skipped(check=self.name, reason=reason)
        unbound = sorted({name for s in context.subjects if not s.bound for name in s.tokens})
        if unbound:
            reason = f"the tokens of {', '.join(unbound)} name no certificate (cnf of RFC 8705 §3.1)"
            yield Skipped(check=self.name, reason=reason)


def _findings(
    state: OperationAssessment, thief: str, seen: Sequence[Exchange], reader: Classifier
) -> Iterator[Finding]:
    """Nothing where the owner does not get in, where the thief needs no token, or where nobody needs a certificate."""
    if state.demand in DEMANDS_SOMETHING and not state.anonymous.outcome.refused:
        return
    with_token = [entry for entry in seen if entry.probe.variant != BARE]
    got, bare = (
        fold((entry, reader.compared(entry)) for entry in entries)
        for entries in (with_token, [entry for entry in seen if entry.probe.variant == BARE])
    )
    variant = with_token[0].probe.variant if with_token else ""
    proven = variant.startswith(PROVEN)
    owner = variant.removeprefix(PROVEN).removeprefix(GIVEN)
    if got.outcome is Outcome.ADMITTED and bare.outcome.refused and _gets_in(owner, state):
        what = "names its certificate (cnf)" if proven else "was given to it alone"
        how = (
            "without a client certificate"
            if thief == ANONYMOUS.name
            else f'with the certificate of "{thief}"'
        )
        yield Finding(
            rule=RULE,
            operation=state.operation.key,
            identity=thief,
            message=f'The token of "{owner}", which {what}, is admitted {how}: {got.reading.reason}.',
            confidence=weakest((confidence(state, got), Confidence.HIGH if proven else Confidence.MEDIUM)),
            probes=_probes(got, bare, state),
            subject=owner,
        )


def _gets_in(owner: str, state: OperationAssessment) -> bool:
    return owner in state.folded and state.folded[owner].outcome is Outcome.ADMITTED


def _probes(got: Folded, bare: Folded, state: OperationAssessment) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*got.probes, *bare.probes, *state.control.probes)))


def _thieves(context: PlanContext, subject: PlannedOperation, bound: BoundToken) -> Iterator[str]:
    """Another good identity, best one of the right role; and nobody, where the document asks for no certificate.

    A token that does not name a certificate is bound to one only where the document asks for both.
    """
    requirement, roles = subject.operation.requirement, subject.operation.roles
    if requirement.anonymous_allowed or not (bound.proven or bound.certificate):
        return
    others = [identity for identity in context.accepted if identity.name != bound.owner]
    others.sort(key=lambda identity: identity.lacks(roles))
    if not requirement.certificate_alone_suffices:
        yield from (identity.name for identity in others[:1])
    if not bound.certificate:
        yield ANONYMOUS.name


CHECK: Check = Bound()
