"""Sends guarded operations over HTTP/3, without a certificate and with an untrusted one.

A listener for QUIC has a TLS configuration of its own (RFC 9001). It is found by Alt-Svc (RFC 7838) in answers of the
target, or by ``server.http3``. A valid certificate is sent first: without its answer nothing is known of the listener.
"""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.http3_listeners import Http3Listener, as_alternative, elsewhere, listeners
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import refused_by_listener, spread
from specdrift.errors import extra_command
from specdrift.model.contract.hosts import is_address
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import HTTP_3, Connection, Control, Phase, Probe, ProbeTag
from specdrift.model.plural import plural
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.model.result.verdict import Outcome
from specdrift.rules.ids import ENFORCEMENT_INCONSISTENT

NAME = "http3"
FEW = 3
"""Operations sent first: where the QUIC handshake refuses a caller on all of them, the others are not sent."""
UNTRUSTED = ("untrusted-issuer", "self-signed", "impostor-issuer")
"""Profiles of the certificate that is sent, the preferred one first."""
MAX_NAMES = 4
NAMED = 3
"""Operations that a message names."""
WHY = "whether HTTP/3 bypasses the certificate"
INSTALL = f'Install it ({extra_command("http3")}), or exclude the listener: server.http3 = "never".'
REACH = (
    'Run it where the UDP port can be reached, name the listener (server.http3 = "host:port"), or exclude it: '
    'server.http3 = "never".'
)
BY_HAND = (
    'Request them by hand over HTTP/3 without a certificate, or exclude the listener: server.http3 = "never".'
)


class Http3Check(Struct, frozen=True, kw_only=True):
    """A bypass check whose listener may be found during the run."""

    name: str = NAME
    rules: frozenset[str] = frozenset({ENFORCEMENT_INCONSISTENT})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The first control at a configured listener."""
        if context.http3.listener is not None and context.http3.available:
            for listener in listeners(context, ()):
                yield from list(_controls(context, listener))[:1]

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """What the control of each listener allows, then what attempts that arrive need."""
        if not context.http3.available or not context.guarded:
            return
        found = listeners(context, log.by_id.values())
        for listener in found:
            yield from _probes(context, listener, log)
        if found:
            yield from _bypass(found).follow_up(context, log)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """The findings, and what is not known of each listener."""
        exchanges = classifier.log.by_id.values()
        found = listeners(context, exchanges) if context.guarded else ()
        if not found:
            return Conclusions(skipped=tuple(_elsewhere(context, exchanges)))
        findings = _bypass(found).judge(context, classifier)
        undecided = (
            entry for one in found for entry in _undecided(context, one, classifier, findings.findings)
        )
        nowhere = (one for one in found if _serves_nothing(context, one, classifier.log))
        skipped = (*findings.skipped, *_elsewhere(context, exchanges), *map(_nothing_there, nowhere))
        return replace(findings, undecided=tuple(undecided), skipped=skipped)


def _bypass(found: Sequence[Http3Listener]) -> BypassCheck:
    """Return the check of the attempts at these listeners."""
    return BypassCheck(
        name=NAME,
        rule=ENFORCEMENT_INCONSISTENT,
        why=WHY,
        attempts=lambda context: (a for one in found for a in attempts(context, one)),
        describe=_describe,
        sharing=Sharing.NONE,  # another listener has guards of its own
    )


def _describe(found: Sequence[BypassAttempt]) -> str:
    """Name the listener; the server names only where the target's own does not suffice."""
    where = f"over HTTP/3 at {found[0].cause}"
    if any(attempt.positive_control is PositiveControl.SENT for attempt in found):
        return where
    return where + ", or".join(_naming(attempt.connection.endpoint.server_name) for attempt in found)


def _naming(server_name: str) -> str:
    return f" with SNI {server_name}" if server_name else " without SNI"


def attempts(context: PlanContext, listener: Http3Listener) -> Iterator[BypassAttempt]:
    """Each operation as each caller; a few also with other server names."""
    for caller in _callers(context):
        for planned in _sendable(context):
            yield _attempt(context, listener, planned, caller=caller)
    for planned in few(_sendable(context), FEW, context):
        for sni in _names(context):
            yield _attempt(context, listener, planned, sni=sni)


def _sendable(context: PlanContext) -> list[PlannedOperation]:
    """The guarded operations that HTTP/3 can carry: it has no Upgrade (RFC 9114 §4.5)."""
    return [planned for planned in context.guarded if not planned.request.upgrades]


def _callers(context: PlanContext) -> tuple[ClientIdentity, ...]:
    """The anonymous client, and one untrusted certificate if there is any."""
    by_profile = {identity.profile: identity for identity in context.refused if identity.profile}
    untrusted = next((by_profile[profile] for profile in UNTRUSTED if profile in by_profile), None)
    return (ANONYMOUS, untrusted) if untrusted else (ANONYMOUS,)


