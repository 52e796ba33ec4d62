"""Sends guarded operations to the listeners that Alt-Svc names for HTTP/2 and HTTP/1.1, without a certificate.

Clients take an alternative service for the target itself (RFC 7838 §2), and it is a listener with a TLS configuration
of its own. Those on the target's host are probed, with the target's authority and server name.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.http3_listeners import (
    MAX_LISTENERS,
    OVER_TCP,
    announced,
    as_alternative,
    is_own,
)
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.credential_places import without_credentials
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import refused_by_listener, spread
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_2, Connection, Endpoint, Probe
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.rules.ids import ENFORCEMENT_INCONSISTENT

NAME = "alternative-services"
FEW = 3
"""Operations sent to a listener first; the others follow once one of these is admitted."""
REACH = "Run it where the port can be reached, or remove the alternative from Alt-Svc."


class AlternativeServices(Struct, frozen=True, kw_only=True):
    """A bypass check whose listeners are found during the run."""

    name: str = NAME
    rules: frozenset[str] = frozenset({ENFORCEMENT_INCONSISTENT})

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002 - the interface's
        """Plan nothing: the listeners are found in answers."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """The first attempts at each listener, then what those that arrive need."""
        if found := _listeners(context, log.by_id.values()):
            check = _bypass(found)
            yield from check.plan(context)
            yield from check.follow_up(context, log)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """The findings, and the listeners that were not reached."""
        exchanges = classifier.log.by_id.values()
        found = _listeners(context, exchanges)
        skipped = tuple(_elsewhere(context, exchanges))
        if not found:
            return Conclusions(skipped=skipped)
        concluded = _bypass(found).judge(context, classifier)
        unreached = (each for endpoint in found for each in _unreached(endpoint, context, classifier.log))
        return replace(
            concluded,
            undecided=(*concluded.undecided, *unreached),
            skipped=(*concluded.skipped, *skipped),
        )


def _listeners(context: PlanContext, exchanges: Iterable[Exchange]) -> tuple[Endpoint, ...]:
    """Return the alternatives on the target's host that no other check probes."""
    if not context.guarded:
        return ()
    own = context.endpoint
    known = {
        own.port,
        *(a.endpoint.port for a in context.alternate_endpoints if _is_same_host(a.endpoint, own)),
    }
    ports = {port for host, port in announced(context, exchanges, OVER_TCP) if is_own(host, context)}
    return tuple(replace(own, port=port) for port in sorted(ports - known)[:MAX_LISTENERS])


def _is_same_host(endpoint: Endpoint, own: Endpoint) -> bool:
    return endpoint.tls and endpoint.host == own.host


def _bypass(found: Sequence[Endpoint]) -> BypassCheck:
    """Return the check of the attempts at these listeners."""
    return BypassCheck(
        name=NAME,
        rule=ENFORCEMENT_INCONSISTENT,
        why="whether the alternative service admits callers without a certificate",
        attempts=lambda context: (a for one in found for a in attempts(context, one)),
        describe=lambda made: made[0].words,
        sharing=Sharing.NONE,  # another listener has guards of its own
    )


def attempts(context: PlanContext, listener: Endpoint) -> Iterator[BypassAttempt]:
    """A few operations at a listener, and all others once one of them is admitted."""
    few, others = spread(context.guarded, FEW)
    key = f"{NAME} {listener.port}"
    yield from (replace(_attempt(context, listener, planned), unlocks=key) for planned in few)
    yield from (replace(_attempt(context, listener, planned), requires=key) for planned in others)


def _attempt(context: PlanContext, listener: Endpoint, planned: PlannedOperation) -> BypassAttempt:
    where = f"at {listener.authority}, which Alt-Svc names"
    # The port may be another user's: the credentials of the target are not for it.
    request = as_alternative(context, listener, without_credentials(planned))
    alpn = context.alpn[0] if planned.request.upgrades else HTTP_2
    return BypassAttempt(
        planned=planned,
        name=where,
        words=where,
        request=request,
        negative_control=replace(request, target=f"{context.base_of(planned)}/{context.nonce}"),
        connection=Connection(endpoint=listener, alpn=alpn),
        cause=listener.authority,
        positive_control=PositiveControl.IMPOSSIBLE,
    )


def _unreached(listener: Endpoint, context: PlanContext, log: ExchangeLog) -> Iterator[UndecidedOperation]:
    """Yield a listener that answered no attempt, and refused none in the handshake."""
    sent = [
        exchange
        for planned in context.guarded
        for exchange in log.of(NAME, planned.key, ANONYMOUS.name)
        if exchange.probe.connection.endpoint.port == listener.port
    ]
    if not sent or any(e.observation.http or refused_by_listener(e.observation) for e in sent):
        return
    why = sent[0].observation.detail or sent[0].observation.ending.value
    yield UndecidedOperation(
        operation=None,
        reason=f"{listener.authority}, which Alt-Svc names, was not judged: {why}",
        how_to_decide=REACH,
        kind=UndecidedReason.NOT_SENT,
        remedy=Remedy.OTHER,
    )


def _elsewhere(context: PlanContext, exchanges: Iterable[Exchange]) -> Iterator[Skipped]:
    """Say which hosts Alt-Svc names that nothing is sent to."""
    others = {
        f"{host}:{port}"
        for host, port in announced(context, exchanges, OVER_TCP)
        if context.guarded and not is_own(host, context)
    }
    if others:
        named = ", ".join(sorted(others)[:MAX_LISTENERS])
        reason = f"Alt-Svc names {named}: another host is probed only if the configuration names it (server.listeners)"
        yield Skipped(check=NAME, kind=SkipReason.FILTERED, reason=reason)


CHECK: Check = AlternativeServices()
