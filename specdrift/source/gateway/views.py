"""Applies a gateway's configuration to the operations of the document."""

from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import urlsplit

from msgspec import Struct

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.result.gateway import (
    GatewayCaller,
    GatewayEntry,
    GatewayOutcome,
    GatewayRoute,
    GatewayView,
    Passage,
)
from specdrift.model.result.source import Guarding, ListenerKind
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayConfiguration, GatewayRequest
from specdrift.source.gateway.sameness import same_operation
from specdrift.source.gateway.truth import Unknown
from specdrift.source.keys.same_object import SameObject

NOT_FOUND = 404
OTHER_CREDENTIALS = frozenset({Guarding.TOKEN})
"""A refusal of these kinds ends with a password or token, without a certificate."""


class ReadGateway(Struct, frozen=True):
    """A configuration that was read, under its name in reports."""

    name: str
    gateway: str
    configuration: GatewayConfiguration
    group: str = ""
    """Name of the outermost gateway of a chain; empty for one by itself."""

    @property
    def chain(self) -> str:
        """The name that gateways of one chain share."""
        return self.group or self.name


class DecidedRoute(Struct, frozen=True):
    """An operation at one server of a gateway, with the decisions about its callers."""

    route: GatewayRoute
    target: str
    decisions: dict[GatewayCaller, Decision]
    gateway: ReadGateway

    @property
    def valid(self) -> Decision:
        return self.decisions[GatewayCaller.VALID]

    def gets(self, caller: GatewayCaller) -> Passage:
        """Return how far a caller gets towards what a valid certificate gets, if that gets anything."""
        own = self.decisions[caller]
        if caller is GatewayCaller.VALID or own.passage.refused:
            return own.passage
        if self.valid.passage is Passage.UNKNOWN or self.valid.passage.refused:
            return own.passage
        if own.passage is Passage.UNKNOWN and not own.upstream:
            return own.passage
        found = same_operation(own, self.valid)
        if isinstance(found, Unknown):
            return Passage.UNKNOWN
        return own.passage if found else Passage.REFUSED

    @property
    def serves(self) -> bool:
        """True if some caller gets the operation, or may get it with a password as well."""
        return self.valid.guard in OTHER_CREDENTIALS or any(
            not self.gets(caller).refused for caller in GatewayCaller
        )

    @property
    def guarded(self) -> bool:
        """True if it is certain that clients without a valid certificate are refused, whatever else they send."""
        return all(
            self.gets(caller).refused and self.decisions[caller].guard not in OTHER_CREDENTIALS
            for caller in (GatewayCaller.ANONYMOUS, GatewayCaller.UNTRUSTED)
        )


class DecidedOperation(Struct, frozen=True):
    """An operation at the servers of a gateway."""

    routes: tuple[DecidedRoute, ...]
    """At those that serve it; at one of the others if there is none."""
    refusing: tuple[DecidedRoute, ...]
    """At those that refuse it to all clients, after the handshake."""


def decided(gateway: ReadGateway, contract: Contract) -> dict[OperationKey, DecidedOperation]:
    """Decide every operation at every server."""
    return {one.key: _of_operation(gateway, contract, one) for one in contract.operations}


def _of_operation(gateway: ReadGateway, contract: Contract, operation: Operation) -> DecidedOperation:
    target = base_of(operation, contract) + operation.target
    every = [
        _decided(gateway, operation, entry, target)
        for entry in gateway.configuration.entries
        if entry.kind is not ListenerKind.LOCAL
    ]
    serving = [one for one in every if not all(d.passage.refused for d in one.decisions.values())]
    shown = serving or [one for one in every if not _is_redirect(one)][:1] or every[:1]
    known = set(map(SameObject, serving))
    refusing = (one for one in every if SameObject(one) not in known and not _refuses_handshake(one))
    return DecidedOperation(tuple(shown), tuple(refusing))


def _refuses_handshake(one: DecidedRoute) -> bool:
    return one.decisions[GatewayCaller.ANONYMOUS].passage is Passage.REFUSED_IN_TLS


def _is_redirect(one: DecidedRoute) -> bool:
    return one.valid.passage is Passage.REDIRECTED


def base_of(operation: Operation, contract: Contract) -> str:
    """Return the path of the first server URL, before the paths of the document."""
    for url in (*operation.servers, *contract.servers):
        try:
            return urlsplit(url).path.rstrip("/")
        except ValueError:
            continue
    return ""


def hosts_of(operation: Operation, contract: Contract) -> Iterator[str]:
    """Yield the hosts of the server URLs in force."""
    for url in operation.servers or contract.servers:
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host:
            yield host


def _decided(gateway: ReadGateway, operation: Operation, entry: GatewayEntry, target: str) -> DecidedRoute:
    decisions = _of_callers(gateway, operation, entry, target)
    if decisions[GatewayCaller.VALID].passage.refused:
        # It may be due to something else that a request lacks; then all callers send it.
        tried = [
            _of_callers(gateway, operation, entry, target, choice)
            for choice in gateway.configuration.choices(entry)
            if not choice.beginning and not client_choices.is_respelled(choice, entry.names)
        ]
        admitted = (one for one in tried if one[GatewayCaller.VALID].passage.admitted)
        unknown = (one for one in tried if one[GatewayCaller.VALID].passage is Passage.UNKNOWN)
        decisions = next(chain(admitted, unknown), decisions)
    valid = decisions[GatewayCaller.VALID]
    route = GatewayRoute(
        operation=operation.key,
        entry=entry,
        location=valid.route,
        outcomes=tuple(_outcome(caller, decision) for caller, decision in decisions.items()),
        headers=valid.headers,
    )
    return DecidedRoute(route, target, decisions, gateway)


def _of_callers(
    gateway: ReadGateway,
    operation: Operation,
    entry: GatewayEntry,
    target: str,
    choice: ClientChoice | None = None,
) -> dict[GatewayCaller, Decision]:
    decisions = {
        caller: gateway.configuration.decide(
            GatewayRequest.chosen(
                entry,
                caller if entry.kind is ListenerKind.TLS else GatewayCaller.ANONYMOUS,
                operation.key.method,
                target,
                choice,
            )
        )
        for caller in GatewayCaller
    }
    if decisions[GatewayCaller.VALID].otherwise is None:
        return decisions
    # Files alone: whether there is one of that name does not matter for the service.
    return {caller: decision.otherwise or decision for caller, decision in decisions.items()}


def _outcome(caller: GatewayCaller, decision: Decision) -> GatewayOutcome:
    return GatewayOutcome(
        caller=caller,
        passage=decision.passage,
        status=decision.status,
        upstream=", ".join(sorted(decision.upstream)),
        path=decision.path,
        location=decision.at,
        guard=decision.guard,
        reason=decision.reason,
    )


def view_of(gateway: ReadGateway, routes: Iterable[DecidedRoute]) -> GatewayView:
    """Return the gateway as the result has it."""
    return GatewayView(
        name=gateway.name,
        gateway=gateway.gateway,
        entries=gateway.configuration.entries,
        routes=tuple(one.route for one in routes if one.gateway is gateway),
        unresolved=gateway.configuration.unresolved,
        files=gateway.configuration.files,
    )
