"""Gateway of the Gateway API: its listeners, with the routes that are attached to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.truth import Truth, Unknown, all_of
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes import host_patterns as hosts
from specdrift.source.kubernetes.grants import Grants
from specdrift.source.kubernetes.listeners.client_validation import validation_of
from specdrift.source.kubernetes.listeners.entrances import (
    UNMATCHED,
    Entrance,
    EntranceList,
    PassedOn,
    entry_of,
)
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.policies.interference import Interferences
from specdrift.source.kubernetes.routes.http_routes import HttpRouteReader
from specdrift.source.kubernetes.routes.route_tables import MostSpecific, OrderedRoutes
from specdrift.source.kubernetes.services import Services
from specdrift.source.kubernetes.workloads import (
    GATEWAY_API,
    GATEWAY_NAME,
    ISTIO_CLASSES,
    ISTIO_CONTROLLER,
    Workload,
    same_namespace,
)

KINDS = {"HTTP": ListenerKind.PLAINTEXT, "HTTPS": ListenerKind.TLS}
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label that each namespace has."""
CONNECTIONS = {"TLS": "TLSRoute", "TCP": "TCPRoute"}


class _Listener(Struct, frozen=True, eq=False):
    gateway: KubernetesObject
    node: YamlNode
    workload: Workload

    @property
    def port(self) -> int:
        return self.node.get("port").number

    @property
    def protocol(self) -> str:
        return self.node.get("protocol").written

    @property
    def pattern(self) -> str:
        return self.node.get("hostname").written.lower() or hosts.EVERY


class _Attachment(Struct, frozen=True, eq=False):
    """A reference of a route to a gateway."""

    route: KubernetesObject
    parent: YamlNode


class ApiListeners(Struct, eq=False):
    """Adds the entrances of all gateways of the Gateway API."""

    manifests: Manifests
    services: Services
    grants: Grants
    interferences: Interferences
    found: EntranceList

    def add(self) -> None:
        """Add them, and list listeners that are not evaluated."""
        attached = self._attachments()
        namespaces = {one.name: one.labels for one in self.manifests.of("", "Namespace")}
        rules = HttpRouteReader(self.services, self.grants)
        compiled: dict[SameObject[KubernetesObject], OrderedRoutes] = {}
        for gateway in self.manifests.of(GATEWAY_API, "Gateway"):
            workload = self._workload(gateway)
            listeners = [_Listener(gateway, one, workload) for one in gateway.spec.get("listeners").items()]
            names: dict[tuple[int, str], list[str]] = defaultdict(list)
            for one in listeners:
                names[one.port, one.protocol].append(one.pattern)
            for one in listeners:
                attachments = attached.get(gateway.name, ())
                if not self.found.spend(len(attachments), one.node.place):
                    return
                wired = list(_wired(one, attachments, namespaces))
                if one.protocol in KINDS:
                    self._add_hosts(one, wired, names[one.port, one.protocol], rules, compiled)
                else:
                    self._add_connections(one, wired, rules)

    def _attachments(self) -> Mapping[str, tuple[_Attachment, ...]]:
        """Return the references of routes by the name of the gateway."""
        found: dict[str, list[_Attachment]] = defaultdict(list)
        for kind in ("HTTPRoute", *CONNECTIONS.values()):
            for route in self.manifests.of(GATEWAY_API, kind):
                for parent in route.spec.get("parentRefs").items():
                    if (parent.get("kind").written or "Gateway") == "Gateway":
                        found[parent.get("name").written].append(_Attachment(route, parent))
        return {name: tuple(every) for name, every in found.items()}

    def _workload(self, gateway: KubernetesObject) -> Workload:
        infrastructure = gateway.spec.get("infrastructure")
        own = (*gateway.labels.entries(), *infrastructure.get("labels").entries())
        labels = {name: node.written for name, node in own}
        return Workload(
            namespace=gateway.namespace,
            labels={**labels, GATEWAY_NAME: gateway.name, "istio.io/gateway-name": gateway.name},
            # The pods are made by Istio, with its own labels beside these, unless they are there already.
            complete=not gateway.spec.has("addresses") and not infrastructure.has("parametersRef"),
            proxied=self._is_istio(gateway),
            gateway=gateway,
        )

    def _is_istio(self, gateway: KubernetesObject) -> Truth:
        """Return whether Istio implements a gateway."""
        name = gateway.spec.get("gatewayClassName")
        for one in self.manifests.of(GATEWAY_API, "GatewayClass"):
            if one.name == name.written:
                return one.spec.get("controllerName").written == ISTIO_CONTROLLER
        if name.written in ISTIO_CLASSES:
            return True
        return Unknown(f"whether Istio implements the class {name.written[:60]}", name.place)

    def _add_hosts(
        self,
        listener: _Listener,
        wired: list[tuple[_Attachment, Truth]],
        names: list[str],
        rules: HttpRouteReader,
        compiled: dict[SameObject[KubernetesObject], OrderedRoutes],
    ) -> None:
        by_host: dict[str, list[OrderedRoutes]] = defaultdict(list)
        more_specific = {
            name for name in names if name != listener.pattern and hosts.covers(listener.pattern, name)
        }
        for attachment, truth in wired:
            route = attachment.route
            if route.kind != "HTTPRoute":
                continue
            if SameObject(route) not in compiled:
                compiled[SameObject(route)] = OrderedRoutes(route, rules.rules_of(route))
            other = self.interferences.of_route(route)
            attached = truth if other is None else all_of((truth, other))
            written = tuple(one.written.lower() for one in route.spec.get("hostnames").items())
            steps = max(1, len(written)) * (1 + len(more_specific))
            if not self.found.spend(steps, route.place):
                return
            for pattern in _shared(listener.pattern, written, more_specific):
                by_host[pattern].append(OrderedRoutes(route, compiled[SameObject(route)].routes, attached))
        if not by_host:
            self.found.note(listener.node.place, "a listener of a gateway without routes")
        self._add_entrances(listener, {name: tuple(every) for name, every in by_host.items()})

    def _add_entrances(self, listener: _Listener, by_host: dict[str, tuple[OrderedRoutes, ...]]) -> None:
        table = MostSpecific(by_host)
        kind = KINDS[listener.protocol]
        validation = validation_of(listener.gateway, listener.node, self.grants)
        for pattern, groups in by_host.items():
            if not self.found.admits(sum(len(one.routes) for one in groups), listener.node.place):
                return
            entry = entry_of(
                address=hosts.EVERY,
                port=listener.port,
                kind=kind,
                auth=validation.auth,
                pattern=pattern,
                at=listener.node.place,
            )
            self.found.entrances.append(
                Entrance(
                    entry=entry,
                    host=hosts.concrete(pattern, UNMATCHED),
                    workload=listener.workload,
                    table=table,
                    validation=validation,
                    is_istio=listener.workload.proxied is True,
                )
            )

    def _add_connections(
        self, listener: _Listener, wired: list[tuple[_Attachment, Truth]], rules: HttpRouteReader
    ) -> None:
        wanted = CONNECTIONS.get(listener.protocol)
        if wanted is None:
            self.found.note(listener.node.place, f"a listener of the protocol {listener.protocol[:40]}")
            return
        passes = listener.node.get("tls", "mode").written == "Passthrough"
        validation = validation_of(listener.gateway, listener.node, self.grants)
        for attachment, _ in wired:
            route = attachment.route
            if route.kind != wanted:
                continue
            upstream = frozenset(
                rules.backend(one, route).address
                for rule in route.spec.get("rules").items()
                for one in rule.get("backendRefs").items()
            )
            entry = entry_of(
                address=hosts.EVERY,
                port=listener.port,
                kind=ListenerKind.TLS if listener.protocol == "TLS" else ListenerKind.PLAINTEXT,
                auth=validation.auth,
                pattern=listener.pattern,
                at=listener.node.place,
            )
            self.found.passed_on.append(
                PassedOn(
                    entry=entry,
                    upstream=upstream,
                    workload=listener.workload,
                    at=route.place,
                    terminates=not passes,
                    validation=validation,
                )
            )