def _names(context: PlanContext) -> Iterator[str]:
    """Server names that may select another TLS configuration (CVE-2026-53622); an empty one is not sent."""
    name = context.endpoint.server_name
    if name and not is_address(name):
        parent = name.partition(".")[2]
        yield ""
        others = [name.upper(), f"{name.removesuffix('.')}.", f"{context.nonce}.{name}"]
        others += [f"{context.nonce}.{parent}"] if "." in parent.strip(".") else []
        yield from (each for each in others if each != name)
    yield from context.names[:MAX_NAMES]


def _attempt(
    context: PlanContext,
    listener: Http3Listener,
    planned: PlannedOperation,
    *,
    caller: ClientIdentity = ANONYMOUS,
    sni: str | None = None,
) -> BypassAttempt:
    where = f"over HTTP/3 at {listener.where}{'' if sni is None else _naming(sni)}"
    request = as_alternative(context, listener.endpoint, planned.request)
    endpoint = listener.endpoint if sni is None else replace(listener.endpoint, server_name=sni)
    return BypassAttempt(
        planned=planned,
        name=where,
        words=where,
        request=request,
        negative_control=replace(request, target=f"{context.base_of(planned)}/{context.nonce}"),
        connection=Connection(endpoint=endpoint, alpn=HTTP_3, quic=True),
        cause=listener.where,
        # Another name may trust another CA.
        positive_control=PositiveControl.SENT if sni is None else PositiveControl.IMPOSSIBLE,
        caller=caller,
    )


def _controls(context: PlanContext, listener: Http3Listener) -> Iterator[Probe]:
    """A valid certificate on a few operations: safe ones, if there are any."""
    sendable = [planned for planned in _sendable(context) if _valid(context, planned)]
    safe = [planned for planned in sendable if planned.request.method in SAFE_METHODS]
    for planned in spread(safe, FEW)[0] or sendable[:1]:
        identity = _valid(context, planned)
        yield Probe(
            check=NAME,
            operation=planned.key,
            identity=identity,
            connection=Connection(endpoint=listener.endpoint, alpn=HTTP_3, quic=True),
            request=as_alternative(context, listener.endpoint, planned.request_for(identity)),
            phase=Phase.BEFORE,
            variant=f"control at {listener.where}",
            control=True,
            tag=ProbeTag(name=f"control at {listener.where}", control=Control.POSITIVE),
            why="whether the listener for HTTP/3 admits a valid certificate",
        )


def _valid(context: PlanContext, planned: PlannedOperation) -> str:
    return next((i.name for i in context.accepted if must_be_admitted(i, planned)), "")


def _probes(context: PlanContext, listener: Http3Listener, log: ExchangeLog) -> Iterator[Probe]:
    """One control; with its answer all controls and a few attempts; then the attempts that QUIC does not refuse."""
    controls = list(_controls(context, listener))
    yield from controls[:1]
    first = log.by_id.get(controls[0].id) if controls else None
    if first is None or first.observation.http is None:
        return
    yield from controls[1:]
    planned = {one.key for one in spread(_sendable(context), FEW)[0]}
    check = _bypass((listener,))
    refused = _refused_callers(context, listener, planned, log)
    for attempt in attempts(context, listener):
        if attempt.planned.key in planned or attempt.caller.name not in refused:
            yield check.probe(attempt)


def _refused_callers(
    context: PlanContext, listener: Http3Listener, planned: Iterable[object], log: ExchangeLog
) -> frozenset[str]:
    """Return the callers whose first attempts are not all answered, or were all refused in the handshake."""
    chosen = frozenset(planned)
    waiting = set()
    for attempt in attempts(context, listener):
        if attempt.planned.key in chosen and attempt.connection.endpoint == listener.endpoint:
            sent = [
                e
                for e in log.of(NAME, attempt.planned.key, attempt.caller.name)
                if e.probe.tag == attempt.tag
            ]
            if not sent or (not context.exhaustive and refused_by_listener(sent[0].observation)):
                waiting.add(attempt.caller.name)
    return frozenset(waiting)


def _elsewhere(context: PlanContext, exchanges: Iterable[Exchange]) -> Iterator[Skipped]:
    """Say which hosts Alt-Svc names that nothing is sent to."""
    if hosts := elsewhere(context, exchanges):
        reason = (
            f"Alt-Svc names {', '.join(hosts)} for HTTP/3: another host is probed only if the configuration names it "
            "(server.http3)"
        )
        yield Skipped(check=NAME, kind=SkipReason.FILTERED, reason=reason)


