"""Repeats and groups exchanges: what every check does with an attempt before it reports a finding. Pure."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from specdrift.checks.core.undecided import UNANSWERED, Undecided
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag, Reuse
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.shortened import shortened

CONFIRMATIONS = 2
"""How often an apparent drift is sent again, each time on a fresh connection."""
ON_FRESH_CONNECTION = "the same once more, on a fresh connection"
SILENT = frozenset({Ending.TIMEOUT, Ending.NO_CONNECTION, Ending.CLIENT_ERROR, Ending.NOT_SENT})
"""Endings that are no reaction of the server to the request; to close the connection may be one."""


def fresh(probe: Probe) -> Probe:
    """Return the probe for the confirmation phase, on a connection of its own."""
    return replace(probe, connection=replace(probe.connection, reuse=Reuse.FRESH), phase=Phase.CONFIRM)


def repeat(probe: Probe, *, times: int = CONFIRMATIONS) -> Iterator[Probe]:
    """Send a probe again on fresh connections, with attempt numbers from 2."""
    again = fresh(probe)
    for attempt in range(2, 2 + times):
        yield replace(again, attempt=attempt, why=ON_FRESH_CONNECTION)


def is_confirmed(attempts: Iterable[Exchange]) -> bool:
    """Return whether the first attempt and all of its repetitions are there."""
    return len(list(attempts)) > CONFIRMATIONS


def is_answered(exchange: Exchange) -> bool:
    """Return whether an exchange has a response; an alert is one."""
    return exchange.observation.http is not None or bool(exchange.observation.tls.alert_received)


def without_response(exchanges: Iterable[Exchange]) -> Exchange | None:
    """Return the first exchange without a response."""
    return next((exchange for exchange in exchanges if not is_answered(exchange)), None)


def unconfirmed(operation: OperationKey, what: str, exchange: Exchange) -> UndecidedOperation:
    """Return the entry of an operation; ``what`` is seen, and the exchange would confirm or refute it."""
    observation = exchange.observation
    why = observation.detail or observation.ending.value
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"{what}, and a request that would confirm or refute it got no response ({why}): {exchange.probe.why}",
        advice=UNANSWERED,
    ).of(operation)


def attempts_of(
    log: ExchangeLog,
    check: str,
    operation: OperationKey | None,
    identities: Iterable[str],
    tag: ProbeTag,
) -> list[Exchange]:
    """Return the exchanges of these identities with this tag, by attempt."""
    found = [
        exchange
        for name in identities
        for exchange in log.of(check, operation, name)
        # Names first: they differ nearly always, and equality of all fields takes ten times as long.
        if (of_it := exchange.probe.tag) is not None and of_it.name == tag.name and of_it == tag
    ]
    found.sort(key=lambda exchange: exchange.probe.attempt)
    return found


def as_control(tag: ProbeTag, control: Control) -> ProbeTag:
    """Return the tag of an attempt's control."""
    return replace(tag, control=control)


def probe_ids(*groups: Iterable[str]) -> tuple[str, ...]:
    """Join the ids of probes, each once, the telling ones first."""
    return tuple(dict.fromkeys(name for group in groups for name in group))


def ids_of(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Return the ids of the probes of these exchanges."""
    return (exchange.probe.id for exchange in exchanges)


def caller_phrase(identity: ClientIdentity) -> str:
    """Return the subject of a message about this caller."""
    if identity.profile:
        return f"A certificate of profile {identity.profile}"
    return (
        "A caller without a client certificate" if identity.name == ANONYMOUS.name else f'"{identity.name}"'
    )


def role_phrase(roles: Iterable[str]) -> str:
    """Return these roles for a message, without an article."""
    names = sorted(roles)
    return f"role{'s' if len(names) > 1 else ''} {', '.join(names)}"


def redirected_phrase(last: Exchange) -> str:
    """Where the attempt was redirected to, for a message; empty if it was answered at once."""
    request = last.probe.request
    return f"redirected to {shortened(request.target)}, and there: " if last.probe.follows and request else ""
