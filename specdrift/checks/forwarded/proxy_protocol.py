"""Begins connections with a header of the PROXY protocol, which claims another address or a verified certificate.

A listener that reads it from anybody lets each client say where it comes from, and in version 2 that its certificate
was verified (PP2_TYPE_SSL). One operation gets one header of each version first. Where the handshake (without TLS: the
request) goes on behind it, a few get all headers; all get those that opened one of them. The same header with a public
address shows whether the claimed one decides; the same request without a header, whether the place is open anyway.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from msgspec.structs import replace

from specdrift.checks.bypass.attempts.attempt_confirmation import Confirmation
from specdrift.checks.bypass.attempts.attempt_planning import AttemptPlan
from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, fresh, ids_of, probe_ids
from specdrift.checks.forwarded.claim import common_name_of
from specdrift.checks.forwarded.elsewhere import ClaimPlace, request_at
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import Sharing, as_sent, companion, first_exchanges
from specdrift.classify.combined import weakest
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import spread
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Connection, Control, Phase, Probe
from specdrift.model.exchange.proxy_header import ProxyHeader, ProxyVersion
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

NAME, RULE = "proxy-protocol", "proxy-protocol-trusted"
INTERNAL = ("10.0.0.5", "127.0.0.1", "192.168.0.5", "::1")
"""Addresses of internal networks (RFC 1918) and of the server itself."""
PUBLIC = "203.0.113.7"
"""An address for documentation (RFC 5737)."""
FEW = 3
"""Operations that get all headers."""
MOST_PLACES = 8
NOT_HTTP = frozenset({400, 405, 501, 505})
"""Answers of listeners that take the header for a request, or its first word for a method."""


def _places(context: PlanContext) -> Iterator[ClaimPlace]:
    """The target, and further listeners of its owner."""
    own = context.endpoint
    yield ClaimPlace(words="", connection=context.connection(context.tls[0]))
    others = [
        alternate
        for alternate in context.alternate_endpoints
        if alternate.of_owner and (alternate.endpoint.host, alternate.endpoint.port) != (own.host, own.port)
    ]
    for alternate in others[:MOST_PLACES]:
        yield ClaimPlace(
            words=f" at {alternate.url} {alternate.endpoint.address}".rstrip(),
            connection=Connection(endpoint=alternate.endpoint),
            base_path=alternate.base_path,
            has_credentials=alternate.endpoint.tls,
        )


def headers(version: ProxyVersion, common_name: str) -> tuple[ProxyHeader, ...]:
    """Return the headers of a version, the one that is sent first at its beginning."""
    sources = [ProxyHeader(version=version, source=source) for source in (*INTERNAL, "")]
    if version is ProxyVersion.V1 or not common_name:
        return tuple(sources)
    return (*sources, ProxyHeader(version=version, source=PUBLIC, common_name=common_name))


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """One header of each version for one operation at each place; what they unlock for the others."""
    few, others = spread(context.guarded, FEW)
    for place in _places(context) if few else ():
        for version in ProxyVersion:
            first = _attempt(context, few[0], place, headers(version, "")[0])
            yield first
            for planned in few:
                for header in headers(version, _common_name(context, planned)):
                    attempt = _attempt(context, planned, place, header)
                    if as_sent(attempt) != as_sent(first):
                        yield replace(attempt, requires=_read(attempt))
            for planned in others:
                for header in headers(version, _common_name(context, planned)):
                    attempt = _attempt(context, planned, place, header)
                    yield replace(attempt, requires=attempt.unlocks, unlocks="")


def _common_name(context: PlanContext, planned: PlannedOperation) -> str:
    """Return the common name of an identity that may call the operation."""
    identity = context.identities.get(companion(planned, context))
    return common_name_of(identity) if identity else ""


def _attempt(
    context: PlanContext, planned: PlannedOperation, place: ClaimPlace, header: ProxyHeader
) -> BypassAttempt:
    request = request_at(context, planned, place)
    base = context.base_of(planned) if place.base_path is None else place.base_path
    # Names of certificates differ by operation.
    kind = f"{header.version} {header.source} {'certificate' if header.common_name else ''}".rstrip()
    return BypassAttempt(
        planned=planned,
        name=f"PROXY {header.words}{place.words}",
        words=header.words,
        request=request,
        negative_control=replace(request, target=f"{base}/{context.nonce}"),
        connection=replace(place.connection, proxy=header),
        cause=f"{'certificate' if header.common_name else 'address'}{place.words}",
        # It is not known which certificates are valid elsewhere.
        positive_control=PositiveControl.IMPOSSIBLE if place.words else PositiveControl.SENT,
        unlocks=f"{kind}{place.words}",
    )


def _read(attempt: BypassAttempt) -> str:
    """Return the key that a listener unlocks which reads headers of this version."""
    header, endpoint = attempt.connection.proxy, attempt.connection.endpoint
    return f"read {header.version if header else ''} {endpoint.authority} {endpoint.address}"


def _goes_on(exchange: Exchange) -> bool:
    """Return whether the listener went on behind the header: with a ServerHello, or an answer to the request."""
    observation = exchange.observation
    if exchange.probe.connection.endpoint.tls:
        return bool(observation.tls.version)
    return observation.http is not None and observation.http.status not in NOT_HTTP


def _in_public(attempt: BypassAttempt) -> Connection:
    """Return the connection whose header claims a public address and no certificate."""
    header = attempt.connection.proxy
    assert header is not None  # noqa: S101 - every attempt has one
    return replace(attempt.connection, proxy=replace(header, source=PUBLIC, common_name=""))


def _describe(found: Sequence[BypassAttempt]) -> str:
    words = "; or ".join(dict.fromkeys(attempt.words for attempt in found))
    place = found[0].name.removeprefix(f"PROXY {found[0].words}")
    return f"when its connection{place} begins with a PROXY header ({words})"


class ProxyProtocol(BypassCheck, frozen=True, kw_only=True):
    """A bypass check that sends most headers only to listeners that read one."""

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """All headers where one was read, and the controls of each that seems to arrive."""
        yield from BypassCheck.follow_up(self, context, log)
        sent = first_exchanges(log.by_check(NAME))
        every = list(AttemptPlan(self, context).all())
        tried = [attempt for attempt in every if as_sent(attempt) in sent]
        read = {_read(attempt) for attempt in tried if _goes_on(sent[as_sent(attempt)])}
        yield from (
            replace(self.probe(attempt), phase=Phase.CONFIRM) for attempt in every if attempt.requires in read
        )
        confirmation = Confirmation(self, context, log.classifier())
        for attempt in tried:
            if confirmation.arrives(attempt):
                yield self._control(attempt, Control.NOISE, _in_public(attempt), "with a public address")
                plain = replace(attempt.connection, proxy=None)
                yield self._control(attempt, Control.BASELINE, plain, "without a PROXY header")

    def _control(self, attempt: BypassAttempt, control: Control, connection: Connection, words: str) -> Probe:
        return replace(
            fresh(replace(self.probe(attempt), connection=connection)),
            control=True,
            variant=f"{attempt.name} {control}",
            tag=as_control(attempt.tag, control),
            why=f"{control} control: the same request {words}",
        )


def _is_closed_without_header(attempt: BypassAttempt, classifier: Classifier) -> bool:
    """Return whether the place is not open without a header."""
    baseline = _controls_of(attempt, Control.BASELINE, classifier.log)
    return bool(baseline) and not any(
        classifier.compared(one).outcome is Outcome.ADMITTED for one in baseline
    )


def _controls_of(attempt: BypassAttempt, control: Control, log: ExchangeLog) -> list[Exchange]:
    tag = as_control(attempt.tag, control)
    exchanges = log.of(NAME, attempt.planned.key, ANONYMOUS.name)
    return [exchange for exchange in exchanges if exchange.probe.tag == tag]


def _with_what_decides(finding: Finding, attempt: BypassAttempt, classifier: Classifier) -> Finding:
    """Add what decides, and that a listener may trust the computer of the run."""
    noise = _controls_of(attempt, Control.NOISE, classifier.log)
    outcomes = {classifier.compared(exchange).outcome for exchange in noise}
    message, confidence = f"{finding.message}{_deciding(attempt, outcomes)}", finding.confidence
    address = attempt.connection.endpoint.address
    if address and ip_address(address).is_loopback:
        confidence = weakest([confidence, Confidence.MEDIUM])
        message += f" The run is on the server's own computer ({address}), whose address it may trust."
    probes = probe_ids(finding.probes, ids_of(noise))
    return replace(finding, message=message, confidence=confidence, probes=probes)


def _deciding(attempt: BypassAttempt, outcomes: set[Outcome]) -> str:
    """Return what decides, by the outcomes of the same header with a public address and no certificate."""
    header = attempt.connection.proxy
    claimed = "certificate" if header and header.common_name else "address"
    if outcomes == {Outcome.ADMITTED}:
        return f" With source {PUBLIC} and no certificate it is admitted too: it is enough that a header is there."
    if outcomes and all(outcome.refused for outcome in outcomes):
        return f" With source {PUBLIC} and no certificate it is refused: the claimed {claimed} decides."
    return ""


CHECK: Check = ProxyProtocol(
    name=NAME,
    rule=RULE,
    why="whether the listener trusts a PROXY header of any client",
    attempts=attempts,
    describe=_describe,
    confirms=_is_closed_without_header,
    completed=_with_what_decides,
    sharing=Sharing.NONE,  # one operation stands for the listener
)
