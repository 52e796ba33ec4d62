"""Leaves out one member after the other of what a requirement asks for together, and tries its other alternatives.

The certificate alone is left out by every other check. Here it is there, and the API key or token beside it is not, or
is one that nobody has. The alternatives of an OR each have to be enough.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, expected_in, presence
from specdrift.checks.core.base import (
    CONFIRMATIONS,
    Check,
    Conclusions,
    CredentialChange,
    PlanContext,
    PlannedOperation,
)
from specdrift.classify.exchange_log import Classifier, Exchange, ExchangeLog
from specdrift.classify.fold import Folded, fold
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Outcome

RULE = "combination-not-enforced"
OVER_ENFORCED = "mtls-over-enforced"
WORDS = {
    CredentialChange.LEFT_OUT: "without {scheme}",
    CredentialChange.MADE_UP: "with a made-up value for {scheme}",
}


@dataclass(frozen=True, slots=True)
class Combinations:
    """Every member of an AND, every alternative of an OR."""

    name: str = "combinations"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each variation once, as the identity whose credentials the requests carry."""
        for subject in context.guarded:
            caller = _caller(context, subject)
            for variation in subject.variations:
                if variation.certificate and not caller:
                    continue
                yield Probe(
                    check=self.name,
                    operation=subject.key,
                    identity=caller if variation.certificate else ANONYMOUS.name,
                    connection=context.connection(context.tls[0]),
                    request=variation.request,
                    phase=Phase.MAIN,
                    variant=f"{variation.lack.value} {variation.scheme}",
                    why="whether another alternative is enough"
                    if variation.lack is CredentialChange.NOTHING
                    else "whether every member of the requirement is needed",
                )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """What got in with too little, on fresh connections."""
        reader = evidence.reader()
        for subject in context.guarded:
            for variant, entries in self._by_variant(subject, reader).items():
                if (
                    not variant.startswith(CredentialChange.NOTHING)
                    and _got(entries, reader).outcome is Outcome.ADMITTED
                ):
                    probe = entries[0].probe
                    fresh = replace(probe.connection, reuse=Reuse.FRESH)
                    for attempt in range(2, 2 + CONFIRMATIONS):
                        yield replace(probe, connection=fresh, phase=Phase.CONFIRM, attempt=attempt)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each member that is not needed; what an alternative got where it is not enough."""
        findings: list[Finding] = []
        skipped: list[Skipped] = []
        for subject in context.guarded:
            variants = self._by_variant(subject, reader)
            if not variants:
                continue
            state = presence(context, subject, reader)
            if not (state.anonymous.outcome.refused and state.control.outcome is Outcome.ADMITTED):
                continue  # said already, or nothing to hold it against
            findings += _members(state, variants, reader)
            findings += _alternatives(state, variants, reader)
            skipped += self._refused(state, variants, reader)
        return Conclusions(findings=tuple(findings), skipped=tuple(skipped))

    def _by_variant(self, subject: PlannedOperation, reader: Classifier) -> dict[str, list[Exchange]]:
        """The exchanges of each variation of an operation."""
        variants: dict[str, list[Exchange]] = {}
        for identity in reader.evidence.identities:
            for seen in reader.evidence.of(self.name, subject.key, identity):
                variants.setdefault(seen.probe.variant, []).append(seen)
        return variants

    def _refused(
        self, state: OperationAssessment, variants: dict[str, list[Exchange]], reader: Classifier
    ) -> Iterator[Skipped]:
        """Alternatives that an application refuses: whether the credential or the document is wrong, it cannot tell."""
        for variant, entries in variants.items():
            got = _got(entries, reader)
            if (
                variant.startswith(CredentialChange.NOTHING)
                and got.outcome.refused
                and not got.reading.certificate
            ):
                way = variant.removeprefix(f"{CredentialChange.NOTHING} ")
                reason = (
                    f"{way} is refused ({got.reading.reason}): its value may be wrong, or it is not enough"
                )
                yield Skipped(check=self.name, operation=state.operation.key, reason=reason)


def _members(
    state: OperationAssessment, variants: dict[str, list[Exchange]], reader: Classifier
) -> Iterator[Finding]:
    told: set[str] = set()
    for lack, words in WORDS.items():
        for variant, entries in variants.items():
            scheme = variant.removeprefix(f"{lack} ")
            got = _got(entries, reader)
            if scheme == variant or scheme in told or got.outcome is not Outcome.ADMITTED:
                continue
            told.add(scheme)  # what may be missing may be made up as well
            caller = entries[0].probe.identity
            sometimes = " on some attempts" if not got.unanimous else ""
            yield Finding(
                rule=RULE,
                operation=state.operation.key,
                identity=caller,
                message=f'"{caller}" is admitted {words.format(scheme=scheme)}{sometimes}, which the document demands '
                f"beside the certificate: {got.reading.reason}.",
                confidence=confidence(state, got),
                probes=_probes(got, state),
                subject=scheme,
            )


def _alternatives(
    state: OperationAssessment, variants: dict[str, list[Exchange]], reader: Classifier
) -> Iterator[Finding]:
    """Ways in that need no certificate by the document, and where the refusal is about the certificate."""
    for variant, entries in variants.items():
        got = _got(entries, reader)
        nobody = entries[0].probe.identity == ANONYMOUS.name
        if (
            variant.startswith(CredentialChange.NOTHING)
            and nobody
            and got.outcome.refused
            and got.reading.certificate
        ):
            way = variant.removeprefix(f"{CredentialChange.NOTHING} ")
            yield Finding(
                rule=OVER_ENFORCED,
                operation=state.operation.key,
                identity=ANONYMOUS.name,
                message=f"A caller with {way} and no client certificate is refused ({got.reading.reason}), "
                f"although the document lets callers in with {way} alone.",
                confidence=confidence(state, got),
                probes=_probes(got, state),
                subject=way,
            )


def _got(entries: Iterable[Exchange], reader: Classifier) -> Folded:
    return fold((seen, reader.compared(seen)) for seen in entries)


def _probes(got: Folded, state: OperationAssessment) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*got.probes, *state.control.probes)))


def _caller(context: PlanContext, subject: PlannedOperation) -> str:
    """The identity that should get in with the credentials of the operation's request; empty without one."""
    suited = (i.name for i in context.accepted if expected_in(i, subject) and i.name not in subject.tokens)
    return next(suited, "")


CHECK: Check = Combinations()
