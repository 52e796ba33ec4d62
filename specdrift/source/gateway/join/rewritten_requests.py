"""Looks for routes of a server that hand an unguarded path on as that of a guarded operation."""

from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.model.contract.operation import Operation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, Passage
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import MOST_CHOICES, ClientChoice
from specdrift.source.gateway.exchange import Decision, comparable
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.join.tried_requests import anonymous, chosen, further_choice
from specdrift.source.gateway.rewritten_paths import MOST_PATHS, RewrittenPath, goals
from specdrift.source.gateway.sameness import VARIABLE, same_operation
from specdrift.source.gateway.truth import Truth, Unknown
from specdrift.source.gateway.views import DecidedRoute


def of_rewritten(
    one: DecidedRoute, operation: Operation, service: ServiceBehind
) -> Iterator[SourceFinding | Unknown]:
    """Yield other routes of the server that hand an unguarded path on as that of the operation."""
    rewritten = one.gateway.configuration.rewritten(one.route.entry)
    if len(rewritten) > MOST_PATHS:
        yield Unknown(f"more than {MOST_PATHS} routes that rewrite paths", rewritten[MOST_PATHS].at)
    own = (one.valid.path, one.target)
    through = goals(rewritten[:MOST_PATHS], own)
    further = further_choice(one)
    for route in rewritten[:MOST_PATHS]:
        if _leads_elsewhere(route, one.valid):
            continue
        direct = (target for path in own for target in route.targets(path))
        chained = (target for path in through for target in route.inverted(path.partition("?")[0]))
        targets = tuple(dict.fromkeys((*direct, *chained)))
        requests: list[tuple[str, ClientChoice | None]] = [(target, None) for target in targets]
        requests += (request for path in own for request in route.filled(path))
        # The route may have conditions on what else clients send.
        requests += ((target, further) for target in targets if further is not None and target != one.target)
        yield from _Search(one, operation, service, further).of_route(route, requests)


def _leads_elsewhere(route: RewrittenPath, valid: Decision) -> bool:
    """Return whether a route hands requests to other services than that of the operation."""
    own = comparable(route.upstream)
    known = own and valid.upstream and not any(VARIABLE in each for each in (*own, *valid.upstream))
    return bool(known) and own.isdisjoint(valid.upstream)


class _Search(Struct, frozen=True):
    """Tries the requests of one route."""

    one: DecidedRoute
    operation: Operation
    service: ServiceBehind
    further: ClientChoice | None

    def of_route(
        self, route: RewrittenPath, requests: Iterable[tuple[str, ClientChoice | None]]
    ) -> Iterator[SourceFinding | Unknown]:
        """Yield the first request that is handed on as the operation, or what is not known to be."""
        method, unknown = self.operation.key.method, list[Unknown]()
        if not route.is_read:
            meet = not route.upstream or comparable(route.upstream) & self.one.valid.upstream
            if meet and self.one.route.entry.client_auth is not GatewayClientAuth.REQUIRED:
                yield Unknown(route.decided_by or "an expression for paths that are rewritten", route.at)
            return
        left, elsewhere = deque(requests), set[str]()
        while left:
            path, choice = left.popleft()
            decision, same = _reaching(anonymous(self.one, method, path, choice), self.one.valid)
            if self.further is not None and path not in elsewhere and _is_elsewhere(decision, self.one.valid):
                elsewhere.add(path)
                left.extend((path, each) for each in _each_choice(self.one))
            if isinstance(same, Unknown):
                unknown.append(same)
            elif same and decision.passage is Passage.FORWARDED:
                found = self._past(route, decision, path, choice)
                if isinstance(found, SourceFinding):
                    yield found
                    return
                unknown += [found] if found is not None else []
        yield from unknown[:1]

    def _past(
        self, route: RewrittenPath, decision: Decision, path: str, choice: ClientChoice | None
    ) -> SourceFinding | Unknown | None:
        """Return a finding about a request that is handed on as the operation, if no guard keeps it."""
        method, target = self.operation.key.method, choice.target(path) if choice else path
        own = f" with {choice.what} of its choice" if choice else ""
        guard = self.one.decisions[GatewayCaller.ANONYMOUS].at
        places = (decision.at, guard, self.operation.location)
        finding = SourceFinding(
            rule="gateway-location-bypass",
            message=f"{method} {target}{own} is handed to the service as {decision.path} without a certificate; "
            f"{self.operation.key.path} is guarded.",
            location=route.at,
            confidence=Confidence.HIGH,
            operation=self.operation.key,
            related=tuple(dict.fromkeys(place for place in places if place)),
            subject="a path that is rewritten",
        )
        return self.service.past_guards(self.one, chosen(self.one, method, path, choice), finding)


def _is_elsewhere(decision: Decision, valid: Decision) -> bool:
    """Return whether another service gets the path of the operation: what clients send may choose the service."""
    own, meant = (each.path.partition("?")[0] for each in (decision, valid))
    return decision.passage is Passage.FORWARDED and own == meant and not decision.upstream & valid.upstream


def _each_choice(one: DecidedRoute) -> Iterator[ClientChoice]:
    """Yield each choice beside the path and the host, with the first of the other kinds."""
    choices = one.gateway.configuration.choices(one.route.entry)
    own = [each for each in choices if not each.beginning and not each.host][:MOST_CHOICES]
    first = client_choices.first_of_each(own)
    for each in own:
        yield client_choices.together((each, *(other for other in first if other.what != each.what)))


def _reaching(decision: Decision, valid: Decision) -> tuple[Decision, Truth]:
    """Return a decision, or the copy of the request that gets the operation instead, and whether it does."""
    for copy in decision.copies:
        if same_operation(copy, valid) is True:
            return copy, True
    return decision, same_operation(decision, valid)