def _shared(own: str, written: tuple[str, ...], more_specific: set[str]) -> Iterator[str]:
    """Yield the hosts of a route at a listener, without those that another listener of the port takes."""
    for name in written or (hosts.EVERY,):
        shared = hosts.intersection(own, name)
        if shared is None or len(shared) > hosts.LONGEST:
            continue
        if not any(hosts.covers(other, shared) for other in more_specific):
            yield shared


def _wired(
    listener: _Listener, attachments: tuple[_Attachment, ...], namespaces: Mapping[str, YamlNode]
) -> Iterator[tuple[_Attachment, Truth]]:
    """Yield the references that attach a route to a listener, or may."""
    for one in attachments:
        wired = all_of((_means(one, listener), _admits(listener, one.route, namespaces)))
        if wired is not False:
            yield one, wired


def _means(one: _Attachment, listener: _Listener) -> Truth:
    parent, own = one.parent, listener
    if parent.has("sectionName") and parent.get("sectionName").written != own.node.get("name").written:
        return False
    if parent.has("port") and parent.get("port").number != own.port:
        return False
    namespace = parent.get("namespace").written or one.route.namespace
    return same_namespace(namespace, own.gateway.namespace, one.route)


def _admits(listener: _Listener, route: KubernetesObject, namespaces: Mapping[str, YamlNode]) -> Truth:
    """Return whether ``allowedRoutes`` admits a route."""
    allowed = listener.node.get("allowedRoutes")
    kinds = tuple(one.get("kind").written for one in allowed.get("kinds").items())
    if kinds and route.kind not in kinds:
        return False
    scope = allowed.get("namespaces", "from")
    match scope.written or "Same":
        case "All":
            return True
        case "Same":
            return same_namespace(route.namespace, listener.gateway.namespace, route)
        case "Selector":
            return _selected(allowed.get("namespaces", "selector"), route, namespaces.get(route.namespace))
        case "None":
            return False
    return Unknown(f"routes from {scope.written[:40]}", scope.place)


def _selected(selector: YamlNode, route: KubernetesObject, labels: YamlNode | None) -> Truth:
    if any(name != "matchLabels" for name, _ in selector.entries()):
        return Unknown("a selector by expressions", selector.place)
    return all_of(_has(name, node, route, labels) for name, node in selector.get("matchLabels").entries())


def _has(name: str, wanted: YamlNode, route: KubernetesObject, labels: YamlNode | None) -> Truth:
    if name == NAMESPACE_NAME and route.namespace:
        return route.namespace == wanted.written
    if labels is None:
        return Unknown("the labels of a namespace", wanted.place)
    own = labels.entry(name)
    return own is not None and own.written == wanted.written
