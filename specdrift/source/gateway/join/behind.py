"""The service behind a gateway: what it does with the requests that the gateway forwards to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from specdrift.model.result.gateway import GatewayCaller
from specdrift.model.result.source import Guarding, SourceRoute, SourceView
from specdrift.source.forwarded import ForwardedRequests, ServiceOutcome
from specdrift.source.gateway import headers
from specdrift.source.gateway.views import DecidedRoute

BY_NAME = frozenset({Guarding.NAMED})
BY_HEADER = BY_NAME | {Guarding.TOKEN, Guarding.IDENTITY}
"""Guards that can check a header of the gateway. One that reads the certificate of the connection cannot: TLS ends at
the gateway.
"""


@dataclass(frozen=True, slots=True)
class Behind:
    """The routes of the service for one operation."""

    view: SourceView | None
    routes: Sequence[SourceRoute]
    forwarded: ForwardedRequests | None

    def outcome(self, one: DecidedRoute, caller: GatewayCaller) -> ServiceOutcome:
        """Return what the service does with a caller that the gateway lets through."""
        if self.view is None or not self.routes:
            return ServiceOutcome.UNKNOWN
        kinds = {route.guard for route in self.routes}
        if any(route.guard_conditional for route in self.routes):
            return ServiceOutcome.PASSES
        if kinds <= BY_NAME:
            return ServiceOutcome.REJECTS
        told = headers.heard(one, self.view, caller)
        if told.forged and kinds <= BY_HEADER:
            return ServiceOutcome.REJECTS  # the header is reported
        found = {self._of(route, told) for route in self.routes}
        if ServiceOutcome.PASSES in found:
            return ServiceOutcome.PASSES
        return ServiceOutcome.REJECTS if found == {ServiceOutcome.REJECTS} else ServiceOutcome.UNKNOWN

    def _of(self, route: SourceRoute, told: headers.Heard) -> ServiceOutcome:
        if route.guard is Guarding.NAMED:
            return ServiceOutcome.REJECTS
        if self.forwarded is None:
            return ServiceOutcome.PASSES if route.guard is Guarding.NONE else ServiceOutcome.UNKNOWN
        return self.forwarded.outcome(route, told.headers)
