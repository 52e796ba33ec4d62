"""Leaves out each credential that a requirement combines with the certificate, and tries its other alternatives.

Every other check leaves out the certificate. This one sends it, and leaves out or makes up the API key or token beside
it. Each alternative of an OR has to suffice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, expected_in, presence
from specdrift.checks.core.base import (
    Check,
    Conclusions,
    CredentialChange,
    PlanContext,
    PlannedOperation,
    Variation,
)
from specdrift.checks.core.confirm import probe_ids, repeat
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.fold import Folded, fold
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Outcome
from specdrift.rules.ids import MTLS_OVER_ENFORCED

RULE = "combination-not-enforced"
INCOMPLETE = {
    CredentialChange.LEFT_OUT: "without {scheme}",
    CredentialChange.MADE_UP: "with a made-up value for {scheme}",
}
"""Changes after which the credentials do not suffice, in words."""
ByScheme = Mapping[str, Sequence[Exchange]]


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
                    variant=f"{variation.change} {variation.scheme}",
                    tag=ProbeTag(name=variation.change, subject=variation.scheme, per_subject=True),
                    why=_why(variation),
                )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """Repeat the requests that were admitted with incomplete credentials."""
        reader = evidence.reader()
        for subject in context.guarded:
            for change in INCOMPLETE:
                for entries in self._by_scheme(subject, change, reader).values():
                    if _got(entries, reader).outcome is Outcome.ADMITTED:
                        yield from repeat(entries[0].probe)

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each credential that is not required, and for each alternative that does not suffice."""
        findings: list[Finding] = []
        skipped: list[Skipped] = []
        for subject in context.guarded:
            incomplete = {change: self._by_scheme(subject, change, reader) for change in INCOMPLETE}
            others = self._by_scheme(subject, CredentialChange.OTHER_ALTERNATIVE, reader)
            if not others and not any(incomplete.values()):
                continue
            state = presence(context, subject, reader)
            if not (state.anonymous.outcome.refused and state.control.outcome is Outcome.ADMITTED):
                continue  # reported by another check, or no valid control to compare with
            findings += _not_required(state, incomplete, reader)
            findings += _insufficient(state, others, reader)
            skipped += self._undecidable(state, others, reader)
        return Conclusions(findings=tuple(findings), skipped=tuple(skipped))

    def _by_scheme(
        self, subject: PlannedOperation, change: CredentialChange, reader: Classifier
    ) -> dict[str, list[Exchange]]:
        """The exchanges of an operation with one kind of change, by the scheme that was changed."""
        exchanges: dict[str, list[Exchange]] = {}
        for identity in reader.evidence.identities:
            for seen in reader.evidence.of(self.name, subject.key, identity):
                if (tag := seen.probe.tag) and tag.name == change:
                    exchanges.setdefault(tag.subject, []).append(seen)
        return exchanges

    def _undecidable(
        self, state: OperationAssessment, others: ByScheme, reader: Classifier
    ) -> Iterator[Skipped]:
        """Alternatives rejected by the application: the credential or the document may be wrong."""
        for scheme, entries in others.items():
            got = _got(entries, reader)
            if got.outcome.refused and not got.reading.certificate:
                reason = (
                    f"{scheme} is refused ({got.reading.reason}): its value may be wrong, or it is not enough"
                )
                yield Skipped(
                    check=self.name,
                    operation=state.operation.key,
                    kind=SkipReason.UNDECIDABLE,
                    reason=reason,
                )


def _why(variation: Variation) -> str:
    if variation.change is CredentialChange.OTHER_ALTERNATIVE:
        return "whether another alternative suffices"
    return "whether every member of the requirement is required"


def _not_required(
    state: OperationAssessment, incomplete: Mapping[CredentialChange, ByScheme], reader: Classifier
) -> Iterator[Finding]:
    reported: set[str] = set()
    for change, by_scheme in incomplete.items():
        for scheme, entries in by_scheme.items():
            got = _got(entries, reader)
            if scheme in reported or got.outcome is not Outcome.ADMITTED:
                continue
            reported.add(scheme)  # a credential that may be missing may be made up as well
            caller = entries[0].probe.identity
            sometimes = " on some attempts" if not got.unanimous else ""
            how = INCOMPLETE[change].format(scheme=scheme)
            yield Finding(
                rule=RULE,
                operation=state.operation.key,
                identity=caller,
                message=f'"{caller}" is admitted {how}{sometimes}, which the document demands '
                f"beside the certificate: {got.reading.reason}.",
                confidence=confidence(state, got),
                probes=probe_ids(got.probes, state.control.probes),
                subject=scheme,
            )


def _insufficient(state: OperationAssessment, others: ByScheme, reader: Classifier) -> Iterator[Finding]:
    """Alternatives without a certificate, rejected because of the certificate."""
    for scheme, entries in others.items():
        got = _got(entries, reader)
        anonymous = entries[0].probe.identity == ANONYMOUS.name
        if anonymous and got.outcome.refused and got.reading.certificate:
            yield Finding(
                rule=MTLS_OVER_ENFORCED,
                operation=state.operation.key,
                identity=ANONYMOUS.name,
                message=f"A caller with {scheme} and no client certificate is refused ({got.reading.reason}), "
                f"although the document lets callers in with {scheme} alone.",
                confidence=confidence(state, got),
                probes=probe_ids(got.probes, state.control.probes),
                subject=scheme,
            )


def _got(entries: Iterable[Exchange], reader: Classifier) -> Folded:
    return fold((seen, reader.compared(seen)) for seen in entries)


def _caller(context: PlanContext, subject: PlannedOperation) -> str:
    """The identity that should get in with the credentials of the operation's request; empty without one."""
    suited = (i.name for i in context.accepted if expected_in(i, subject) and i.name not in subject.tokens)
    return next(suited, "")


CHECK: Check = Combinations()
