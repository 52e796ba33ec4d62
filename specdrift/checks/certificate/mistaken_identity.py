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
        for subject in context.guarded:
            for caller in callers:
                yield Probe(
                    check=self.name,
                    operation=subject.key,
                    identity=caller,
                    connection=context.connection(context.tls[0]),
                    request=subject.request_for(caller),
                    phase=Phase.MAIN,
                    control=context.identities[caller].is_control,
                    why=context.identities[caller].about or "who an imitator is held against",
                )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterable[Probe]:  # noqa: ARG002
        """Nothing more."""
        return ()

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each family of imitators on each operation."""
        findings: dict[tuple[object, str], Finding] = {}
        for subject in context.guarded:
            for identity in context.identities.values():
                if identity.imitates and (finding := self._finding(subject, identity, reader)):
                    findings.setdefault((subject.key, identity.profile), finding)
        return Conclusions(findings=tuple(findings.values()))

    def _finding(
        self, subject: PlannedOperation, identity: ClientIdentity, reader: Classifier
    ) -> Finding | None:
        mine, like, victims = (
            self._seen(subject, name, reader) for name in (identity.name, identity.beside, identity.imitates)
        )
        got, other = self._folded(mine, reader), self._folded(like, reader)
        if (
            got.outcome is not Outcome.ADMITTED
            or self._folded(victims, reader).outcome is not Outcome.ADMITTED
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
            operation=subject.key,
            identity=identity.name,
            profile=identity.profile,
            message=f"A certificate of profile {identity.profile} {how}. {identity.in_short}".rstrip(),
            confidence=confidence,
            probes=tuple(seen.probe.id for seen in (*mine, *like, *victims)),
        )

    def _seen(self, subject: PlannedOperation, name: str, reader: Classifier) -> list[Exchange]:
        checks = (self.name, CERTIFICATE)
        return [seen for check in checks for seen in reader.evidence.of(check, subject.key, name)]

    def _folded(self, entries: list[Exchange], reader: Classifier) -> Folded:
        return fold((seen, reader.compared(seen)) for seen in entries)


def _answered_as(mine: list[Exchange], victims: list[Exchange], *, unlike: list[Exchange]) -> bool:
    """Whether the answers are to the byte what the victim gets each time, and never what the other gets."""
    stable, ours, others = _bodies(victims), _bodies(mine), _bodies(unlike)
    return len(victims) > 1 and len(stable) == 1 and ours == stable and not ours & others


def _bodies(entries: list[Exchange]) -> set[str]:
    return {seen.observation.http.body_sha256 for seen in entries if seen.observation.http}


CHECK: Check = MistakenIdentity()
