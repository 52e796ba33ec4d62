"""Sends one caller's token with another caller's certificate, and without a certificate (RFC 8705 §3).

A stolen token is useless without the private key that it is bound to, if the server compares the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import (
    DEMANDS_SOMETHING,
    BoundToken,
    Check,
    Conclusions,
    PlanContext,
    PlannedOperation,
)
from specdrift.checks.core.confirm import as_control, probe_ids, repeat
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.fold import fold, weakest
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Confidence, Outcome

RULE = "token-not-bound"


class Binding(StrEnum):
    """How a token belongs to its owner."""

    PROVEN = "bound token"
    """It names the owner's certificate (RFC 8705 §3.1)."""
    CONFIGURED = "token"
    """The configuration gives it to the owner."""


@dataclass(frozen=True, slots=True)
class BoundTokenCheck:
    """Sends the owner's token as another caller, and the same request without a token as the control."""

    name: str = "bound-token"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Two probes for each attacker: with the token and without."""
        for subject in context.subjects:
            bound = subject.bound
            if bound is None or subject.mode is not UnsafeMethods.SEND:
                continue
            for attacker in _attackers(context, subject, bound):
                yield self._probe(context, subject, attacker, bound)
                yield self._without_token(context, subject, attacker, bound)

    def _probe(
        self, context: PlanContext, subject: PlannedOperation, attacker: str, bound: BoundToken
    ) -> Probe:
        binding = Binding.PROVEN if bound.proven else Binding.CONFIGURED
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=attacker,
            connection=context.connection(context.tls[0]),
            request=bound.request,
            phase=Phase.MAIN,
            variant=f"{binding} of {bound.owner}",
            tag=ProbeTag(name=binding, subject=bound.owner, per_subject=True),
            why="whether the token is rejected without its owner's certificate",
        )

    def _without_token(
        self, context: PlanContext, subject: PlannedOperation, attacker: str, bound: BoundToken
    ) -> Probe:
        probe = self._probe(context, subject, attacker, bound)
        assert probe.tag is not None  # noqa: S101 - as made above
        return replace(
            probe,
            request=bound.bare,
            variant="no token",
            tag=as_control(probe.tag, Control.BASELINE),
            why="whether a token is required at all",
        )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Repeat the attempts with a token that were admitted."""
        reader = evidence.reader()
        for seen in list(evidence.by_check(self.name)):
            first_attempt = _with_token(seen) and seen.probe.phase is Phase.MAIN
            if first_attempt and reader.compared(seen).outcome is Outcome.ADMITTED:
                yield from repeat(seen.probe)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each attacker who is admitted with the token and rejected without it."""
        findings: list[Finding] = []
        for subject in context.subjects:
            for attacker in (ANONYMOUS, *context.accepted):
                seen = reader.evidence.of(self.name, subject.key, attacker.name)
                if seen:
                    findings += _findings(presence(context, subject, reader), attacker.name, seen, reader)
        return Conclusions(findings=tuple(findings), skipped=tuple(self._skipped(context)))

    def _skipped(self, context: PlanContext) -> Iterator[Skipped]:
        bound = [subject.bound for subject in context.subjects if subject.bound]
        if bound and len(context.accepted) < 2:
            reason = f"needs a second valid identity, to try the token of {bound[0].owner} with another certificate"
            yield Skipped(check=self.name, kind=SkipReason.NEEDS_IDENTITY, reason=reason)
        unbound = sorted({name for s in context.subjects if not s.bound for name in s.tokens})
        if unbound:
            reason = f"the tokens of {', '.join(unbound)} name no certificate (cnf of RFC 8705 §3.1)"
            yield Skipped(check=self.name, kind=SkipReason.NOT_AVAILABLE, reason=reason)


def _findings(
    state: OperationAssessment, attacker: str, seen: Sequence[Exchange], reader: Classifier
) -> Iterator[Finding]:
    """Yield nothing if the owner is rejected, or if the operation needs no certificate or no token."""
    if state.demand in DEMANDS_SOMETHING and not state.anonymous.outcome.refused:
        return
    with_token = [entry for entry in seen if _with_token(entry)]
    without = [entry for entry in seen if not _with_token(entry)]
    got, bare = (fold((entry, reader.compared(entry)) for entry in part) for part in (with_token, without))
    tag = with_token[0].probe.tag if with_token else None
    if tag is None or got.outcome is not Outcome.ADMITTED or not bare.outcome.refused:
        return
    owner, proven = tag.subject, tag.name == Binding.PROVEN
    if _is_admitted(owner, state):
        what = "names its certificate (cnf)" if proven else "was given to it alone"
        how = (
            "without a client certificate"
            if attacker == ANONYMOUS.name
            else f'with the certificate of "{attacker}"'
        )
        yield Finding(
            rule=RULE,
            operation=state.operation.key,
            identity=attacker,
            message=f'The token of "{owner}", which {what}, is admitted {how}: {got.reading.reason}.',
            confidence=weakest((confidence(state, got), Confidence.HIGH if proven else Confidence.MEDIUM)),
            probes=probe_ids(got.probes, bare.probes, state.control.probes),
            subject=owner,
        )


def _with_token(seen: Exchange) -> bool:
    return seen.probe.tag is not None and seen.probe.tag.control is None


def _is_admitted(owner: str, state: OperationAssessment) -> bool:
    return owner in state.folded and state.folded[owner].outcome is Outcome.ADMITTED


def _attackers(context: PlanContext, subject: PlannedOperation, bound: BoundToken) -> Iterator[str]:
    """Yield another valid identity, preferably with the role, and the anonymous caller if no certificate is required.

    A token that does not name a certificate is bound to one only if the document requires both.
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


CHECK: Check = BoundTokenCheck()
