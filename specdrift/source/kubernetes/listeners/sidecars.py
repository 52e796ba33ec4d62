"""The sidecars of services, as far as a policy of the files is about them."""

from collections.abc import Iterator

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.truth import Unknown
from specdrift.source.kubernetes import host_patterns as hosts
from specdrift.source.kubernetes.listeners.entrances import ClientValidation, Entrance, EntranceList, entry_of
from specdrift.source.kubernetes.manifests import Manifests
from specdrift.source.kubernetes.policies.peer_authentication import PeerDecision, PeerMode, mode_of
from specdrift.source.kubernetes.routes.request_match import (
    CompiledRoute,
    RouteAction,
    RoutedRequest,
    RouteOutcome,
)
from specdrift.source.kubernetes.services import Backend, ServicePort, Services
from specdrift.source.kubernetes.workloads import Scopes

SECURITY = "security.istio.io"
AUTH = {
    PeerMode.STRICT: GatewayClientAuth.REQUIRED,
    PeerMode.PERMISSIVE: GatewayClientAuth.OPTIONAL,
    PeerMode.DISABLE: GatewayClientAuth.NONE,
}


class OneRoute(Struct, frozen=True, eq=False):
    """A table with one route for all requests."""

    route: CompiledRoute

    def routes(self) -> Iterator[CompiledRoute]:
        """Yield it."""
        yield self.route

    def find(self, _: RoutedRequest) -> CompiledRoute | None:
        """Return the route."""
        return self.route


def add_sidecars(manifests: Manifests, services: Services, scopes: Scopes, found: EntranceList) -> None:
    """Add an entrance for each port of a service whose pods a policy of the files is about."""
    modes = manifests.of(SECURITY, "PeerAuthentication")
    policies = manifests.of(SECURITY, "AuthorizationPolicy")
    for port in _ports(services) if modes or policies else ():
        if port.workload.proxied is False or not found.admits(len(modes) + len(policies), port.node.place):
            continue
        decision = mode_of(modes, scopes, port.workload, port.target)
        if decision is None:
            about = next((one for one in policies if scopes.applies(one, port.workload) is not False), None)
            if about is None:
                continue
            decision = PeerDecision(
                Unknown("the mode of the mesh, which is not in the files", about.place), about.place
            )
        found.entrances.append(_entrance(port, decision, tuple(services.twins(port))))


def _ports(services: Services) -> Iterator[ServicePort]:
    for ports in services.ports.values():
        yield from ports


def _entrance(port: ServicePort, decision: PeerDecision, twins: tuple[ServicePort, ...]) -> Entrance:
    """Return the entrance of a port. One that is exposed is no way within the cluster alone."""
    unknown = decision.mode if isinstance(decision.mode, Unknown) else None
    auth = AUTH[decision.mode] if isinstance(decision.mode, PeerMode) else GatewayClientAuth.OPTIONAL
    plain = auth is GatewayClientAuth.NONE
    entry = entry_of(
        address=hosts.EVERY if port.is_exposed else port.host,
        port=port.number,
        kind=ListenerKind.PLAINTEXT if plain else ListenerKind.TLS,
        auth=auth,
        pattern=port.service.name,
        at=port.node.place,
    )
    return Entrance(
        entry=entry,
        host=port.host,
        workload=port.workload,
        table=OneRoute(_own_route((port, *(twins if port.is_exposed else ())), port.node.place)),
        validation=ClientValidation(auth, decision.at, unknown),
        is_istio=True,
        is_sidecar=True,
    )


def _own_route(ports: tuple[ServicePort, ...], at: SourceLocation) -> CompiledRoute:
    backends = tuple(Backend(one.address, one.host, one.number) for one in ports)
    action = RouteAction(outcome=RouteOutcome.FORWARD, at=at, backends=backends)
    return CompiledRoute(at=at, matches=(), action=action)
