"""Holds who is let in against the roles that an operation names: authentication is not authorization.

It asks nothing of its own. The certificate check asks every operation as every identity, reads who has none of the
roles beside those who have one, and repeats on fresh connections what should not have been let in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import (
    OperationAssessment,
    assess,
    must_be_refused,
    refused_for_its_role,
)
from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.fold import Folded
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Basis as Asked
from specdrift.model.result.verdict import Outcome
from specdrift.rules.ids import ROLE_NOT_ENFORCED, ROLE_OVER_ENFORCED


@dataclass(frozen=True, slots=True)
class Roles:
    """Identities by operations: allowed and refused, declared and seen."""

    name: str = "roles"
    rules: frozenset[str] = frozenset({ROLE_NOT_ENFORCED, ROLE_OVER_ENFORCED})

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing: all of it is asked already."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing: what looks like drift is repeated already."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each identity and operation. Where no certificate is needed, no role is either."""
        operations = [s for s in context.operations if s.is_guarded and s.operation.roles]
        assessments = [assess(context, planned, classifier) for planned in operations]
        judged = [s for s in assessments if s.anonymous.outcome.refused and s.basis is Asked.PROBED]
        findings = [
            *(finding for assessment in judged for finding in _let_in(assessment, context)),
            *(finding for assessment in judged for finding in _kept_out(assessment, context, classifier)),
        ]
        return Conclusions(findings=tuple(findings), skipped=tuple(_skipped(self.name, assessments, context)))


def _let_in(assessment: OperationAssessment, context: PlanContext) -> Iterator[Finding]:
    """Identities of another role that get what those of the right one get."""
    holder = _holder(assessment, context)
    if holder is None:
        return
    for identity in context.accepted:
        got = assessment.folded[identity.name]
        if must_be_refused(identity, assessment.planned) and got.outcome is Outcome.ADMITTED:
            sometimes = " on some attempts" if not got.unanimous else ""
            message = (
                f'"{identity.name}" ({_named(identity.roles)}) is admitted{sometimes} as "{holder.name}" is, although '
                f"the operation is for {_named(assessment.operation.roles)}: {got.classification.reason}."
            )
            yield _finding(ROLE_NOT_ENFORCED, assessment, identity, got, message)


def _kept_out(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    for identity in context.accepted:
        if refused_for_its_role(assessment, identity, context, classifier):
            got = assessment.folded[identity.name]
            message = (
                f'"{identity.name}" ({_named(identity.roles)}) is refused, although the operation is for '
                f"{_named(assessment.operation.roles)}: {got.classification.reason}."
            )
            yield _finding(ROLE_OVER_ENFORCED, assessment, identity, got, message)


def _finding(
    rule: str, assessment: OperationAssessment, identity: ClientIdentity, got: Folded, message: str
) -> Finding:
    return Finding(
        rule=rule,
        operation=assessment.operation.key,
        identity=identity.name,
        message=message,
        confidence=confidence(assessment, got),
        probes=tuple(dict.fromkeys((*got.probes, *assessment.control.probes))),
    )


def _holder(assessment: OperationAssessment, context: PlanContext) -> ClientIdentity | None:
    """The first identity with the role that gets in: what the others are held against."""
    roles = assessment.operation.roles
    holders = (i for i in context.accepted if i.roles and i.holds(roles))
    return next((i for i in holders if assessment.folded[i.name].outcome is Outcome.ADMITTED), None)


def _named(roles: Iterable[str]) -> str:
    names = sorted(roles)
    return f"role{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _skipped(
    check: str, assessments: Iterable[OperationAssessment], context: PlanContext
) -> Iterator[Skipped]:
    """Once for the run: identities of which no role is known, and operations whose role nobody here lacks."""
    asked = list(assessments)
    unknown = [identity.name for identity in context.accepted if not identity.roles]
    if asked and unknown:
        reason = (
            f"{', '.join(unknown)}: no roles configured, so nothing follows where an operation names some"
        )
        yield Skipped(check=check, kind=SkipReason.NEEDS_IDENTITY, reason=reason)
    untried = [s for s in asked if not any(must_be_refused(i, s.planned) for i in context.accepted)]
    if untried and len(unknown) < len(context.accepted):
        roles = {role for assessment in untried for role in assessment.operation.roles}
        reason = f"no identity without the {_named(roles)} to try {len(untried)} operations with"
        yield Skipped(check=check, kind=SkipReason.NEEDS_IDENTITY, reason=reason)


CHECK: Check = Roles()
