"""Sends one caller's token with another caller's certificate, and without a certificate (RFC 8705 §3).

A stolen token is useless without the private key that it is bound to, if the server compares the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess
from specdrift.checks.core.base import (
    GUARDED_DEMANDS,
    Check,
    Conclusions,
    PlanContext,
    PlannedOperation,
)
from specdrift.checks.core.confirm import as_control, probe_ids, repeat, unconfirmed, without_response
from specdrift.checks.core.credentials import BoundToken
from specdrift.classify.combined import CombinedClassification, combine, weakest
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome

RULE = "token-not-bound"


class Binding(StrEnum):
    """How a token belongs to its owner."""

    PROVEN = "bound token"
    """It names the owner's certificate (RFC 8705 §3.1)."""
    STATED = "token stated as bound"
    """The configuration states that it is bound to the owner's certificate."""
    CONFIGURED = "token"
    """The configuration gives it to the owner."""


WHAT: Mapping[Binding, str] = {
    Binding.PROVEN: "names its certificate (cnf)",
    Binding.STATED: "is bound to its certificate by the configuration (bound-tokens)",
    Binding.CONFIGURED: "was given to it alone",
}
"""Why the token belongs to its owner, in words."""


class BoundTokenCheck(Struct, frozen=True):
    """Sends the owner's token as another caller, and the same request without a token as the control."""

    name: str = "bound-token"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Two probes for each attacker: with the token and without."""
        for planned in context.operations:
            bound = planned.bound
            if bound is None or planned.mode is not UnsafeMethods.SEND:
                continue
            for attacker in _attackers(context, planned, bound):
                yield self._probe(context, planned, attacker, bound)
                yield self._without_token(context, planned, attacker, bound)

    def _probe(
        self, context: PlanContext, planned: PlannedOperation, attacker: str, bound: BoundToken
    ) -> Probe:
        binding = _binding(bound)
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=attacker,
            connection=context.connection(context.tls[0]),
            request=bound.request,
            phase=Phase.MAIN,
            variant=f"{binding} of {bound.owner}",
            tag=ProbeTag(name=binding, subject=bound.owner, per_subject=True),
            why="whether the token is rejected without its owner's certificate",
        )

    def _without_token(
        self, context: PlanContext, planned: PlannedOperation, attacker: str, bound: BoundToken
    ) -> Probe:
        probe = self._probe(context, planned, attacker, bound)
        assert probe.tag is not None  # noqa: S101 - as made above
        return replace(
            probe,
            request=bound.bare,
            variant="no token",
            tag=as_control(probe.tag, Control.BASELINE),
            why="whether a token is required at all",
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Repeat the attempts with a token that were admitted."""
        classifier = log.classifier()
        for exchange in list(log.by_check(self.name)):
            first_attempt = _with_token(exchange) and exchange.probe.phase is Phase.MAIN
            if first_attempt and classifier.compared(exchange).outcome is Outcome.ADMITTED:
                yield from repeat(exchange.probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each attacker who is admitted with the token and rejected without it."""
        findings: list[Finding] = []
        undecided: list[UndecidedOperation] = []
        for planned in context.operations:
            for attacker in (ANONYMOUS, *context.accepted):
                exchanges = classifier.log.of(self.name, planned.key, attacker.name)
                if exchanges:
                    assessment = assess(context, planned, classifier)
                    stolen = _StolenToken(assessment, attacker.name, exchanges, classifier)
                    findings += stolen.findings()
                    undecided += stolen.undecided()
        return Conclusions(
            findings=tuple(findings), undecided=tuple(undecided), skipped=tuple(self._skipped(context))
        )

    def _skipped(self, context: PlanContext) -> Iterator[Skipped]:
        bound = [planned.bound for planned in context.operations if planned.bound]
        if bound and len(context.accepted) < 2:
            reason = f"needs a second valid identity, to try the token of {bound[0].owner} with another certificate"
            yield Skipped(check=self.name, kind=SkipReason.NEEDS_IDENTITY, reason=reason)
        unbound = sorted({name for s in context.operations if not s.bound for name in s.tokens})
        if unbound:
            reason = f"the tokens of {', '.join(unbound)} name no certificate (cnf of RFC 8705 §3.1)"
            yield Skipped(check=self.name, kind=SkipReason.NOT_AVAILABLE, reason=reason)


class _StolenToken(Struct, frozen=True, dict=True):
    """What one caller got with the token of another one, and without it."""

    assessment: OperationAssessment
    attacker: str
    exchanges: Sequence[Exchange]
    classifier: Classifier

    @cached_property
    def with_token(self) -> Sequence[Exchange]:
        return [entry for entry in self.exchanges if _with_token(entry)]

    @cached_property
    def without(self) -> Sequence[Exchange]:
        return [entry for entry in self.exchanges if not _with_token(entry)]

    @cached_property
    def got(self) -> CombinedClassification:
        return combine((entry, self.classifier.compared(entry)) for entry in self.with_token)

    @cached_property
    def bare(self) -> CombinedClassification:
        return combine((entry, _without_a_token(entry, self.classifier)) for entry in self.without)

    @property
    def tag(self) -> ProbeTag | None:
        """That of the token; none if the owner is rejected, or if the operation needs no certificate."""
        assessment, tag = self.assessment, self.with_token[0].probe.tag if self.with_token else None
        if tag is None or (assessment.demand in GUARDED_DEMANDS and not assessment.anonymous.outcome.refused):
            return None
        return tag if _is_admitted(tag.subject, assessment) else None

    def findings(self) -> Iterator[Finding]:
        """Yield nothing if the operation needs no token."""
        tag, got, bare, assessment = self.tag, self.got, self.bare, self.assessment
        if tag is None or got.outcome is not Outcome.ADMITTED or not bare.outcome.refused:
            return
        binding = Binding(tag.name)
        yield Finding(
            rule=RULE,
            operation=assessment.operation.key,
            identity=self.attacker,
            message=f'The token of "{tag.subject}", which {WHAT[binding]}, is admitted {self._how}: '
            f"{got.classification.reason}.",
            confidence=weakest(
                (
                    confidence(assessment, got),
                    Confidence.HIGH if binding is Binding.PROVEN else Confidence.MEDIUM,
                )
            ),
            probes=probe_ids(got.probes, bare.probes, assessment.control.probes),
            subject=tag.subject,
        )

    def undecided(self) -> Iterator[UndecidedOperation]:
        """Yield the operation if the request with the token or the one without it got no response."""
        tag, got, bare = self.tag, self.got.outcome, self.bare.outcome
        if tag is None or got.refused or bare is Outcome.ADMITTED:
            return
        unclear = (
            *(self.with_token if got is Outcome.INCONCLUSIVE else ()),
            *(() if bare.refused else self.without),
        )
        if missing := without_response(unclear):
            what = f'it is not known whether the token of "{tag.subject}" is admitted {self._how}'
            yield unconfirmed(self.assessment.operation.key, what, missing)

    @property
    def _how(self) -> str:
        if self.attacker == ANONYMOUS.name:
            return "without a client certificate"
        return f'with the certificate of "{self.attacker}"'


def _binding(bound: BoundToken) -> Binding:
    if bound.proven:
        return Binding.PROVEN
    return Binding.STATED if bound.stated else Binding.CONFIGURED


def _with_token(exchange: Exchange) -> bool:
    return exchange.probe.tag is not None and exchange.probe.tag.control is None


def _without_a_token(entry: Exchange, classifier: Classifier) -> Classification:
    """Classify the control: its status shows that a token is required, whatever data the body may have."""
    compared = classifier.compared(entry)
    if compared.obstacle is not Obstacle.DATA:
        return compared
    by_itself = classifier.control(entry)
    return by_itself if by_itself.outcome.refused else compared


def _is_admitted(owner: str, assessment: OperationAssessment) -> bool:
    return owner in assessment.by_identity and assessment.by_identity[owner].outcome is Outcome.ADMITTED


def _attackers(context: PlanContext, planned: PlannedOperation, bound: BoundToken) -> Iterator[str]:
    """Yield another valid identity, preferably with the role, and the anonymous caller if no certificate is required.

    A token that does not name a certificate is bound to one only if the document requires both, or the configuration
    states it.
    """
    requirement, roles = planned.operation.requirement, planned.operation.roles
    if requirement.anonymous_allowed or not (bound.proven or bound.stated or bound.certificate):
        return
    others = [identity for identity in context.accepted if identity.name != bound.owner]
    others.sort(key=lambda identity: identity.lacks(roles))
    if not requirement.certificate_alone_suffices:
        yield from (identity.name for identity in others[:1])
    if not bound.certificate:
        yield ANONYMOUS.name


CHECK: Check = BoundTokenCheck()
