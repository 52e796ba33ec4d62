"""Routes beside the document whose handler a gateway guards at a documented path, and not there."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.templates import EXPRESSION
from specdrift.model.result.gateway import GatewayCaller
from specdrift.model.result.source import ANY_METHOD, ListenerKind, RouteKind, SourceRoute, SourceView
from specdrift.source.forwarded import ForwardedRequests, ServiceOutcome
from specdrift.source.gateway import headers
from specdrift.source.gateway.exchange import GatewayRequest
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.sameness import same_service
from specdrift.source.gateway.views import DecidedRoute
from specdrift.source.route_matcher import MatchedRoutes, answers

VALUE = "1"
"""A value of each path parameter."""


class OpenAlias(Struct, frozen=True):
    """A route that clients without a certificate get through a gateway."""

    operation: OperationKey
    """What the gateway guards."""
    server: str
    at: SourceLocation | None
    """The statement of the gateway that lets them through."""


class OpenAliases(Struct, frozen=True):
    """Looks for such routes."""

    contract: Contract
    matching: MatchedRoutes
    decided: Mapping[OperationKey, Sequence[DecidedRoute]]
    guarded: Mapping[OperationKey, SourceLocation]
    """Operations that only clients with a certificate reach through the gateways."""

    def found(
        self, service: SourceView, forwarded: ForwardedRequests | None
    ) -> dict[OperationKey, OpenAlias]:
        """Return the routes, by their paths and first methods."""
        handlers = self._handlers()
        found: dict[OperationKey, OpenAlias] = {}
        for route in self.matching.undocumented:
            for operation in handlers.get(route.handler_at, ()) if _is_certain(route) else ():
                behind = ServiceBehind(service, (route,), forwarded)
                alias = next(self._open(route, operation, behind), None)
                if alias is not None:
                    found.setdefault(OperationKey(path=route.path, method=route.methods[0]), alias)
        return found

    def _handlers(self) -> Mapping[SourceLocation | None, Sequence[Operation]]:
        """Return the operations that a gateway guards by their handlers, without handlers that serve others too.

        What serves several documented paths may be a function that makes handlers: its routes do different things.
        """
        found: dict[SourceLocation | None, list[Operation]] = defaultdict(list)
        others: set[SourceLocation | None] = {None}
        for number, operation in enumerate(self.contract.operations):
            is_guarded = operation.requirement.demand is Demand.REQUIRED and operation.key in self.guarded
            for route in self.matching.routes.get(number, ()):
                if is_guarded:
                    found[route.handler_at].append(operation)
                else:
                    others.add(route.handler_at)
        return {
            place: several
            for place, several in found.items()
            if place not in others and len({operation.key.path for operation in several}) == 1
        }

    def _open(self, route: SourceRoute, operation: Operation, behind: ServiceBehind) -> Iterator[OpenAlias]:
        """Yield the servers that hand a route of the service to clients without a certificate."""
        own = operation.key.method
        method = own if answers(route, own) else route.methods[0]
        target = EXPRESSION.sub(VALUE, route.path)
        for one in self.decided.get(operation.key, ()):
            for entry in one.gateway.configuration.entries:
                request = GatewayRequest.chosen(entry, GatewayCaller.ANONYMOUS, method, target, None)
                decision = one.gateway.configuration.decide(request)
                is_own = entry.kind is not ListenerKind.LOCAL and same_service(decision, one.valid) is True
                if not is_own or decision.path != target:
                    continue
                received = headers.received(one, behind.view, request) if behind.view is not None else None
                if received is not None and behind.outcome_for(received) is ServiceOutcome.PASSES:
                    yield OpenAlias(operation.key, str(entry), decision.at or decision.route)


def _is_certain(route: SourceRoute) -> bool:
    """Return whether a route is served in any case, for a method that is known."""
    is_route = route.kind is RouteKind.ROUTE and "*" not in route.written
    return is_route and route.mounted and not route.conditional and route.methods != (ANY_METHOD,)
