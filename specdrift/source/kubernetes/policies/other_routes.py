"""Resources of kinds that are not evaluated and that may serve the same services: other ways to them."""

from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.services import host_of

REFERENCES = frozenset(
    {
        "backend",
        "backends",
        "backend_ref",
        "backend_refs",
        "service",
        "services",
        "upstream",
        "upstreams",
        "to",
    }
)
"""Members whose value names a service, in the kinds of Kubernetes, Traefik, Contour, NGINX, OpenShift and others."""
TEXTS = frozenset({"service", "service_name"})
"""Members that are the name of one, perhaps with a namespace and a port."""
PARENTS = frozenset({"parent_ref", "parent_refs"})


@dataclass(frozen=True, slots=True)
class ServedServices:
    """What the routes that were read serve."""

    hosts: frozenset[str]
    gateways: frozenset[str]
    """Names of gateways of the Gateway API."""
    judged: frozenset[str]
    """Services that are listeners themselves: a sidecar decides about their clients."""

    def named_by(self, one: KubernetesObject) -> str:
        """Return the service or gateway that a resource names as what it serves; empty if there is none."""
        spec = one.spec
        return next(_Search(self, spec.has("listeners")).named(spec, one.namespace, ""), "")


@dataclass(frozen=True, slots=True)
class _Search:
    """The search in one resource."""

    served: ServedServices
    adds_listeners: bool

    def named(self, node: YamlNode, namespace: str, beneath: str) -> Iterator[str]:
        for item in node.items():
            yield from self.named(item, namespace, beneath)
        for key, inner in node.members():
            if key == "name" and inner.written:
                yield from self._by_name(node, inner.written, namespace, beneath)
            elif key in TEXTS and inner.written:
                yield from self._by_text(inner.written, namespace)
            yield from self.named(inner, namespace, beneath if key == "name" else key)

    def _by_name(self, node: YamlNode, name: str, namespace: str, beneath: str) -> Iterator[str]:
        kind = node.get("kind").written
        listens = beneath in PARENTS and self.adds_listeners
        if listens and kind in ("", "Gateway") and name in self.served.gateways:
            yield f"Gateway {name}"
        if beneath in REFERENCES and kind in ("", "Service"):
            host = host_of(name, node.get("namespace").written or namespace)
            if host in self.served.hosts:
                yield f"Service {name}"

    def _by_text(self, written: str, namespace: str) -> Iterator[str]:
        first, slash, second = written.partition(":")[0].partition("/")
        own, name = (first, second) if slash else (namespace, first)
        name, dot, rest = name.partition(".")
        if host_of(name, rest.partition(".")[0] if dot else own) in self.served.hosts:
            yield f"Service {name}"
