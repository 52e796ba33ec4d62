"""The service behind a gateway: what it does with the requests that the gateway forwards to it."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayCaller
from specdrift.model.result.source import Guarding, SourceFinding, SourceRoute, SourceView
from specdrift.source.forwarded import UNKNOWN_PART, ForwardedRequests, PathChange, ServiceOutcome
from specdrift.source.gateway import headers
from specdrift.source.gateway.exchange import GatewayRequest
from specdrift.source.gateway.headers import ReceivedHeaders
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.views import DecidedRoute
from specdrift.source.route_matcher import answers, takes

BY_NAME = frozenset({Guarding.NAMED})
BY_HEADER = BY_NAME | {Guarding.TOKEN, Guarding.IDENTITY}
"""Guards that can check a header of the gateway. One that reads the certificate of the connection cannot: TLS ends at
the gateway.
"""
UNREAD = "a guard of the service behind that is not known"


class ServiceBehind(Struct, frozen=True):
    """The routes of the service for one operation."""

    view: SourceView | None
    routes: Sequence[SourceRoute]
    forwarded: ForwardedRequests | None
    always_counts: bool = False
    """Its guards count beside those of a gateway, too."""

    def outcome(self, one: DecidedRoute, caller: GatewayCaller) -> ServiceOutcome:
        """Return what the service does with a caller that the gateway lets through."""
        if self.view is None:
            return ServiceOutcome.UNKNOWN
        return self.outcome_for(self._received(one, self.view, request_of(one, caller)))

    def outcome_for(self, received: ReceivedHeaders) -> ServiceOutcome:
        """Return what the service does with a request of which it receives these headers."""
        if not self.routes:
            return ServiceOutcome.UNKNOWN
        kinds = {route.guard for route in self.routes}
        if any(route.guard_conditional for route in self.routes):
            return ServiceOutcome.PASSES
        if kinds <= BY_NAME or self.is_forged(received):
            return ServiceOutcome.REJECTS  # a header of the client's own is reported
        found = {self._of(route, received) for route in self.routes}
        if ServiceOutcome.PASSES in found or (ServiceOutcome.UNKNOWN in found and self._takes_any(received)):
            return ServiceOutcome.PASSES
        return ServiceOutcome.REJECTS if found == {ServiceOutcome.REJECTS} else ServiceOutcome.UNKNOWN

    def _takes_any(self, received: ReceivedHeaders) -> bool:
        """Return whether one header of the client's own, with any value, is all that the service wants."""
        known = {**received.headers, **dict.fromkeys(received.own)}
        sent = (replace(received, headers={**known, name: UNKNOWN_PART}) for name in sorted(received.own))
        return any(self._of(route, one) is ServiceOutcome.PASSES for one in sent for route in self.routes)

    def _received(self, one: DecidedRoute, view: SourceView, request: GatewayRequest) -> ReceivedHeaders:
        read = (self.forwarded.headers_of(route) for route in self.routes) if self.forwarded else ()
        return headers.received(one, view, request, {name for names in read for name in names})

    def is_forged(self, received: ReceivedHeaders) -> bool:
        """Return whether a header of the client's own may be what all guards look at."""
        kinds = {route.guard for route in self.routes}
        return received.forged and not kinds <= BY_NAME and kinds <= BY_HEADER

    def takes(self, path: str, method: str) -> bool | None:
        """Return whether the service takes a path for one of the operation; ``None`` if that is not known."""
        if self.view is None:
            return None
        found = {self._takes(route, path) for route in self.routes if answers(route, method)}
        return True if True in found else None if None in found else False

    def _takes(self, route: SourceRoute, path: str) -> bool | None:
        change = self.forwarded.path_change(route) if self.forwarded is not None else None
        return change.arrives(path) if change is not None else takes(route, path)

    @property
    def path_change(self) -> PathChange | None:
        """What the service changes of the path before it selects a route."""
        changes = (self.forwarded.path_change(route) for route in self.routes) if self.forwarded else ()
        return next((one for one in changes if one is not None), None)

    @property
    def other_paths(self) -> Iterator[str]:
        """The paths without parameters that other routes of the service have."""
        own = {route.path for route in self.routes}
        paths = dict.fromkeys(route.path for route in (self.view.routes if self.view else ()))
        return (one for one in paths if one not in own and "{" not in one)

    def past_guards(
        self, one: DecidedRoute, request: GatewayRequest, finding: SourceFinding
    ) -> SourceFinding | Unknown | None:
        """Return a finding about a request past the guard of a gateway, unless the service behind surely rejects it.

        Where only the service has a guard, what that is not known to reject is not known to get past.
        """
        if self.always_counts or one.gets(GatewayCaller.ANONYMOUS).admitted:
            return self.past_guard(one, request, finding)
        return None if self._surely_rejects(one, request) else finding

    def _surely_rejects(self, one: DecidedRoute, request: GatewayRequest) -> bool:
        if self.view is None:
            return False
        received = self._received(one, self.view, request)
        return not self.is_forged(received) and self.outcome_for(received) is ServiceOutcome.REJECTS

    def past_guard(
        self, one: DecidedRoute, request: GatewayRequest, finding: SourceFinding
    ) -> SourceFinding | Unknown | None:
        """Return a finding about a request that the gateway lets through, unless the service rejects it.

        ``one`` is the route of the operation: what the service learns of its requests is decided already.
        """
        if self.view is None:
            return finding
        received = self._received(one, self.view, request)
        usual = request_of(one, GatewayCaller.ANONYMOUS)
        if one.gets(GatewayCaller.ANONYMOUS).admitted and received == self._received(one, self.view, usual):
            return None
        if self.is_forged(received):
            return next(headers.forged(one, self.view, request, finding.location), None)
        outcome = self.outcome_for(received)
        if outcome is ServiceOutcome.UNKNOWN:
            return Unknown(UNREAD, finding.location)
        return finding if outcome is ServiceOutcome.PASSES else None

    def _of(self, route: SourceRoute, received: ReceivedHeaders) -> ServiceOutcome:
        if route.guard is Guarding.NAMED:
            return ServiceOutcome.REJECTS
        if self.forwarded is None:
            return ServiceOutcome.PASSES if route.guard is Guarding.NONE else ServiceOutcome.UNKNOWN
        return self.forwarded.outcome(route, received.headers)


def request_of(one: DecidedRoute, caller: GatewayCaller) -> GatewayRequest:
    """Return the usual request for an operation."""
    method = one.route.operation.method
    return GatewayRequest(entry=one.route.entry, caller=caller, method=method, target=one.target)
