"""Forecasts what becomes of client certificates of public CAs when they are renewed: their renewals lose clientAuth.

The listener's answer to a certificate for servers only (profile ``wrong-eku``) is the forecast. If it is admitted, that
is a finding of its own (``invalid-certificate-accepted``), unless the configuration allows it for a while.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import assess
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import probe_ids, repeat
from specdrift.classify.combined import CombinedClassification, combine, weakest
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import Phase, Probe, Reuse
from specdrift.model.policy import Expect
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Outcome
from specdrift.rules.ids import RENEWAL_WITHOUT_CLIENT_AUTH

NAME = "renewal"
SERVER_ONLY = "wrong-eku"
"""The profile of a certificate as a public CA will issue it."""


class Renewal(Struct, frozen=True):
    """One finding for each valid identity of a public CA."""

    name: str = NAME
    rules: frozenset[str] = frozenset({RENEWAL_WITHOUT_CLIENT_AUTH})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Send the certificate for servers only to one operation, where no other check does so."""
        identity, planned = context.identities.get(SERVER_ONLY), _operation(context)
        if identity is None or not context.public_cas or not _is_allowed(identity) or planned is None:
            return
        yield Probe(
            check=self.name,
            operation=planned.key,
            identity=identity.name,
            connection=replace(context.connection(context.tls[0]), reuse=Reuse.FRESH),
            request=planned.request_for(identity.name),
            phase=Phase.MAIN,
            variant="for servers only",
            why="whether the server refuses what public CAs will issue",
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:  # noqa: ARG002
        """Repeat a probe that is not admitted."""
        classifier = log.classifier()
        for exchange in list(log.by_check(self.name)):
            first = exchange.probe.phase is Phase.MAIN
            if first and classifier.compared(exchange).outcome is not Outcome.ADMITTED:
                yield from repeat(exchange.probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """Report the identities whose renewals will be refused. The control of the profile must be admitted."""
        if not context.public_cas:
            return Conclusions()
        identity = context.identities.get(SERVER_ONLY)
        outcomes = list(_outcomes(context, identity, classifier)) if identity else []
        if not outcomes or any(outcome is None for outcome in outcomes):
            return Conclusions(skipped=(_skipped(context, has_profile=identity is not None),))
        refused = [outcome for outcome in outcomes if outcome is not None]
        if any(own.outcome is Outcome.ADMITTED for own, _ in refused):
            return Conclusions()
        return Conclusions(
            findings=tuple(_finding(name, which, refused) for name, which in context.public_cas.items())
        )


Pair = tuple[CombinedClassification, CombinedClassification]
"""The outcome of the certificate for servers only, and that of its control."""


def _is_allowed(identity: ClientIdentity) -> bool:
    return identity.expect is Expect.ACCEPTED


def _operation(context: PlanContext) -> PlannedOperation | None:
    return next((one for one in context.guarded if one.request.method == "GET"), None)


def _outcomes(
    context: PlanContext, identity: ClientIdentity, classifier: Classifier
) -> Iterator[Pair | None]:
    """Yield the outcome on each operation on which it is conclusive; ``None`` where no control was admitted."""
    control = _control(context, identity, classifier)
    for planned in context.guarded:
        assessment = assess(context, planned, classifier)
        own = assessment.by_identity[identity.name]
        if _is_allowed(identity):
            exchanges = classifier.log.of(NAME, planned.key, identity.name)
            own = combine((entry, classifier.compared(entry)) for entry in exchanges)
        if own.outcome is Outcome.ADMITTED:
            yield own, own
        elif own.outcome.refused and own.unanimous:
            yield (own, control) if control is not None else None


def _control(
    context: PlanContext, identity: ClientIdentity, classifier: Classifier
) -> CombinedClassification | None:
    """Return the admission of the profile's control: the same certificate with clientAuth."""
    for planned in context.guarded:
        found = assess(context, planned, classifier).by_identity.get(identity.beside)
        if found is not None and found.outcome is Outcome.ADMITTED:
            return found
    return None


def _finding(name: str, which: str, refused: Iterable[Pair]) -> Finding:
    own, control = next(iter(refused))
    return Finding(
        rule=RENEWAL_WITHOUT_CLIENT_AUTH,
        identity=name,
        message=f'The certificate of "{name}" is of a public CA, and the server refuses a certificate for servers only '
        f"({own.classification.reason}). It will refuse {which}.",
        confidence=weakest((own.classification.confidence, control.classification.confidence)),
        probes=probe_ids(own.probes, control.probes),
        subject=name,
    )


def _skipped(context: PlanContext, *, has_profile: bool) -> Skipped:
    names = ", ".join(context.public_cas)
    why = (
        "its refusal or its control is inconclusive"
        if has_profile
        else "needs the key of a test CA that the server trusts ([client-ca] key-file)"
    )
    reason = f"whether renewals of {names} without clientAuth are admitted: {why}"
    return Skipped(check=NAME, kind=SkipReason.NOT_AVAILABLE, reason=reason)


CHECK: Check = Renewal()
