"""Finds invalid certificates that get what only valid ones get, where a certificate is optional. Pure.

Everybody may call such an operation. If it has more for valid certificates, an invalid one must get what no certificate
gets.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ids_of, repeat
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.resource import LEAK, NOTHING, Values, names_of
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Probe
from specdrift.model.exchange.values import data_of, weight
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import INVALID_CERTIFICATE_ACCEPTED

FEWEST = 2
"""Answers that show what stays the same."""
CONFIRMED = 3
"""Answers to an invalid certificate that all have it."""


class Optional(Struct, frozen=True):
    """Compares the answers that the certificate check has."""

    name: str = "optional"
    rules: frozenset[str] = frozenset({INVALID_CERTIFICATE_ACCEPTED})

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002 - the interface's
        """Plan nothing: the certificate check sends every caller's request."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat the requests without and with a valid certificate, and those of the invalid ones that seem to get what
        the valid one gets.
        """
        classifier = log.classifier()
        for planned in _optional(context):
            for identity in (ANONYMOUS, *context.accepted[:1]):
                yield from (
                    p for e in _sent(planned, identity, classifier)[:1] for p in repeat(e.probe, times=1)
                )
        for _, _, having in _suspected(context, classifier):
            if len(having) < CONFIRMED:
                yield from repeat(having[0].probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and certificate."""
        return Conclusions(
            findings=tuple(
                Finding(
                    rule=INVALID_CERTIFICATE_ACCEPTED,
                    operation=planned.key,
                    identity=identity.name,
                    profile=identity.profile or None,
                    message=f"{_words(identity)} gets data that callers without a certificate do not get, and a valid "
                    f"certificate does. {identity.in_short}".rstrip(),
                    confidence=Confidence.HIGH,
                    probes=tuple(ids_of(having)),
                )
                for planned, identity, having in _suspected(context, classifier)
                if len(having) >= CONFIRMED
            )
        )


def _words(identity: ClientIdentity) -> str:
    return f"A certificate of profile {identity.profile}" if identity.profile else f'"{identity.name}"'


def _suspected(
    context: PlanContext, classifier: Classifier
) -> Iterator[tuple[PlannedOperation, ClientIdentity, Sequence[Exchange]]]:
    """Yield the invalid certificates whose answers all have the data, with these answers."""
    for planned in _optional(context):
        private = _private(planned, context, classifier)
        for identity in context.refused if private else ():
            sent = _sent(planned, identity, classifier)
            if sent and all(_has_most(classifier.learned.values_of(each), private) for each in sent):
                yield planned, identity, sent


def _optional(context: PlanContext) -> Iterator[PlannedOperation]:
    demands = ((planned, planned.operation.requirement.demand) for planned in context.operations)
    return (planned for planned, demand in demands if planned.is_probed and demand is Demand.OPTIONAL)


def _private(planned: PlannedOperation, context: PlanContext, classifier: Classifier) -> Values:
    """Return the data that an identity gets each time, and no client without a certificate; nothing if they are few.

    An answer may say who presents a certificate, whether it is valid or not.
    """
    values_of = classifier.learned.values_of
    without = [values_of(each) for each in _sent(planned, ANONYMOUS, classifier)]
    if len(without) < FEWEST:
        return NOTHING
    known = NOTHING.union(*without) | names_of(context.identities.values())
    for identity in context.accepted:
        given = [values_of(each) for each in _sent(planned, identity, classifier)]
        if len(given) >= FEWEST:
            private = data_of(frozenset.intersection(*given) - known)
            if weight(private) >= LEAK:
                return private
    return NOTHING


def _has_most(values: Values, private: Values) -> bool:
    return 2 * weight(values & private) >= weight(private)


def _sent(planned: PlannedOperation, caller: ClientIdentity, classifier: Classifier) -> list[Exchange]:
    """Return the exchanges with a success, in an order of their own: a resumed run has them in another one."""
    sent = classifier.log.of(CERTIFICATE, planned.key, caller.name)
    succeeded = (each for each in sent if each.observation.http and each.observation.http.status < 300)
    return sorted(succeeded, key=lambda each: (each.probe.attempt, each.probe.id))


CHECK: Check = Optional()
