"""Finds valid certificates that the application confuses with another identity.

Their names parse in two ways, or the victim's certificate follows the client's own (as in CVE-2023-2422). The verifier
accepts them. The application must treat them like their control, not like the imitated identity.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe
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
        imitators = [i for i in context.identities.values() if i.imitates]
        callers = dict.fromkeys(name for i in imitators for name in (i.imitates, i.beside, i.name))
        for planned in context.guarded:
            for caller in callers:
                yield Probe(
                    check=self.name,
                    operation=planned.key,
                    identity=caller,
                    connection=context.connection(context.tls[0]),
                    request=planned.request_for(caller),
                    phase=Phase.MAIN,
                    control=context.identities[caller].is_control,
                    why=context.identities[caller].about or "control of an imitating certificate",
                )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing more."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and profile."""
        findings: dict[tuple[object, str], Finding] = {}
        for planned in context.guarded:
            for identity in context.identities.values():
                if identity.imitates and (finding := self._finding(planned, identity, classifier)):
                    findings.setdefault((planned.key, identity.profile), finding)
        return Conclusions(findings=tuple(findings.values()))

    def _finding(
        self, planned: PlannedOperation, identity: ClientIdentity, classifier: Classifier
    ) -> Finding | None:
        own, control, imitated = (
            self._exchanges(planned, name, classifier)
            for name in (identity.name, identity.beside, identity.imitates)
        )
        combined, beside = self._combined(own, classifier), self._combined(control, classifier)
        if (
            combined.outcome is not Outcome.ADMITTED
            or self._combined(imitated, classifier).outcome is not Outcome.ADMITTED
        ):
            return None
        if beside.outcome.refused:
            how, confidence = f"is admitted, although {identity.beside} is refused", Confidence.HIGH
        elif beside.outcome is Outcome.ADMITTED and _answered_as(own, imitated, unlike=control):
            how, confidence = (
                f"gets the same bytes as {identity.imitates}, unlike {identity.beside}",
                Confidence.MEDIUM,
            )
        else:
            return None
        return Finding(
            rule=INVALID_CERTIFICATE_ACCEPTED,
            operation=planned.key,
            identity=identity.name,
            profile=identity.profile,
            message=f"A certificate of profile {identity.profile} {how}. {identity.in_short}".rstrip(),
            confidence=confidence,
            probes=tuple(exchange.probe.id for exchange in (*own, *control, *imitated)),
        )

    def _exchanges(self, planned: PlannedOperation, name: str, classifier: Classifier) -> list[Exchange]:
        checks = (self.name, CERTIFICATE)
        return [exchange for check in checks for exchange in classifier.log.of(check, planned.key, name)]

    def _combined(self, entries: list[Exchange], classifier: Classifier) -> CombinedClassification:
        return combine((exchange, classifier.compared(exchange)) for exchange in entries)


def _answered_as(own: list[Exchange], imitated: list[Exchange], *, unlike: list[Exchange]) -> bool:
    """Return whether the bodies equal the imitated identity's each time, and never the control's."""
    stable, bodies, others = _bodies(imitated), _bodies(own), _bodies(unlike)
    return len(imitated) > 1 and len(stable) == 1 and bodies == stable and not bodies & others


def _bodies(entries: list[Exchange]) -> set[str]:
    return {exchange.observation.http.body_sha256 for exchange in entries if exchange.observation.http}


CHECK: Check = MistakenIdentity()