def _undecided(
    context: PlanContext, listener: Http3Listener, classifier: Classifier, findings: Sequence[Finding]
) -> Iterator[UndecidedOperation]:
    """Yield what is not known of a listener: nothing at all, or some of its operations."""
    where = f"HTTP/3 at {listener.where} ({listener.source})"
    if not context.http3.available:
        reason = f"{where} was not tried: the extra http3 is not installed"
        yield _entry(reason, INSTALL, UndecidedReason.NOT_SENT)
        return
    log = classifier.log
    if _serves_nothing(context, listener, log):
        return
    sent = [log.by_id[probe.id] for probe in _controls(context, listener) if probe.id in log.by_id]
    answered = [exchange for exchange in sent if exchange.observation.http is not None]
    if not answered:
        why = _why_unanswered(sent[0]) if sent else "no valid certificate was sent"
        yield _entry(f"{where} was not judged: {why}", REACH, UndecidedReason.NOT_SENT)
    elif not any(classifier.control(exchange).outcome is Outcome.ADMITTED for exchange in answered):
        why = f"no valid certificate was admitted there ({classifier.control(answered[0]).reason})"
        yield _entry(f"{where} was not judged: {why}", BY_HAND, UndecidedReason.CONTROL_REFUSED)
    elif open_ones := list(_inconclusive(context, listener, classifier, findings)):
        named = "; ".join(open_ones[:NAMED])
        reason = f"{where}: {plural(len(open_ones), 'attempt')} neither admitted nor refused: {named}"
        yield _entry(reason, BY_HAND, UndecidedReason.INCONCLUSIVE)


def _serves_nothing(context: PlanContext, listener: Http3Listener, log: ExchangeLog) -> bool:
    """Return whether every request to a listener got 421 (RFC 9110 §15.5.20), those of valid certificates too.

    The server says that it answers none for these names on such connections; clients repeat them over TCP. It may
    refuse the other callers in the handshake.
    """
    own = listener.endpoint.host, listener.endpoint.port
    to_it = [
        exchange
        for exchange in log.by_id.values()
        if exchange.probe.check == NAME
        and (exchange.probe.connection.endpoint.host, exchange.probe.connection.endpoint.port) == own
    ]
    answered = [exchange for exchange in to_it if not refused_by_listener(exchange.observation)]
    sent = {(exchange.probe.operation, exchange.probe.identity) for exchange in to_it}
    wanted = {(planned.key, ANONYMOUS.name) for planned in _sendable(context)}
    controls = {(probe.operation, probe.identity) for probe in _controls(context, listener)}
    return (
        bool(controls)
        and controls <= {(exchange.probe.operation, exchange.probe.identity) for exchange in answered}
        and (wanted <= sent or ANONYMOUS.name not in {exchange.probe.identity for exchange in answered})
        and all(_is_misdirected(exchange) for exchange in answered)
    )


def _is_misdirected(exchange: Exchange) -> bool:
    http = exchange.observation.http
    return http is not None and http.status == HTTPStatus.MISDIRECTED_REQUEST


def _nothing_there(listener: Http3Listener) -> Skipped:
    """Say that a listener serves nothing."""
    reason = (
        f"HTTP/3 at {listener.where} ({listener.source}) answers HTTP 421 (Misdirected Request) to every request, also "
        "with a valid certificate: it serves nothing"
    )
    return Skipped(check=NAME, kind=SkipReason.CONTROL_REFUSED, reason=reason)


def _why_unanswered(exchange: Exchange) -> str:
    observation = exchange.observation
    what = observation.detail or observation.ending.value
    return f"a valid certificate got no answer over UDP ({what})"


def _inconclusive(
    context: PlanContext, listener: Http3Listener, classifier: Classifier, findings: Sequence[Finding]
) -> Iterator[str]:
    """Yield the operations on which an attempt under the listener's own name was neither admitted nor refused.

    Also those on which it was admitted, and no finding confirms it.
    """
    reported = {(finding.operation, finding.identity) for finding in findings}
    for attempt in attempts(context, listener):
        key, caller = attempt.planned.key, attempt.caller.name
        if attempt.connection.endpoint != listener.endpoint or (key, caller) in reported:
            continue
        for exchange in classifier.log.of(NAME, key, caller):
            if exchange.probe.tag != attempt.tag or exchange.probe.attempt > 1:
                continue
            found = classifier.compared(exchange)
            if not found.outcome.refused and (key, ANONYMOUS.name) not in reported:
                yield f"{key} as {caller} ({found.reason})"


def _entry(reason: str, how: str, kind: UndecidedReason) -> UndecidedOperation:
    return UndecidedOperation(
        operation=None, reason=reason, how_to_decide=how, kind=kind, remedy=Remedy.OTHER
    )


CHECK: Check = Http3Check()
