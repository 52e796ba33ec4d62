"""Resources of kinds that are not evaluated and that may serve the same services: other ways to them."""

from collections.abc import Iterator

from msgspec import Struct

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
HOST_OF_ISTIO = ("host", "destination")
"""Where a resource of Istio names a service, and beneath what."""
PARENTS = frozenset({"parent_ref", "parent_refs"})


class ServedServices(Struct, frozen=True):
    """What the routes that were read serve."""

    hosts: frozenset[str]
    gateways: frozenset[str]
    """Names of gateways of the Gateway API."""
    judged: frozenset[str]
    """Services that are listeners themselves: a sidecar decides about their clients."""

    def named_by(self, one: KubernetesObject) -> str:
        """Return the service or gateway that a resource names as what it serves; empty if there is none."""
        for reference in references(one):
            if reference.host in self.hosts or (not reference.host and reference.name in self.gateways):
                return str(reference)
        return ""


class NamedBackend(Struct, frozen=True):
    """The name of a service or gateway in a resource."""

    name: str
    host: str
    """Of a service; empty for a gateway."""

    def __str__(self) -> str:
        return f"{'Service' if self.host else 'Gateway'} {self.name}"


def references(one: KubernetesObject) -> Iterator[NamedBackend]:
    """Yield the services that a resource names as what it serves, and the gateways that it adds listeners to."""
    yield from _Search(one.spec.has("listeners")).named(one.spec, one.namespace, "")


class _Search(Struct, frozen=True):
    """The search in one resource."""

    adds_listeners: bool

    def named(self, node: YamlNode, namespace: str, beneath: str) -> Iterator[NamedBackend]:
        for item in node.items():
            yield from self.named(item, namespace, beneath)
        for key, inner in node.members():
            if key == "name" and inner.written:
                yield from self._by_name(node, inner.written, namespace, beneath)
            elif (key in TEXTS or (key, beneath) == HOST_OF_ISTIO) and inner.written:
                yield _by_text(inner.written, namespace)
            yield from self.named(inner, namespace, beneath if key == "name" else key)

    def _by_name(self, node: YamlNode, name: str, namespace: str, beneath: str) -> Iterator[NamedBackend]:
        kind = node.get("kind").written
        if beneath in PARENTS and self.adds_listeners and kind in ("", "Gateway"):
            yield NamedBackend(name, "")
        if beneath in REFERENCES and kind in ("", "Service"):
            yield NamedBackend(name, host_of(name, node.get("namespace").written or namespace))


def _by_text(written: str, namespace: str) -> NamedBackend:
    first, slash, second = written.partition(":")[0].partition("/")
    own, name = (first, second) if slash else (namespace, first)
    name, dot, rest = name.partition(".")
    return NamedBackend(name, host_of(name, rest.partition(".")[0] if dot else own))
