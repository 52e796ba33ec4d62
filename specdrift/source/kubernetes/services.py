"""Services of Kubernetes: their addresses, and the pods behind them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.keys.same_object import SameObject
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.workloads import Pods, Workload

SUFFIX = ".svc.cluster.local"


class Backend(Struct, frozen=True):
    """A port of a service that requests are handed to."""

    address: str
    """``name.namespace.svc.cluster.local:port``, or another host; without a port if it is not known."""
    host: str
    port: int | None


class ServicePort(Struct, frozen=True, eq=False):
    """A port of a service, with the pods behind it."""

    service: KubernetesObject
    node: YamlNode
    number: int
    workload: Workload
    target: int | None
    """Port of the pods."""
    pods: tuple[Workload, ...] = ()
    """Those of the files that the service selects."""

    @property
    def host(self) -> str:
        return host_of(self.service.name, self.service.namespace)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.number}"

    @property
    def is_exposed(self) -> bool:
        """True if clients outside of the cluster may reach the pods without a gateway."""
        return exposed(self.service) or self.is_on_nodes

    @property
    def is_on_nodes(self) -> bool:
        return any(one.on_nodes.have(self.target) for one in self.pods)

    def may_share(self, other: "ServicePort") -> bool:
        """Return whether two ports may be one port of the same pods. Those of the files tell, if there are any."""
        namespaces = {self.service.namespace, other.service.namespace}
        if len(namespaces - {""}) > 1 or (self.target or other.target) != (other.target or self.target):
            return False
        if self.pods or other.pods:
            return bool(set(map(SameObject, self.pods)) & set(map(SameObject, other.pods)))
        mine, others = selector_of(self.service), selector_of(other.service)
        return bool(mine and others) and all(others.get(name, value) == value for name, value in mine.items())


class Services(Struct, frozen=True, eq=False):
    """The services of the files."""

    ports: Mapping[str, tuple[ServicePort, ...]]
    """By host."""
    by_pods: Mapping[SameObject[Workload], tuple[ServicePort, ...]]
    """Ports of one kind of pods, by its identity."""

    @classmethod
    def of(cls, manifests: Manifests, pods: Pods) -> "Services":
        found: dict[str, tuple[ServicePort, ...]] = {}
        for one in manifests.of("", "Service"):
            found[host_of(one.name, one.namespace)] = tuple(_ports(one, pods))
        by_pods: dict[SameObject[Workload], list[ServicePort]] = defaultdict(list)
        for port in (port for ports in found.values() for port in ports):
            by_pods[SameObject(port.workload)].append(port)
        return cls(found, {key: tuple(every) for key, every in by_pods.items()})

    def twins(self, port: ServicePort) -> Iterator[ServicePort]:
        """Yield the ports of services that are the same port of the same pods."""
        for one in self.by_pods.get(SameObject(port.workload), ()):
            if one is not port and one.target == port.target:
                yield one

    def backend(self, host: str, port: int | None) -> Backend:
        """Return a port of a service; one that is not written is that of a service with a single one."""
        own = self.ports.get(host, ())
        if port is None and len(own) == 1:
            port = own[0].number
        return Backend(f"{host}:{port}" if port is not None else host, host, port)

    def port(self, backend: Backend) -> ServicePort | None:
        """Return the port of a service that is in the files."""
        return next((one for one in self.ports.get(backend.host, ()) if one.number == backend.port), None)


def exposed(service: KubernetesObject) -> bool:
    """Return whether clients outside of the cluster may reach a service without a gateway."""
    spec = service.spec
    return spec.get("type").written in ("NodePort", "LoadBalancer") or any(spec.get("externalIPs").items())


def selector_of(service: KubernetesObject) -> dict[str, str]:
    """Return the labels that a service selects."""
    return {name: node.written for name, node in service.spec.get("selector").entries()}


def host_of(name: str, namespace: str) -> str:
    """Return the host of a service."""
    return f"{name}.{namespace}{SUFFIX}" if namespace else f"{name}{SUFFIX}"


def _ports(service: KubernetesObject, pods: Pods) -> Iterator[ServicePort]:
    selected = tuple(pods.with_labels(selector_of(service), service.namespace))
    workload = _workload(service, selected)
    for one in service.spec.get("ports").items():
        number = one.get("port").number
        yield ServicePort(service, one, number, workload, _target(one, number, workload), selected)


def _target(port: YamlNode, number: int, workload: Workload) -> int | None:
    target = port.get("targetPort")
    if not target:
        return number
    if target.number:
        return target.number
    return workload.ports.get(target.written)


def _workload(service: KubernetesObject, selected: tuple[Workload, ...]) -> Workload:
    """Return the pods of a service. Of several kinds of pods, nothing but the selector is known."""
    if len(selected) == 1:
        return selected[0]
    unknown = Unknown(f"whether the pods of {service} have a sidecar", service.place)
    return Workload(namespace=service.namespace, labels=selector_of(service), complete=False, proxied=unknown)
