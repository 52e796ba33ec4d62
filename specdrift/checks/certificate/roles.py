"""Compares the identities that are admitted with the roles that an operation requires.

Sends nothing: the certificate check sends every operation as every identity, compares identities without the role with
those that have it, and repeats apparent drift on fresh connections.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.checks.certificate.consistency import pattern
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import (
    OperationAssessment,
    admitted_with_unknown_roles,
    assess,
    attempts,
    must_be_refused,
    refused_for_its_role,
)
from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import role_phrase
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import CombinedClassification
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Probe
from specdrift.model.plural import plural, with_verb
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Basis, Outcome
from specdrift.rules.ids import ROLE_NOT_ENFORCED, ROLE_OVER_ENFORCED


class Roles(Struct, frozen=True):
    """The outcome of each identity against the roles of each operation."""

    name: str = "roles"
    rules: frozenset[str] = frozenset({ROLE_NOT_ENFORCED, ROLE_OVER_ENFORCED})

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing: the certificate check sends it."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing: the certificate check repeats apparent drift."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each identity and operation, unless anonymous callers are admitted."""
        operations = [s for s in context.operations if s.is_guarded and s.operation.roles]
        assessments = [assess(context, planned, classifier) for planned in operations]
        probed = [s for s in assessments if s.basis is Basis.PROBED]
        findings = [
            *(
                finding
                for assessment in probed
                if assessment.anonymous.outcome is not Outcome.ADMITTED
                for finding in _admitted_without_role(assessment, context, classifier)
            ),
            *(
                finding
                for assessment in probed
                if assessment.anonymous.outcome.refused
                for finding in _refused_despite_role(assessment, context, classifier)
            ),
        ]
        return Conclusions(findings=tuple(findings), skipped=tuple(_skipped(self.name, assessments, context)))


def _admitted_without_role(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    """Identities without the role that are admitted like one that has it, or instead of it."""
    holder = _holder(assessment, context)
    refused = [i for i in context.accepted if refused_for_its_role(assessment, i, context, classifier)]
    if holder is None and not refused:
        return
    as_holder = f'as "{holder.name}" is' if holder else f'and "{refused[0].name}" is refused'
    for identity in context.accepted:
        got = assessment.by_identity[identity.name]
        if not must_be_refused(identity, assessment.planned) or got.outcome is not Outcome.ADMITTED:
            continue
        if holder or _succeeds_each_time(assessment, identity, classifier):
            sometimes = "" if got.unanimous else _on_some(assessment, identity, classifier)
            message = (
                f'"{identity.name}" ({role_phrase(identity.roles)}) is admitted{sometimes} {as_holder}, '
                f"although the operation is for {role_phrase(assessment.operation.roles)}: {got.classification.reason}."
            )
            yield _finding(ROLE_NOT_ENFORCED, assessment, identity, got, message)


def _on_some(assessment: OperationAssessment, identity: ClientIdentity, classifier: Classifier) -> str:
    """Say that some attempts were admitted, and what only these have in common."""
    common = pattern(*attempts(assessment.planned, classifier, identity))
    return f" on some attempts{common}{',' if common else ''}"


def _succeeds_each_time(
    assessment: OperationAssessment, identity: ClientIdentity, classifier: Classifier
) -> bool:
    """Return whether an identity reaches the operation each time with a success, judged without a control."""
    exchanges = classifier.log.of(CERTIFICATE, assessment.operation.key, identity.name)
    return bool(exchanges) and all(
        exchange.observation.http is not None
        and 200 <= exchange.observation.http.status < 300
        and classifier.control(exchange).outcome is Outcome.ADMITTED
        for exchange in exchanges
    )


def _refused_despite_role(
    assessment: OperationAssessment, context: PlanContext, classifier: Classifier
) -> Iterator[Finding]:
    for identity in context.accepted:
        if refused_for_its_role(assessment, identity, context, classifier):
            got = assessment.by_identity[identity.name]
            message = (
                f'"{identity.name}" ({role_phrase(identity.roles)}) is refused, although the operation is for '
                f"{role_phrase(assessment.operation.roles)}: {got.classification.reason}."
            )
            yield _finding(ROLE_OVER_ENFORCED, assessment, identity, got, message)


def _finding(
    rule: str,
    assessment: OperationAssessment,
    identity: ClientIdentity,
    got: CombinedClassification,
    message: str,
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
    """The first identity with the role that is admitted: the control."""
    roles = assessment.operation.roles
    holders = (i for i in context.accepted if i.roles and i.holds(roles))
    return next((i for i in holders if assessment.by_identity[i.name].outcome is Outcome.ADMITTED), None)


def _skipped(
    check: str, assessments: Iterable[OperationAssessment], context: PlanContext
) -> Iterator[Skipped]:
    """Once for the run: identities without configured roles, and operations whose role every identity has."""
    assessed = list(assessments)
    by_unknown = {s.planned.key: admitted_with_unknown_roles(s, context) for s in assessed}
    names = {f'"{identity.name}"': None for admitted in by_unknown.values() for identity in admitted}
    if names:
        count = sum(1 for admitted in by_unknown.values() if admitted)
        reason = (
            f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} no configured roles and reached "
            f"{with_verb(count, 'operation', 'that requires', 'that require')} a role: not checked whether "
            "that is allowed"
        )
        yield Skipped(check=check, kind=SkipReason.ROLE_NOT_CHECKED, reason=reason)
    untried = [s for s in assessed if not any(must_be_refused(i, s.planned) for i in context.accepted)]
    if untried and any(identity.roles for identity in context.accepted):
        roles = {role for assessment in untried for role in assessment.operation.roles}
        reason = (
            f"no identity without the {role_phrase(roles)} to try {plural(len(untried), 'operation')} with"
        )
        yield Skipped(check=check, kind=SkipReason.NEEDS_IDENTITY, reason=reason)


CHECK: Check = Roles()
