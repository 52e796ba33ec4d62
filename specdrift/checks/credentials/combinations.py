"""Leaves out each credential that a requirement combines with the certificate, and tries its other alternatives.

Every other check leaves out the certificate. This one sends it, and leaves out, makes up or alters the API key or token
beside it. Each alternative of an OR has to suffice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess, must_be_admitted
from specdrift.checks.core.base import (
    Check,
    Conclusions,
    PlanContext,
    PlannedOperation,
)
from specdrift.checks.core.confirm import probe_ids, repeat
from specdrift.checks.core.credentials import ALTERED, CredentialChange, Variation
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
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
    **{change: f"with {words}" for change, words in ALTERED.items()},
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
        for planned in context.guarded:
            caller = _caller(context, planned)
            for variation in planned.variations:
                if variation.certificate and not caller:
                    continue
                if not variation.certificate and variation.change in ALTERED:
                    continue  # a credential that anyone can make
                yield Probe(
                    check=self.name,
                    operation=planned.key,
                    identity=caller if variation.certificate else ANONYMOUS.name,
                    connection=context.connection(context.tls[0]),
                    request=variation.request,
                    phase=Phase.MAIN,
                    variant=f"{variation.change} {variation.scheme}",
                    tag=ProbeTag(name=variation.change, subject=variation.scheme, per_subject=True),
                    why=_why(variation),
                )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat the requests that were admitted with incomplete credentials."""
        classifier = log.classifier()
        for planned in context.guarded:
            for change in INCOMPLETE:
                for entries in self._by_scheme(planned, change, classifier).values():
                    if _got(entries, classifier).outcome is Outcome.ADMITTED:
                        yield from repeat(entries[0].probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each credential that is not required, and for each alternative that does not suffice."""
        findings: list[Finding] = []
        skipped: list[Skipped] = []
        for planned in context.guarded:
            incomplete = {change: self._by_scheme(planned, change, classifier) for change in INCOMPLETE}
            others = self._by_scheme(planned, CredentialChange.OTHER_ALTERNATIVE, classifier)
            if not others and not any(incomplete.values()):
                continue
            assessment = assess(context, planned, classifier)
            if not (assessment.anonymous.outcome.refused and assessment.control.outcome is Outcome.ADMITTED):
                continue  # reported by another check, or no valid control to compare with
            findings += _not_required(assessment, incomplete, classifier)
            findings += _insufficient(assessment, others, classifier)
            skipped += self._undecidable(assessment, others, classifier)
        return Conclusions(findings=tuple(findings), skipped=tuple(skipped))

    def _by_scheme(
        self, planned: PlannedOperation, change: CredentialChange, classifier: Classifier
    ) -> dict[str, list[Exchange]]:
        """The exchanges of an operation with one kind of change, by the scheme that was changed."""
        exchanges: dict[str, list[Exchange]] = {}
        for identity in classifier.log.identities:
            for exchange in classifier.log.of(self.name, planned.key, identity):
                if (tag := exchange.probe.tag) and tag.name == change:
                    exchanges.setdefault(tag.subject, []).append(exchange)
        return exchanges

    def _undecidable(
        self, assessment: OperationAssessment, others: ByScheme, classifier: Classifier
    ) -> Iterator[Skipped]:
        """Alternatives rejected by the application: the credential or the document may be wrong."""
        for scheme, entries in others.items():
            got = _got(entries, classifier)
            if got.outcome.refused and not got.classification.certificate:
                because = got.classification.reason
                reason = f"{scheme} is refused ({because}): its value may be wrong, or it is not enough"
                yield Skipped(
                    check=self.name,
                    operation=assessment.operation.key,
                    kind=SkipReason.UNDECIDABLE,
                    reason=reason,
                )


def _why(variation: Variation) -> str:
    if variation.change is CredentialChange.OTHER_ALTERNATIVE:
        return "whether another alternative suffices"
    return "whether every member of the requirement is required"


def _not_required(
    assessment: OperationAssessment, incomplete: Mapping[CredentialChange, ByScheme], classifier: Classifier
) -> Iterator[Finding]:
    reported: set[str] = set()
    for change, by_scheme in incomplete.items():
        for scheme, entries in by_scheme.items():
            got = _got(entries, classifier)
            if scheme in reported or got.outcome is not Outcome.ADMITTED:
                continue
            reported.add(scheme)  # a credential that may be missing may be made up as well
            caller = entries[0].probe.identity
            sometimes = " on some attempts" if not got.unanimous else ""
            how = INCOMPLETE[change].format(scheme=scheme)
            yield Finding(
                rule=RULE,
                operation=assessment.operation.key,
                identity=caller,
                message=f'"{caller}" is admitted {how}{sometimes}, which the document demands '
                f"beside the certificate: {got.classification.reason}.",
                confidence=confidence(assessment, got),
                probes=probe_ids(got.probes, assessment.control.probes),
                subject=scheme,
            )


def _insufficient(
    assessment: OperationAssessment, others: ByScheme, classifier: Classifier
) -> Iterator[Finding]:
    """Alternatives without a certificate, rejected because of the certificate."""
    for scheme, entries in others.items():
        got = _got(entries, classifier)
        anonymous = entries[0].probe.identity == ANONYMOUS.name
        if anonymous and got.outcome.refused and got.classification.certificate:
            yield Finding(
                rule=MTLS_OVER_ENFORCED,
                operation=assessment.operation.key,
                identity=ANONYMOUS.name,
                message=f"A caller with {scheme} and no client certificate is refused ({got.classification.reason}), "
                f"although the document admits callers with {scheme} alone.",
                confidence=confidence(assessment, got),
                probes=probe_ids(got.probes, assessment.control.probes),
                subject=scheme,
            )


def _got(entries: Iterable[Exchange], classifier: Classifier) -> CombinedClassification:
    return combine((exchange, classifier.compared(exchange)) for exchange in entries)


def _caller(context: PlanContext, planned: PlannedOperation) -> str:
    """Return the identity that should be admitted with the credentials of the operation's request, or empty."""
    suited = (
        i.name for i in context.accepted if must_be_admitted(i, planned) and i.name not in planned.tokens
    )
    return next(suited, "")


CHECK: Check = Combinations()
