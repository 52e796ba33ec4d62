"""Compares gateways with the document, and with the service behind them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import (
    GatewayCaller,
    GatewayClientAuth,
    Passage,
)
from specdrift.model.result.source import Guarding, ListenerKind, SourceView
from specdrift.source.forwarded import ForwardedRequests, ServiceOutcome
from specdrift.source.gateway import headers
from specdrift.source.gateway.callers.known_callers import with_known_callers
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.join import bypasses
from specdrift.source.gateway.join.chains import chained
from specdrift.source.gateway.join.guarded_servers import GuardedServers, is_out_of_reach, own_content
from specdrift.source.gateway.join.open_aliases import OpenAliases
from specdrift.source.gateway.join.operation_reports import JoinedGateways, OperationReports, gets
from specdrift.source.gateway.join.other_values import OtherValues
from specdrift.source.gateway.join.other_ways import OtherWays
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.sameness import same_operation
from specdrift.source.gateway.views import (
    OTHER_CREDENTIALS,
    DecidedRoute,
    ReadGateway,
    decided,
    hosts_of,
    view_of,
)
from specdrift.source.route_matcher import MatchedRoutes, match

NOT_KNOWN = "a path or a service that is not known"
NO_ROUTES = MatchedRoutes({}, (), {})
ANONYMOUS, VALID, UNTRUSTED = GatewayCaller.ANONYMOUS, GatewayCaller.VALID, GatewayCaller.UNTRUSTED


def join(
    contract: Contract,
    gateways: Sequence[ReadGateway],
    service: SourceView | None,
    forwarded: ForwardedRequests | None = None,
    certificates: Sequence[PresentedCertificate] = (),
) -> JoinedGateways:
    """Compare; what is in front comes first.

    ``forwarded`` evaluates what the service does with a request; ``certificates`` are those of known valid clients.
    """
    joined = JoinedGateways()
    if not gateways:
        return joined
    by_operation: Mapping[OperationKey, list[DecidedRoute]] = defaultdict(list)
    refusing: Mapping[OperationKey, list[DecidedRoute]] = defaultdict(list)
    known = [with_known_callers(one, certificates) for one in gateways]
    alone = [decided(gateway, contract) for gateway in known]
    for gateway, reached, own in zip(gateways, chained(gateways, alone), alone, strict=True):
        last = with_known_callers(reached, certificates)
        for key, found in (own if reached is gateway else decided(last, contract)).items():
            by_operation[key] += found.routes
            refusing[key] += found.refusing
    others = OtherWays.of(route for routes in by_operation.values() for route in routes)
    values = OtherValues(contract)
    matching = match(contract, service.routes) if service else NO_ROUTES
    for number, operation in enumerate(contract.operations):
        hosts = frozenset(hosts_of(operation, contract))
        behind_it = ServiceBehind(service, matching.routes.get(number, ()), forwarded)
        routes = by_operation[operation.key]
        _Judge(joined, operation, routes, behind_it, hosts, refusing[operation.key], others, values).judge()
    if service is not None:
        aliases = OpenAliases(contract, matching, by_operation, joined.guarded)
        joined.aliases = aliases.found(service, forwarded)
    every = [route for routes in by_operation.values() for route in routes]
    needless = (Demand.NOT_REQUIRED, Demand.OPTIONAL)
    anonymous = frozenset(one.key for one in contract.operations if one.requirement.demand in needless)
    joined.findings += headers.findings(every, service, anonymous)
    joined.views = tuple(
        view_of(gateway, (route for one in own.values() for route in one.routes))
        for gateway, own in zip(known, alone, strict=True)
    )
    return joined


class _Judge(Struct, dict=True):
    """Judges one operation."""

    joined: JoinedGateways
    operation: Operation
    routes: Sequence[DecidedRoute]
    service: ServiceBehind
    hosts: frozenset[str]
    """Hosts in the document's servers."""
    refusing: Sequence[DecidedRoute]
    """At servers that refuse the operation to all clients."""
    others: OtherWays
    values: OtherValues

    @cached_property
    def reports(self) -> OperationReports:
        return OperationReports(self.joined, self.operation, self.service)

    def judge(self) -> None:
        serving = [one for one in self.routes if one.serves]
        if self.routes and not serving:
            self.joined.judged.add(self.operation.key)
            self.reports.missing(self.routes[0])
            return
        demand = self.operation.requirement.demand
        if not self.routes and demand is Demand.REQUIRED:
            self.reports.without_listener()
            return
        if demand is Demand.REQUIRED:
            self.joined.judged.add(self.operation.key)
            self._required(serving)
        elif self.operation.requirement.anonymous_allowed and demand is not Demand.UNDECLARED:
            self._open(serving)

    def _required(self, every: Sequence[DecidedRoute]) -> None:
        content = tuple(one for one in own_content(every) if not self._is_meant(one))
        serving = tuple(one for one in every if one not in content)
        if all(one.guarded for one in serving):
            place = next((one.decisions[ANONYMOUS].at for one in serving if one.guarded), None)
            self.joined.guarded[self.operation.key] = place or serving[0].route.entry.location
        guarded = GuardedServers.of((one for one in serving if one.gets(ANONYMOUS).refused), self._is_meant)
        for one in serving:
            self._required_at(one, guarded)
        forwarding = (one for one in serving if one.valid.passage is Passage.FORWARDED)
        kept = [one for one in forwarding if one.guarded or self._service_rejects(one)]
        elsewhere_too = (one for one in serving if self._forwards_elsewhere(one, guarded))
        refusing = (*self.refusing, *content, *elsewhere_too)
        elsewhere = self.others.findings(kept, refusing, self.operation, self.service, self.values)
        self.reports.report_all(elsewhere, kept[:1])

    def _required_at(self, one: DecidedRoute, guarded: GuardedServers) -> None:
        """Judge one server beside those that refuse anonymous clients."""
        anonymous, untrusted = one.gets(ANONYMOUS), one.gets(UNTRUSTED)
        if anonymous is Passage.UNKNOWN:
            self.reports.undecided(
                one, one.decisions[ANONYMOUS].reason or NOT_KNOWN, one.decisions[ANONYMOUS].at
            )
        elif anonymous.admitted:
            self._admitted(one, guarded)
        elif untrusted is Passage.UNKNOWN:
            self.reports.undecided(
                one, one.decisions[UNTRUSTED].reason or NOT_KNOWN, one.decisions[UNTRUSTED].at
            )
        elif OTHER_CREDENTIALS & {one.decisions[ANONYMOUS].guard, one.decisions[UNTRUSTED].guard}:
            self.reports.undecided(
                one, "a password, and not by the certificate alone", one.decisions[ANONYMOUS].at
            )
        elif untrusted.admitted:
            reason = one.decisions[UNTRUSTED].reason
            unchecked = f"it admits those for which {reason}" if reason else "nothing checks the result"
            message = f"{one.route.entry} accepts certificates that it could not verify: {unchecked}."
            self.reports.report("gateway-accepts-untrusted", one, message)
        else:
            self._bypasses(one)

    def _bypasses(self, one: DecidedRoute) -> None:
        """Look for other requests that get the operation. What is not known to leaves it undecided."""
        open_beside = any(self._admits_any_host(other, one) for other in self.routes)
        escapes = self.values.escapes(one, self.operation)
        found = bypasses.findings(
            one, self.operation, self.service, escapes=escapes, other_hosts=not open_beside
        )
        self.reports.report_all((*found, *self.values.findings(one, self.operation, self.service)), (one,))

    def _admits_any_host(self, other: DecidedRoute, one: DecidedRoute) -> bool:
        """Return whether the default server of the same listener is open, which is reported there."""
        mine, entry = one.route.entry, other.route.entry
        return (
            entry.default
            and (entry.address, entry.port) == (mine.address, mine.port)
            and same_operation(other.decisions[ANONYMOUS], one.valid) is True
            and not self._service_rejects(other)
        )

    def _admitted(self, one: DecidedRoute, guarded: GuardedServers) -> None:
        """Report a server that admits anonymous clients."""
        entry = one.route.entry
        twin = guarded.twin(one)
        severity = Severity.NOTE if is_out_of_reach(entry, guarded.beside(one)) else None
        if twin is not None and self._service_rejects(one):
            self._kept_by_service(one)
        elif twin is not None and entry.kind is ListenerKind.PLAINTEXT:
            message = (
                f"{entry} {gets(one)} without TLS, and {twin.route.entry} requires a certificate for it."
            )
            self.reports.report("gateway-plaintext-to-same-upstream", one, message, twin, severity)
        elif twin is not None:
            message = (
                f"{entry} {gets(one)} without a certificate, and {twin.route.entry} requires one for it."
            )
            self.reports.report("gateway-server-bypass", one, message, twin, severity)
        elif one.gateway.chain in guarded.gateways and not self._is_meant(one):
            # Another service, as far as addresses tell.
            if one.gateway.chain not in guarded.meant:
                what = "another server hands the same path to another service; name the host in the document's servers"
                self.reports.undecided(one, what, one.decisions[ANONYMOUS].at)
        elif one.gets(ANONYMOUS) is Passage.FORWARDED and not self._service_is_open(one, ANONYMOUS):
            if self._service_rejects(one):
                self._kept_by_service(one)
        elif entry.client_auth is GatewayClientAuth.NONE:
            message = (
                f"The document requires a client certificate, and {entry} requests none and {gets(one)}."
            )
            self.reports.report("gateway-certificate-not-requested", one, message)
        else:
            message = f"The document requires a client certificate, and {entry} {gets(one)} without one."
            self.reports.report("gateway-optional-unchecked", one, message)

    def _forwards_elsewhere(self, one: DecidedRoute, guarded: GuardedServers) -> bool:
        """Return whether an open server hands the operation to another service than those that keep it do."""
        open_here = one.gets(ANONYMOUS).admitted and one.gateway.chain in guarded.gateways
        return open_here and not self._is_meant(one) and guarded.twin(one) is None

    def _kept_by_service(self, one: DecidedRoute) -> None:
        """Judge a server that forwards what the service rejects: certificates of any CA, and other requests."""
        if one.gets(UNTRUSTED) is Passage.FORWARDED and self._service_is_open(one, UNTRUSTED):
            unchecked = "the service does not check the verification's result"
            message = f"{one.route.entry} forwards certificates of any CA, and {unchecked}."
            self.reports.report("gateway-accepts-untrusted", one, message)
        else:
            self._bypasses(one)

    def _is_meant(self, one: DecidedRoute) -> bool:
        """Return whether the document's servers name a host of this server."""
        return bool(self.hosts & {name.lower() for name in one.route.entry.names})

    def _service_rejects(self, one: DecidedRoute) -> bool:
        """Return whether it is certain that the service rejects the anonymous clients that this server lets through."""
        forwards = one.gets(ANONYMOUS) is Passage.FORWARDED
        return forwards and self.service.outcome(one, ANONYMOUS) is ServiceOutcome.REJECTS

    def _service_is_open(self, one: DecidedRoute, caller: GatewayCaller) -> bool:
        """Return whether the service behind admits a caller too; note it as undecided if that is unknown."""
        outcome = self.service.outcome(one, caller)
        if outcome is ServiceOutcome.UNKNOWN:
            read = self.service.view is not None
            what = (
                "the service behind is not known to check a header that the gateway fills from the certificate"
                if read
                else "the service behind was not read"
            )
            self.reports.undecided(one, what, one.decisions[caller].at)
        return outcome is ServiceOutcome.PASSES

    def _open(self, serving: Sequence[DecidedRoute]) -> None:
        refused = serving and all(one.gets(ANONYMOUS).refused for one in serving)
        if refused and serving[0].decisions[ANONYMOUS].guard is not Guarding.TOKEN:
            self.reports.needlessly_guarded(serving[0])
