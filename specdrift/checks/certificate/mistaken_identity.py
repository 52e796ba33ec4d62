"""Finds bearers of a valid certificate who are taken for somebody else.

Names that parse two ways, and a victim's certificate sent along behind one's own (the class of CVE-2023-2422): the
certificate is valid, so the verifier lets it in. The application must give its bearer what it gives to the like of it,
not what the victim gets.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.classify.asked import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.fold import Folded, fold
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED


@dataclass(frozen=True, slots=True)
class MistakenIdentity:
    """Imitators, those they are held against, and the imitated once more."""

    name: str = "mistaken-identity"
    rules: frozenset[str] = frozenset({INVALID_CERTIFICATE_ACCEPTED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each guarded operation as each imitator, its like and its victim."""
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
                    why=context.identities[caller].about or "who an imitator is held against",
                )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing more."""
        return ()

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each family of imitators on each operation."""
        findings: dict[tuple[object, str], Finding] = {}
        for planned in context.guarded:
            for identity in context.identities.values():
                if identity.imitates and (finding := self._finding(planned, identity, classifier)):
                    findings.setdefault((planned.key, identity.profile), finding)
        return Conclusions(findings=tuple(findings.values()))

    def _finding(
        self, planned: PlannedOperation, identity: ClientIdentity, classifier: Classifier
    ) -> Finding | None:
        mine, like, victims = (
            self._seen(planned, name, classifier)
            for name in (identity.name, identity.beside, identity.imitates)
        )
        got, other = self._folded(mine, classifier), self._folded(like, classifier)
        if (
            got.outcome is not Outcome.ADMITTED
            or self._folded(victims, classifier).outcome is not Outcome.ADMITTED
        ):
            return None
        if other.outcome.refused:
            how, confidence = f"is admitted, although {identity.beside} is refused", Confidence.HIGH
        elif other.outcome is Outcome.ADMITTED and _answered_as(mine, victims, unlike=like):
            how, confidence = (
                f"gets the very answer of {identity.imitates}, unlike {identity.beside}",
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
            probes=tuple(exchange.probe.id for exchange in (*mine, *like, *victims)),
        )

    def _seen(self, planned: PlannedOperation, name: str, classifier: Classifier) -> list[Exchange]:
        checks = (self.name, CERTIFICATE)
        return [exchange for check in checks for exchange in classifier.log.of(check, planned.key, name)]

    def _folded(self, entries: list[Exchange], classifier: Classifier) -> Folded:
        return fold((exchange, classifier.compared(exchange)) for exchange in entries)


def _answered_as(mine: list[Exchange], victims: list[Exchange], *, unlike: list[Exchange]) -> bool:
    """Whether the answers are to the byte what the victim gets each time, and never what the other gets."""
    stable, ours, others = _bodies(victims), _bodies(mine), _bodies(unlike)
    return len(victims) > 1 and len(stable) == 1 and ours == stable and not ours & others


def _bodies(entries: list[Exchange]) -> set[str]:
    return {exchange.observation.http.body_sha256 for exchange in entries if exchange.observation.http}


CHECK: Check = MistakenIdentity()
