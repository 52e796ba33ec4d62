"""Services of Kubernetes: their addresses, and the pods behind them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.workloads import Pods, Workload

SUFFIX = ".svc.cluster.local"


@dataclass(frozen=True, slots=True)
class Backend:
    """A port of a service that requests are handed to."""

    address: str
    """``name.namespace.svc.cluster.local:port``, or another host; without a port if it is not known."""
    host: str
    port: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ServicePort:
    """A port of a service, with the pods behind it."""

    service: KubernetesObject
    node: YamlNode
    number: int
    workload: Workload
    target: int | None
    """Port of the pods."""

    @property
    def host(self) -> str:
        return host_of(self.service.name, self.service.namespace)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """The services of the files."""

    ports: Mapping[str, tuple[ServicePort, ...]]
    """By host."""

    @classmethod
    def of(cls, manifests: Manifests, pods: Pods) -> "Services":
        found: dict[str, tuple[ServicePort, ...]] = {}
        for one in manifests.of("", "Service"):
            found[host_of(one.name, one.namespace)] = tuple(_ports(one, pods))
        return cls(found)

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


def host_of(name: str, namespace: str) -> str:
    """Return the host of a service."""
    return f"{name}.{namespace}{SUFFIX}" if namespace else f"{name}{SUFFIX}"


def _ports(service: KubernetesObject, pods: Pods) -> Iterator[ServicePort]:
    workload = _workload(service, pods)
    for one in service.spec.get("ports").items():
        number = one.get("port").number
        yield ServicePort(service, one, number, workload, _target(one, number, workload))


def _target(port: YamlNode, number: int, workload: Workload) -> int | None:
    target = port.get("targetPort")
    if not target:
        return number
    if target.number:
        return target.number
    return workload.ports.get(target.written)


def _workload(service: KubernetesObject, pods: Pods) -> Workload:
    """Return the pods of a service. Of several kinds of pods, nothing but the selector is known."""
    wanted = {name: node.written for name, node in service.spec.get("selector").entries()}
    found = tuple(pods.with_labels(wanted, service.namespace))
    if len(found) == 1:
        return found[0]
    unknown = Unknown(f"whether the pods of {service} have a sidecar", service.place)
    return Workload(namespace=service.namespace, labels=wanted, complete=False, proxied=unknown)
