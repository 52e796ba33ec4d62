"""Finds valid certificates that the application confuses with another identity.

Their names parse in two ways, or the victim's certificate follows the client's own (as in CVE-2023-2422). The verifier
accepts them. The application must treat them like their control, not like the imitated identity.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.checks.core.assessment import must_be_refused
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import repeat
from specdrift.checks.core.measure import contents
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED


@dataclass(frozen=True, slots=True)
class MistakenIdentity:
    """Imitating certificates, their controls, and the imitated identities again."""

    name: str = "mistaken-identity"
    rules: frozenset[str] = frozenset({INVALID_CERTIFICATE_ACCEPTED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each guarded operation as each imitator, its control and the imitated identity."""
        for planned in context.guarded:
            imitators = _imitators(planned, context)
            pairs = ((i.imitates, name) for i in imitators for name in (i.imitates, i.beside, i.name))
            for imitated, caller in dict.fromkeys(pairs):
                yield Probe(
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

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat apparent confusions on fresh connections, and their controls: answers may differ by chance."""
        classifier = log.classifier()
        for planned in context.guarded:
            for identity in _imitators(planned, context):
                exchanges = self._of(planned, identity.name, identity.imitates, log)
                if len(exchanges) == 1 and self._finding(planned, identity, context, classifier):
                    control = self._of(planned, identity.beside, identity.imitates, log)
                    for exchange in (*exchanges, *control[:1]):
                        yield from repeat(exchange.probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and profile."""
        findings: dict[tuple[object, str], Finding] = {}
        for planned in context.guarded:
            for identity in _imitators(planned, context):
                if finding := self._finding(planned, identity, context, classifier):
                    findings.setdefault((planned.key, identity.profile), finding)
        return Conclusions(findings=tuple(findings.values()))

    def _finding(
        self,
        planned: PlannedOperation,
        identity: ClientIdentity,
        context: PlanContext,
        classifier: Classifier,
    ) -> Finding | None:
        own, control, imitated = (
            self._exchanges(planned, name, identity.imitates, classifier.log)
            for name in (identity.name, identity.beside, identity.imitates)
        )
        combined, beside = self._combined(own, classifier), self._combined(control, classifier)
        admitted = combined.outcome is Outcome.ADMITTED and combined.unanimous
        if not admitted or self._combined(imitated, classifier).outcome is not Outcome.ADMITTED:
            return None
        if beside.outcome.refused:
            how, confidence = f"is admitted, although {identity.beside} is refused", Confidence.HIGH
        elif beside.outcome is Outcome.ADMITTED and _answered_as(own, imitated, unlike=control):
            how, confidence = (
                f"gets the same data as {identity.imitates}, unlike {identity.beside}",
                Confidence.MEDIUM,
            )
        else:
            return None
        return Finding(
            rule=INVALID_CERTIFICATE_ACCEPTED,
            operation=planned.key,
            identity=identity.name,
            profile=identity.profile,
            message=f"{_who(identity, context)} {how}. {identity.in_short}".rstrip(),
            confidence=confidence,
            probes=tuple(exchange.probe.id for exchange in (*own, *control, *imitated)),
        )

    def _exchanges(
        self, planned: PlannedOperation, name: str, imitated: str, log: ExchangeLog
    ) -> list[Exchange]:
        """Return the requests of a caller with the values of the imitated identity."""
        same = planned.has_same_values or name == imitated
        plain = log.of(CERTIFICATE, planned.key, name) if same else ()
        return [*self._of(planned, name, imitated, log), *plain]

    def _of(self, planned: PlannedOperation, name: str, imitated: str, log: ExchangeLog) -> list[Exchange]:
        tag, found = _tag(planned, imitated), log.of(self.name, planned.key, name)
        return [exchange for exchange in found if exchange.probe.tag == tag]

    def _combined(self, entries: list[Exchange], classifier: Classifier) -> CombinedClassification:
        return combine((exchange, classifier.compared(exchange)) for exchange in entries)


def _tag(planned: PlannedOperation, imitated: str) -> ProbeTag | None:
    """Name the identity whose values are sent; ``None`` if all identities send the same."""
    return None if planned.has_same_values else ProbeTag(name=imitated)


def _who(identity: ClientIdentity, context: PlanContext) -> str:
    if context.identities[identity.beside].is_control:
        return f'"{identity.beside}", with the certificate of "{identity.imitates}" after its own chain,'
    return f"A certificate of profile {identity.profile}"


def _imitators(planned: PlannedOperation, context: PlanContext) -> list[ClientIdentity]:
    """The imitators that can get more on this operation than their control.

    Of two configured identities that imitate each other, the one that lacks the role; the first if both may call it.
    """
    chosen: dict[object, ClientIdentity] = {}
    for identity in context.identities.values():
        if identity.imitates and not must_be_refused(context.identities[identity.imitates], planned):
            configured = context.identities[identity.beside].is_control
            pair = frozenset((identity.beside, identity.imitates)) if configured else identity.name
            chosen.setdefault(pair, identity)
    return list(chosen.values())


def _answered_as(own: list[Exchange], imitated: list[Exchange], *, unlike: list[Exchange]) -> bool:
    """Return whether the answers say what the imitated identity's say each time, and never what the control's do."""
    stable, got, others = contents(imitated), contents(own), contents(unlike)
    return len(imitated) > 1 and len(stable) == 1 and got == stable and not got & others


CHECK: Check = MistakenIdentity()
