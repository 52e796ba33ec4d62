"""Finds valid certificates that the application confuses with another identity.

Their names parse in two ways, or the victim's certificate follows the client's own (as in CVE-2023-2422). The verifier
accepts them. The application must treat them like their control, not like the imitated identity.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from specdrift.checks.certificate.imitation.failures import not_established
from specdrift.checks.certificate.imitation.imitators import (
    UNKNOWN_CLIENT,
    Answers,
    AnswersOf,
    due,
    fails,
    imitators_of,
    is_shared,
    with_profile,
)
from specdrift.checks.certificate.imitation.shared_parts import profile_of, skipped, undecided, unreported
from specdrift.checks.certificate.imitation.unknown_names import found, holder_of, suspected
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import is_confirmed, repeat, role_phrase
from specdrift.checks.core.measure import contents
from specdrift.checks.core.redirects import following
from specdrift.classify.check_names import CERTIFICATE, IMITATION
from specdrift.classify.combined import combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED, ROLE_NOT_ENFORCED

PARTIAL_NAME = "partial-name"
"""The family of certificates whose names contain another identity's."""


_IF_ISSUED = (
    ' It is a weakness where the CA issues such certificates: `{profile} = "refuse"` under `[battery]` makes it an '
    'error then, and `"skip"` leaves it out where the CA issues none.'
)


