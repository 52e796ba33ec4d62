"""Looks for administration and leaks at the configured listeners beside the target, without a certificate.

An administration interface often has a port of its own (CVE-2019-11248). A listener that answers a path that does not
exist is asked for those of the curated list that administer or leak. None gets a certificate or a credential.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from specdrift.checks.core.base import AlternateEndpoint, Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import is_confirmed, repeat
from specdrift.checks.undocumented.candidates import EndpointCandidate, plain
from specdrift.checks.undocumented.endpoint_answers import EndpointEvidence, evidence_of
from specdrift.checks.undocumented.wordlist import SEVERITY, WORDLIST
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Connection, Control, Phase, Probe, ProbeTag, Request
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import Undocumented
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT

PATHS = tuple(path for path, kind in WORDLIST.items() if SEVERITY[kind] is Severity.ERROR)
SOURCE = "a configured listener"
Answers = dict[ProbeTag, list[Exchange]]


class OtherListenersCheck(Struct, frozen=True):
    """The curated list at each further listener of the owner."""

    name: str = "undocumented-elsewhere"
    rules: frozenset[str] = frozenset({UNDOCUMENTED_ENDPOINT})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Request a path that does not exist at each listener."""
        for listener in _listeners(context):
            missing = f"/{context.nonce}"
            yield self._probe(listener, missing, _tag(listener, "", Control.NEGATIVE), "is a listener there?")

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Request the list where one answers, and repeat what is there."""
        answers = self._answers(log)
        for listener in _listeners(context):
            control = _control(answers, listener)
            for candidate in _candidates(context) if control else ():
                tag = _tag(listener, candidate.target)
                probe = self._probe(listener, candidate.target, tag, candidate.why)
                yield probe
                if any(_is_there(candidate, exchange, control) for exchange in answers.get(tag, ())):
                    yield from repeat(probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each path at each listener."""
        answers, findings, found = self._answers(classifier.log), [], []
        for listener in _listeners(context):
            control = _control(answers, listener)
            for candidate in _candidates(context) if control else ():
                exchanges = answers.get(_tag(listener, candidate.target), [])
                if is_confirmed(exchanges) and all(_is_there(candidate, each, control) for each in exchanges):
                    findings.append(_finding(listener, candidate, exchanges))
                    found.append(_entry(listener, candidate, exchanges))
        return Conclusions(findings=tuple(findings), undocumented=tuple(found))

    def _probe(self, listener: AlternateEndpoint, target: str, tag: ProbeTag, why: str) -> Probe:
        return Probe(
            check=self.name,
            operation=None,
            identity=ANONYMOUS.name,
            connection=Connection(endpoint=listener.endpoint),
            request=Request(method="GET", target=target),
            phase=Phase.MAIN,
            variant=tag.subject,
            tag=tag,
            why=why,
        )

    def _answers(self, log: ExchangeLog) -> Answers:
        answers: Answers = defaultdict(list)
        for exchange in log.by_check(self.name):
            if exchange.probe.tag is not None:
                answers[exchange.probe.tag].append(exchange)
        return answers


def _listeners(context: PlanContext) -> tuple[AlternateEndpoint, ...]:
    """Return those at another place than the target, each at one of its addresses."""
    own = context.endpoint
    others = {
        (other.endpoint.host, other.endpoint.port, other.endpoint.tls): other
        for other in reversed(context.alternate_endpoints)
        if other.of_owner and (other.endpoint.host, other.endpoint.port) != (own.host, own.port)
    }
    return tuple(others.values()) if context.with_wordlist and not context.only_changed else ()


def _candidates(context: PlanContext) -> Iterator[EndpointCandidate]:
    for path in PATHS:
        if not context.documented("GET", path):
            yield plain(context, path, why=f"is {path} there?")


def _tag(listener: AlternateEndpoint, target: str, control: Control | None = None) -> ProbeTag:
    return ProbeTag(name="GET", subject=f"GET {_url(listener, target)}", control=control)


def _url(listener: AlternateEndpoint, target: str) -> str:
    scheme = "https" if listener.endpoint.tls else "http"
    return f"{scheme}://{listener.endpoint.authority}{target}"


def _control(answers: Answers, listener: AlternateEndpoint) -> Sequence[HttpFacts]:
    """Return the answer for what does not exist; empty if there is none."""
    control = answers.get(_tag(listener, "", Control.NEGATIVE), ())
    return [each.observation.http for each in control if each.observation.http]


def _is_there(candidate: EndpointCandidate, exchange: Exchange, control: Sequence[HttpFacts]) -> bool:
    return evidence_of(candidate, exchange, control, valid=False) is EndpointEvidence.ADMITTED


def _finding(
    listener: AlternateEndpoint, candidate: EndpointCandidate, exchanges: Sequence[Exchange]
) -> Finding:
    place = f"GET {_url(listener, candidate.target)}"
    return Finding(
        rule=UNDOCUMENTED_ENDPOINT,
        severity=SEVERITY[candidate.kind],
        message=f"{place} answers {_status(exchanges)} to callers without a certificate, at {SOURCE}, and the document "
        f"does not have it (it {candidate.kind}).",
        identity=ANONYMOUS.name,
        confidence=Confidence.HIGH,
        probes=tuple(exchange.probe.id for exchange in exchanges),
        subject=place,
    )


def _entry(
    listener: AlternateEndpoint, candidate: EndpointCandidate, exchanges: Sequence[Exchange]
) -> Undocumented:
    return Undocumented(
        method="GET",
        path=_url(listener, candidate.target),
        kind=candidate.kind.value,
        status=_status(exchanges),
        admitted=(ANONYMOUS.name,),
        probes=tuple(exchange.probe.id for exchange in exchanges),
        source=SOURCE,
    )


def _status(exchanges: Sequence[Exchange]) -> int:
    http = exchanges[0].observation.http
    return http.status if http else 0


CHECK: Check = OtherListenersCheck()
