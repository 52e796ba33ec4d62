"""Gateway of Istio: its servers, with the VirtualServices that are bound to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.truth import Truth, Unknown, all_of
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import host_patterns as hosts
from specdrift.source.kubernetes.listeners.entrances import (
    UNMATCHED,
    ClientValidation,
    Entrance,
    EntranceList,
    PassedOn,
    entry_of,
)
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.routes.route_tables import FirstMatch, OrderedRoutes
from specdrift.source.kubernetes.routes.virtual_services import BoundServer, qualified, routes_of
from specdrift.source.kubernetes.services import Services
from specdrift.source.kubernetes.workloads import Pods, Workload

NETWORKING = "networking.istio.io"
HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB"})
AUTH: Mapping[str, GatewayClientAuth] = {
    "SIMPLE": GatewayClientAuth.NONE,
    "MUTUAL": GatewayClientAuth.REQUIRED,
    "OPTIONAL_MUTUAL": GatewayClientAuth.OPTIONAL,
    "ISTIO_MUTUAL": GatewayClientAuth.REQUIRED,
}
"""Modes in which TLS ends at the gateway. Without one, connections are passed on."""
OF_USERS = frozenset({"MUTUAL", "OPTIONAL_MUTUAL"})
AUTHORITIES = ("credentialName", "credentialNames", "caCertificates", "caCertCredentialName")
"""Members that name the CA of clients: one of them is required."""
PASSED_ON = frozenset({"", "PASSTHROUGH", "AUTO_PASSTHROUGH"})


class _Server(Struct, frozen=True, eq=False):
    gateway: KubernetesObject
    node: YamlNode
    workload: Workload

    @property
    def port(self) -> int:
        return self.node.get("port", "number").number

    @property
    def protocol(self) -> str:
        return self.node.get("port", "protocol").written.upper()

    @property
    def address(self) -> str:
        return self.node.get("bind").written or hosts.EVERY

    @property
    def redirects(self) -> SourceLocation | None:
        """The statement by which all requests are redirected to HTTPS."""
        redirect = self.node.get("tls", "httpsRedirect")
        return redirect.place if redirect.flag and self.protocol in HTTP else None

    @property
    def mode(self) -> YamlNode:
        return self.node.get("tls", "mode")

    def hosts(self) -> Iterator[tuple[str, str, YamlNode]]:
        """Yield namespace and pattern of each host; ``*`` for all namespaces."""
        for one in self.node.get("hosts").items():
            namespace, slash, pattern = one.written.lower().rpartition("/")
            if len(pattern) <= hosts.LONGEST:
                yield (
                    (self.gateway.namespace if namespace == "." else namespace) if slash else "*",
                    pattern,
                    one,
                )


def add_istio_entrances(manifests: Manifests, pods: Pods, services: Services, found: EntranceList) -> None:
    """Add the entrances of all gateways of Istio."""
    bound = _by_gateway(manifests)
    for gateway in manifests.of(NETWORKING, "Gateway"):
        workload = _workload(gateway, pods)
        for node in gateway.spec.get("servers").items():
            server = _Server(gateway, node, workload)
            _add_server(server, bound.get(gateway.name, ()), services, found)


def _by_gateway(manifests: Manifests) -> Mapping[str, tuple[KubernetesObject, ...]]:
    """Return VirtualServices by the names of the gateways that they mention."""
    found: dict[str, list[KubernetesObject]] = defaultdict(list)
    for one in manifests.of(NETWORKING, "VirtualService"):
        names = {name.written for name in one.spec.get("gateways").items()}
        short = {name.rpartition("/")[2] for name in names}
        for name in short | {name.partition(".")[0] for name in short}:
            found[name].append(one)
    return {name: tuple(every) for name, every in found.items()}


def _workload(gateway: KubernetesObject, pods: Pods) -> Workload:
    wanted = {name: node.written for name, node in gateway.spec.get("selector").entries()}
    own = tuple(pods.with_labels(wanted))
    if len(own) == 1:
        return Workload(
            namespace=own[0].namespace,
            labels=own[0].labels,
            complete=True,
            proxied=True,
            account=own[0].account,
        )
    return Workload(namespace=None, labels=wanted, complete=False, proxied=True)


def _add_server(
    server: _Server, bound: tuple[KubernetesObject, ...], services: Services, found: EntranceList
) -> None:
    if server.protocol in HTTP:
        validation = ClientValidation(GatewayClientAuth.NONE, server.node.place)
        _add_hosts(server, bound, services, found, validation)
    elif server.protocol == "HTTPS" and server.mode.written not in PASSED_ON:
        _add_hosts(server, bound, services, found, _validation(server))
    else:
        _add_connections(server, bound, found, services)


def _validation(server: _Server) -> ClientValidation:
    mode = server.mode
    auth = AUTH.get(mode.written)
    if auth is None:
        unknown = Unknown(f"the TLS mode {mode.written[:40]}", mode.place)
        return ClientValidation(GatewayClientAuth.OPTIONAL, mode.place, unknown)
    if mode.written in OF_USERS and not any(server.node.get("tls", name).value for name in AUTHORITIES):
        return ClientValidation(auth, mode.place, Unknown("client certificates without a CA", mode.place))
    return ClientValidation(auth, mode.place)


def _add_hosts(
    server: _Server,
    bound: tuple[KubernetesObject, ...],
    services: Services,
    found: EntranceList,
    validation: ClientValidation,
) -> None:
    by_host: dict[str, list[OrderedRoutes]] = defaultdict(list)
    at = BoundServer(gateway=server.gateway, port=server.port, services=services)
    patterns = tuple(server.hosts())
    for service in bound:
        names = tuple(one.written.lower() for one in service.spec.get("hosts").items())
        rules = len(tuple(service.spec.get("http").items()))
        if not found.spend(len(names) * len(patterns) + rules, service.place):
            return
        routes = routes_of(service, at) if rules else None
        for pattern, visible in _shared(names, patterns, service):
            attached = all_of((routes.attached, visible)) if routes is not None else False
            if routes is not None and attached is not False:
                by_host[pattern].append(OrderedRoutes(service, routes.routes, attached))
    if server.redirects is not None and not by_host:
        for _, pattern, _ in patterns:
            by_host.setdefault(pattern, [])
    if not by_host:
        found.note(server.node.place, "a server of a gateway without routes")
    table = FirstMatch({pattern: tuple(groups) for pattern, groups in by_host.items()})
    for pattern, groups in by_host.items():
        if not found.admits(sum(len(one.routes) for one in groups), server.node.place):
            return
        kind = ListenerKind.PLAINTEXT if server.protocol in HTTP else ListenerKind.TLS
        entry = entry_of(
            address=server.address,
            port=server.port,
            kind=kind,
            auth=validation.auth,
            pattern=pattern,
            at=server.node.place,
        )
        found.entrances.append(
            Entrance(
                entry=entry,
                host=hosts.concrete(pattern, UNMATCHED),
                workload=server.workload,
                table=table,
                validation=validation,
                redirects=server.redirects,
                is_istio=True,
            )
        )


def _shared(
    names: tuple[str, ...], patterns: tuple[tuple[str, str, YamlNode], ...], service: KubernetesObject
) -> Iterator[tuple[str, Truth]]:
    """Yield the hosts that a VirtualService shares with a server, and whether the server takes them from it."""
    best: dict[str, Truth] = {}
    for name in names:
        for namespace, pattern, node in patterns:
            shared = hosts.intersection(pattern, name)
            if shared is None:
                continue
            visible: Truth = namespace in ("*", service.namespace)
            if not visible and not (namespace and service.namespace):
                visible = Unknown(f"whether {service} is in the namespace {namespace}", node.place)
            if service.spec.has("exportTo"):
                visible = all_of(
                    (visible, Unknown(f"exportTo of {service}", service.spec.get("exportTo").place))
                )
            if best.get(shared, False) is False:
                best[shared] = visible
    yield from best.items()


def _add_connections(
    server: _Server, bound: tuple[KubernetesObject, ...], found: EntranceList, services: Services
) -> None:
    terminates = server.protocol != "HTTPS" and (
        server.protocol != "TLS" or server.mode.written not in PASSED_ON
    )
    secure = server.node.has("tls")
    validation = ClientValidation(GatewayClientAuth.NONE, server.node.place)
    if secure and terminates:
        validation = _validation(server)
    for service in bound:
        routes = (*service.spec.get("tcp").items(), *service.spec.get("tls").items())
        if not found.spend(len(routes), service.place):
            return
        for route in routes:
            destinations = tuple(
                services.backend(
                    qualified(one.get("destination", "host").written.lower(), service.namespace),
                    one.get("destination", "port", "number").number or None,
                ).address
                for one in route.get("route").items()
            )
            pattern = next((p for _, p, _ in server.hosts()), hosts.EVERY)
            kind = ListenerKind.TLS if secure else ListenerKind.PLAINTEXT
            entry = entry_of(
                address=server.address,
                port=server.port,
                kind=kind,
                auth=validation.auth,
                pattern=pattern,
                at=server.node.place,
            )
            found.passed_on.append(
                PassedOn(
                    entry=entry,
                    upstream=frozenset(destinations),
                    workload=server.workload,
                    at=route.place,
                    terminates=terminates,
                    validation=validation,
                )
            )