class MistakenIdentity(Struct, frozen=True):
    """Imitating certificates, their controls, and the imitated identities again."""

    name: str = IMITATION
    rules: frozenset[str] = frozenset({INVALID_CERTIFICATE_ACCEPTED, ROLE_NOT_ENFORCED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each guarded operation as the imitated identity and an unknown client, or as a configured imitator and its
        control.
        """
        unknown = with_profile(context, UNKNOWN_CLIENT)
        for planned in context.guarded:
            pairs: dict[tuple[str, str], None] = {}
            for each in imitators_of(planned, context):
                shared = is_shared(each, context)
                own = (each.beside, each.name)
                names = (each.imitates, *(own if not shared else [unknown.name] if unknown else []))
                pairs |= dict.fromkeys((each.imitates, name) for name in names)
            if unknown and (holder := holder_of(planned, context)):
                pairs |= dict.fromkeys((holder, name) for name in (holder, unknown.name))
            for imitated, caller in pairs:
                yield self._probe(planned, imitated, caller, context)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Follow redirects. Then send what the answers call for, and the controls of what is admitted. Repeat apparent
        confusions on fresh connections, and their controls: answers may differ by chance.
        """
        classifier = log.classifier()
        if redirected := list(self._redirected(classifier)):
            yield from redirected  # the rest depends on what their targets answer
            return
        answers = self._answers(classifier)
        for planned, identity in due(context, log, answers):
            yield self._probe(planned, identity.imitates, identity.name, context)
        for each in suspected(context, answers):
            exchanges = self._of(each.planned, each.caller.name, each.holder.name, log)
            if not exchanges:
                yield self._probe(each.planned, each.holder.name, each.caller.name, context)
            elif len(exchanges) == 1 and answers(each.planned, each.caller.name, each.holder.name).admitted:
                yield from repeat(exchanges[0].probe)
        for planned in context.guarded:
            for identity in imitators_of(planned, context):
                exchanges = self._of(planned, identity.name, identity.imitates, log)
                if len(exchanges) == 1 and answers(planned, identity.name, identity.imitates).admitted:
                    yield from self._controlled(planned, identity, exchanges[0], context, answers)

    def _redirected(self, classifier: Classifier) -> Iterator[Probe]:
        for exchange in classifier.log.by_check(self.name):
            yield from following(classifier, exchange, classifier.compared(exchange))

    def _controlled(
        self,
        planned: PlannedOperation,
        identity: ClientIdentity,
        exchange: Exchange,
        context: PlanContext,
        answers: AnswersOf,
    ) -> Iterator[Probe]:
        """Send the control of an imitator that is admitted; if that shows a confusion, both again."""
        control = answers(planned, identity.beside, identity.imitates).exchanges
        if not control:
            yield self._probe(planned, identity.imitates, identity.beside, context)
        elif self._finding(planned, identity, context, answers):
            yield from repeat(exchange.probe)
            yield from (
                each for one in control[:1] if one.probe.check == self.name for each in repeat(one.probe)
            )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and profile, and what is admitted without one."""
        answers = self._answers(classifier)
        every = [
            finding
            for planned in context.guarded
            for identity in imitators_of(planned, context)
            if (finding := self._finding(planned, identity, context, answers))
            and _is_repeated(answers(planned, identity.beside, identity.imitates))
        ]
        first: dict[object, Finding] = {}
        for finding in sorted(every, key=_is_warning):
            first.setdefault((finding.operation, finding.profile), finding)
        findings = (*first.values(), *found(context, answers))
        others = unreported(context, classifier.log, answers, every)
        drifting = {f.operation for f in findings if not _is_warning(f)}
        unexplained = tuple(undecided(others, drifting))
        settled = drifting | {entry.operation for entry in unexplained}
        reported = {(finding.operation, finding.identity) for finding in every}
        return Conclusions(
            findings=findings,
            undecided=(
                *unexplained,
                *not_established(context, answers, reported=reported, settled=settled),
            ),
            skipped=tuple(skipped(self.name, others, context, answers, findings)),
        )

    def _probe(self, planned: PlannedOperation, imitated: str, caller: str, context: PlanContext) -> Probe:
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=caller,
            connection=context.connection(context.tls[0]),
            request=planned.with_values_of(imitated).request_for(caller),
            phase=Phase.MAIN,
            tag=_tag(planned, imitated),
            control=context.identities[caller].is_control,
            why=context.identities[caller].about or "control of an imitating certificate",
        )

    def _finding(
        self,
        planned: PlannedOperation,
        identity: ClientIdentity,
        context: PlanContext,
        answers: AnswersOf,
    ) -> Finding | None:
        own, control, imitated = (
            answers(planned, name, identity.imitates)
            for name in (identity.name, identity.beside, identity.imitates)
        )
        if not (own.admitted and own.combined.unanimous and imitated.admitted):
            return None
        if control.combined.outcome.refused:
            how, confidence = _instead_of(identity, context, "is refused"), Confidence.HIGH
        elif fails(control):
            failed = f"is not admitted: {control.combined.classification.reason}"
            how, confidence = _instead_of(identity, context, failed), Confidence.MEDIUM
        elif control.admitted and _answered_as(own.ends, imitated.ends, unlike=control.ends):
            how, confidence = (
                f"gets the same data as {identity.imitates}, unlike {identity.beside}",
                Confidence.MEDIUM,
            )
        else:
            return None
        is_rare = _is_rarely_issued(identity)
        of_role = identity.profile == PARTIAL_NAME and planned.operation.roles
        every = (*own.exchanges, *control.exchanges, *imitated.exchanges)
        return Finding(
            rule=ROLE_NOT_ENFORCED if of_role else INVALID_CERTIFICATE_ACCEPTED,
            operation=planned.key,
            identity=identity.name,
            profile=identity.profile,
            severity=Severity.WARNING if is_rare else None,
            message=f"{_who(identity, context)} {how}. {identity.in_short}".rstrip()
            + (_IF_ISSUED.format(profile=_policy_name(identity)) if is_rare else ""),
            confidence=confidence,
            probes=tuple(exchange.probe.id for exchange in every),
        )

    def _answers(self, classifier: Classifier) -> AnswersOf:
        """Return the lookup of what identities got with the values of the imitated one."""

        def of(planned: PlannedOperation, name: str, imitated: str) -> Answers:
            same = planned.has_same_values or name == imitated
            plain = classifier.log.of(CERTIFICATE, planned.key, name) if same else ()
            exchanges = [*self._of(planned, name, imitated, classifier.log), *plain]
            combined = combine((exchange, classifier.compared(exchange)) for exchange in exchanges)
            ends = [last for exchange in exchanges for *_, last in [list(classifier.log.chain(exchange))]]
            return Answers(exchanges, combined, ends)

        return of

    def _of(self, planned: PlannedOperation, name: str, imitated: str, log: ExchangeLog) -> list[Exchange]:
        tag, found = _tag(planned, imitated), log.of(self.name, planned.key, name)
        return [exchange for exchange in found if exchange.probe.tag == tag]


def _is_warning(finding: Finding) -> bool:
    return finding.severity is Severity.WARNING


def _policy_name(identity: ClientIdentity) -> str:
    """Return the name under which ``[battery]`` has the profile."""
    profile = profile_of(identity)
    return profile.name if profile else identity.profile


def _is_rarely_issued(identity: ClientIdentity) -> bool:
    """Return whether hardly any CA issues such a certificate, and the owner has not said that theirs does."""
    profile = profile_of(identity)
    return profile is not None and profile.rarely_issued and identity.expect is not Expect.REFUSED


def _tag(planned: PlannedOperation, imitated: str) -> ProbeTag | None:
    """Name the identity whose values are sent; ``None`` if all identities send the same."""
    return None if planned.has_same_values else ProbeTag(name=imitated)


def _who(identity: ClientIdentity, context: PlanContext) -> str:
    if context.identities[identity.beside].is_control:
        return f'"{identity.beside}", with the certificate of "{identity.imitates}" after its own chain,'
    subject = (
        f" ({identity.certificate.subject})"
        if identity.certificate and identity.profile == PARTIAL_NAME
        else ""
    )
    return f"A certificate of profile {identity.profile}{subject}"


def _is_repeated(control: Answers) -> bool:
    """Return whether the control was refused or admitted, or failed each time of several."""
    return not fails(control) or is_confirmed(control.exchanges)


def _instead_of(identity: ClientIdentity, context: PlanContext, is_refused: str) -> str:
    """Say whom the application takes the certificate for, and what it does not admit."""
    control = context.identities[identity.beside]
    if control.is_control or identity.profile != PARTIAL_NAME:
        return f"is admitted, although {identity.beside} {is_refused}"
    roles = context.identities[identity.imitates].roles
    of_role = f" ({role_phrase(roles)})" if roles else ""
    return (
        f'is admitted as "{identity.imitates}"{of_role} is, although the same certificate with other words in place of '
        f"its names {is_refused} ({identity.beside})"
    )


def _answered_as(
    own: Sequence[Exchange], imitated: Sequence[Exchange], *, unlike: Sequence[Exchange]
) -> bool:
    """Return whether the answers say what the imitated identity's say each time, and never what the control's do."""
    stable, got, others = contents(imitated), contents(own), contents(unlike)
    return len(imitated) > 1 and len(stable) == 1 and got == stable and not got & others


CHECK: Check = MistakenIdentity()
