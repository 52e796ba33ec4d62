"""Whether a cookie that a client with a certificate was given replaces the certificate: a session stands for it.

The cookies of the first success with ``Set-Cookie`` are sent without a certificate to a few guarded operations. Cookies
of the same names with made-up values are the control: they must be refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specdrift.checks.core.assessment import assess, must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, probe_ids, repeat
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import spread
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.exchange.redirect import cookies_of, with_cookies
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Outcome

NAME, RULE = "session-cookie", "session-replaces-certificate"
FEW = 3
"""Guarded operations on which a cookie is tried; all with ``exhaustive``."""
Cookies = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SessionCookieCheck:
    """A cookie of one identity on a few operations, and made-up ones."""

    name: str = NAME
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:  # noqa: ARG002 - the answers have the cookies
        """Nothing: no answer has set a cookie yet."""
        return iter(())

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Send the cookies, and made-up ones; then repeat what is admitted."""
        owner, cookies = _issued(context, log)
        if owner is None:
            return
        made_up = {name: f"{context.nonce}{value[::-1]}" for name, value in cookies.items()}
        for planned in _operations(context, owner):
            yield self._probe(context, planned, owner, cookies, None)
            yield self._probe(context, planned, owner, made_up, Control.NEGATIVE)
        classifier = log.classifier()
        for exchange in list(log.by_check(self.name)):
            own = exchange.probe.phase is Phase.MAIN and not exchange.probe.control
            if own and classifier.compared(exchange).outcome is Outcome.ADMITTED:
                yield from repeat(exchange.probe)

    def _probe(
        self,
        context: PlanContext,
        planned: PlannedOperation,
        owner: ClientIdentity,
        cookies: Cookies,
        control: Control | None,
    ) -> Probe:
        tag = ProbeTag(name=self.name, subject=owner.name)
        words = "made-up cookies" if control else f'the cookies that "{owner.name}" was given'
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=with_cookies(planned.request, dict(cookies)),
            phase=Phase.MAIN,
            variant=words,
            tag=as_control(tag, control) if control else tag,
            control=control is not None,
            why="whether a session stands for the certificate",
        )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation that a session opens."""
        return Conclusions(findings=tuple(self._findings(context, classifier)))

    def _findings(self, context: PlanContext, classifier: Classifier) -> Iterator[Finding]:
        for planned in context.guarded:
            own, made_up = (
                self._got(planned, classifier, control=control) for control in (None, Control.NEGATIVE)
            )
            if own.outcome is not Outcome.ADMITTED or not own.unanimous or not made_up.outcome.refused:
                continue
            assessment = assess(context, planned, classifier)
            if not assessment.anonymous.outcome.refused:
                continue  # reported by another check
            yield Finding(
                rule=RULE,
                operation=planned.key,
                identity=ANONYMOUS.name,
                message="A client without a certificate is admitted with the cookies that a valid certificate was "
                f"given before ({own.classification.reason}), which the document does not declare. Made-up ones are "
                "refused.",
                confidence=own.classification.confidence,
                probes=probe_ids(own.probes, made_up.probes),
            )

    def _got(
        self, planned: PlannedOperation, classifier: Classifier, *, control: Control | None
    ) -> CombinedClassification:
        exchanges = classifier.log.of(self.name, planned.key, ANONYMOUS.name)
        return combine(
            (each, classifier.compared(each))
            for each in exchanges
            if each.probe.tag is not None and each.probe.tag.control is control
        )


def _issued(context: PlanContext, log: ExchangeLog) -> tuple[ClientIdentity | None, Cookies]:
    """Return the first valid identity to which a guarded operation gave cookies that may be a session, and these."""
    for identity in context.accepted:
        for planned in context.guarded:
            if not must_be_admitted(identity, planned):
                continue
            for exchange in log.of(CERTIFICATE, planned.key, identity.name):
                http = exchange.observation.http
                cookies = cookies_of(http) if http is not None and 200 <= http.status < 300 else {}
                if cookies:
                    return identity, cookies
    return None, {}


def _operations(context: PlanContext, owner: ClientIdentity) -> list[PlannedOperation]:
    """Return guarded GET operations that this identity may call, and that have no alternative without a certificate."""
    suited = [
        planned
        for planned in context.guarded
        if planned.request.method == "GET"
        and planned.operation.requirement.demand is Demand.REQUIRED
        and must_be_admitted(owner, planned)
    ]
    return suited if context.exhaustive else list(spread(suited, FEW)[0])


CHECK: Check = SessionCookieCheck()
