"""Whether a cookie that a client with a certificate was given replaces the certificate: a session stands for it.

The cookies of the first success with ``Set-Cookie`` are sent without a certificate to a few guarded operations. Cookies
of the same names with made-up values must be refused: where they are not, no session is needed, only its name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from specdrift.checks.core.assessment import assess, must_be_admitted
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, probe_ids, repeat
from specdrift.checks.sharing.other_operations import few, not_established, on_all_operations
from specdrift.checks.sharing.representatives import first_exchanges
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag
from specdrift.model.exchange.redirect import cookies_of, with_cookies
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Outcome

NAME, RULE = "session-cookie", "session-replaces-certificate"
FEW = 3
"""Guarded operations on which a cookie is tried first; all once one admits it, and with ``exhaustive``."""
UNDECLARED = "undeclared-input"
"""The check that sends cookies of usual names."""
Cookies = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CookieAttempt:
    """The cookies of an identity on one operation, without its certificate."""

    planned: PlannedOperation
    tag: ProbeTag
    caller: ClientIdentity = ANONYMOUS
    requires: str = ""


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
        classifier = log.classifier()
        admitted = [
            exchange
            for exchange in log.by_check(self.name)
            if exchange.probe.phase is Phase.MAIN
            and classifier.compared(exchange).outcome is Outcome.ADMITTED
        ]
        for planned in _operations(on_all_operations(context) if admitted else context, owner):
            yield self._probe(context, planned, owner, cookies, None)
            yield self._probe(context, planned, owner, made_up, Control.NEGATIVE)
        for exchange in admitted:
            yield from repeat(exchange.probe)

    def _probe(
        self,
        context: PlanContext,
        planned: PlannedOperation,
        owner: ClientIdentity,
        cookies: Cookies,
        control: Control | None,
    ) -> Probe:
        tag = _tag(owner)
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
        """One finding for each operation that a session opens, and those that did not refuse it."""
        found = tuple(self._findings(context, classifier))
        return Conclusions(findings=found, undecided=tuple(_undecided(found, context, classifier)))

    def _findings(self, context: PlanContext, classifier: Classifier) -> Iterator[Finding]:
        for planned in context.guarded:
            own, made_up = (
                self._got(planned, classifier, control=control) for control in (None, Control.NEGATIVE)
            )
            if (
                not _is_always_admitted(own)
                or not assess(context, planned, classifier).anonymous.outcome.refused
            ):
                continue  # or reported by another check
            if made_up.outcome.refused:
                yield _finding(planned, own, made_up)
            elif _is_always_admitted(made_up) and not _is_any_cookie_admitted(planned, classifier):
                yield _finding_of_names(planned, made_up, own)

    def _got(
        self, planned: PlannedOperation, classifier: Classifier, *, control: Control | None
    ) -> CombinedClassification:
        exchanges = classifier.log.of(self.name, planned.key, ANONYMOUS.name)
        return combine(
            (each, classifier.compared(each))
            for each in exchanges
            if each.probe.tag is not None and each.probe.tag.control is control
        )


def _undecided(
    found: Sequence[Finding], context: PlanContext, classifier: Classifier
) -> Iterator[UndecidedOperation]:
    """Yield the operations of which it is not known whether the session opens them too."""
    owner, _ = _issued(context, classifier.log)
    if owner is None or not found:
        return
    opened = {finding.operation for finding in found}
    attempts = [
        CookieAttempt(planned, _tag(owner)) for planned in context.guarded if _may_suit(planned, owner)
    ]
    yield from not_established(
        [attempt for attempt in attempts if attempt.planned.key in opened],
        attempts,
        first_exchanges(classifier.log.by_check(NAME)),
        describe=lambda _: f'with the cookies that "{owner.name}" was given',
        absent=lambda _: (),
        context=context,
        classifier=classifier,
    )


def _tag(owner: ClientIdentity) -> ProbeTag:
    return ProbeTag(name=NAME, subject=owner.name)


def _is_always_admitted(got: CombinedClassification) -> bool:
    return got.outcome is Outcome.ADMITTED and not got.others


def _is_any_cookie_admitted(planned: PlannedOperation, classifier: Classifier) -> bool:
    """Return whether cookies of usual names are admitted too, which the check of undeclared inputs reports."""
    return any(
        any(name == "Cookie" for name, _ in each.probe.request.headers)
        and classifier.compared(each).outcome is Outcome.ADMITTED
        for each in classifier.log.of(UNDECLARED, planned.key, ANONYMOUS.name)
        if each.probe.request
    )


def _finding(
    planned: PlannedOperation, own: CombinedClassification, made_up: CombinedClassification
) -> Finding:
    return Finding(
        rule=RULE,
        operation=planned.key,
        identity=ANONYMOUS.name,
        message="A client without a certificate is admitted with the cookies that a valid certificate was "
        f"given before ({own.classification.reason}), which the document does not declare. Made-up ones are "
        "refused.",
        confidence=own.classification.confidence,
        probes=probe_ids(own.probes, made_up.probes),
    )


def _finding_of_names(
    planned: PlannedOperation, made_up: CombinedClassification, own: CombinedClassification
) -> Finding:
    return Finding(
        rule=RULE,
        severity=Severity.ERROR,
        operation=planned.key,
        identity=ANONYMOUS.name,
        message="A client without a certificate is admitted with made-up values of the cookies that the server sets "
        f"({made_up.classification.reason}): their names are enough.",
        confidence=made_up.classification.confidence,
        probes=probe_ids(made_up.probes, own.probes),
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
    """Return a few of the operations that a session may open, by GET; with ``exhaustive`` all, by any method."""
    suited = [planned for planned in context.guarded if _may_suit(planned, owner)]
    if context.exhaustive:
        return suited
    return few([planned for planned in suited if planned.request.method == "GET"], FEW, context)


def _may_suit(planned: PlannedOperation, owner: ClientIdentity) -> bool:
    """Return whether this identity may call the operation, and no caller without a certificate: a session is none."""
    return planned.operation.requirement.demand is Demand.REQUIRED and must_be_admitted(owner, planned)


CHECK: Check = SessionCookieCheck()
