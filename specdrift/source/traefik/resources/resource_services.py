"""What resources name as services, translated into services of dynamic files."""

from collections.abc import Iterator

from msgspec import Struct, field

from specdrift.loader.parse.tree import Mark, MarkedMapping
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.services import host_of
from specdrift.source.traefik.resources.resource_scope import ClusterResources
from specdrift.source.traefik.resources.translated_tree import (
    PROVIDER,
    first_mark,
    joined,
    mapping,
    mark_of,
    normal,
    qualified,
    under,
)

SCHEMES = ("", "http", "https", "h2c")
STRATEGIES = ("", "wrr", "p2c", "RoundRobin")
EXTERNAL = "ExternalName"
_OWN = f"@{PROVIDER}"


class NotServed(Exception):
    """Traefik refuses what is written here: it leaves out the route or the service. The text says why."""


class MayBeAbsent(Exception):
    """Whether Traefik refuses it is not known. The text says why."""


class ServiceTranslator(Struct):
    """Translates references to services of one resource. Raises NotServed and MayBeAbsent."""

    resources: ClusterResources
    namespace: str
    """Of the resource."""
    made: dict[str, tuple[MarkedMapping, Mark]] = field(default_factory=dict)
    """Services that references make, by name."""

    def single(self, node: YamlNode, name: str) -> str:
        """Return the name of the only service of a route; its servers become a service with the given name."""
        referred, servers = self._of(node)
        if servers is None:
            return referred
        self.made[name] = (servers, first_mark(node))
        return name

    def weighted(self, nodes: Iterator[YamlNode], name: str, mark: Mark) -> None:
        """Make a service that shares requests out."""
        self.made[name] = (under(mark, [self._part(one) for one in nodes], "weighted", "services"), mark)

    def mirroring(self, node: YamlNode, name: str) -> None:
        """Make a service with mirrors."""
        main = self._part(node)
        mirrors = [self._part(one) for one in node.get("mirrors").items()]
        mark = first_mark(node)
        members = mapping([("service", main["name"], mark), ("mirrors", mirrors, mark)])
        self.made[name] = (under(mark, members, "mirroring"), mark)

    def _part(self, node: YamlNode) -> MarkedMapping:
        name, servers = self._of(node)
        mark = first_mark(node)
        if servers is not None:
            self.made[name] = (servers, mark)
        return under(mark, name, "name")

    def _of(self, node: YamlNode) -> tuple[str, MarkedMapping | None]:
        """Return the name of a referred service, and its servers if it is one of Kubernetes."""
        namespace = node.get("namespace").written or self.namespace
        self.check_namespace(namespace)
        name, kind = node.get("name").written, node.get("kind").written
        if kind == "TraefikService":
            return _full_name(namespace, name, ""), None
        if kind not in ("", "Service"):
            raise NotServed(f"a service of the kind {kind}")
        address = self._address(node, namespace, name.removesuffix(_OWN))
        mark = first_mark(node)
        server = under(mark, f"http://{address}", "url")
        servers = under(mark, [server], "loadBalancer", "servers")
        return _full_name(namespace, name, node.get("port").written), servers

    def check_namespace(self, namespace: str) -> None:
        """Check a reference to a namespace."""
        if namespace != self.namespace:
            _check(self.resources.scope.crosses, f"a reference to the namespace {namespace}")

    def _address(self, node: YamlNode, namespace: str, name: str) -> str:
        """Return the address of a service of Kubernetes; one that is not in the files is taken to exist."""
        scheme, strategy = node.get("scheme").written, node.get("strategy").written
        if scheme not in SCHEMES or strategy not in STRATEGIES:
            raise NotServed(f"the scheme {scheme}" if scheme not in SCHEMES else f"the strategy {strategy}")
        if not self.resources.scope.watches(namespace) or "@" in name:
            raise NotServed(f"the service {name} of the namespace {namespace}")
        port = node.get("port")
        if port.value in (None, 0, ""):
            raise NotServed(f"the service {name} without a port")
        if node.get("serversTransport") and "@" in node.get("serversTransport").written:
            raise MayBeAbsent("the transport of another provider")
        service = self.resources.named("Service", namespace, name)
        if service is None:
            if not port.number:
                raise MayBeAbsent(f"the port {port.written} of the service {name}, which is not in the files")
            return f"{host_of(name, namespace)}:{port.number}"
        return self._of_service(service, node)

    def _is_native(self, node: YamlNode) -> bool:
        own = node.get("nativeLB").flag
        return self.resources.scope.native if own is None else own

    def _of_service(self, service: KubernetesObject, node: YamlNode) -> str:
        """Return the address of a service that is in the files."""
        port = node.get("port")
        external = service.spec.get("type").written == EXTERNAL
        if external:
            _check(self.resources.scope.externals, f"{service} of the type {EXTERNAL}")
        elif node.get("healthCheck") or (self._is_native(node) and _is_headless(service)):
            raise NotServed(f"{service}, for healthCheck or nativeLB")
        number = next(
            (one.get("port").number for one in service.spec.get("ports").items() if _is(one, port)), 0
        )
        number = number or (port.number if external else 0)
        if not number:
            raise NotServed(f"the port {port.written}, which {service} does not have")
        own = service.spec.get("externalName").written
        return f"{own if external else host_of(service.name, service.namespace)}:{number}"


def _check(allowed: bool | None, what: str) -> None:  # noqa: FBT001 - a setting that may not be known
    if allowed is None:
        raise MayBeAbsent(f"{what}, without the static configuration")
    if not allowed:
        raise NotServed(what)


def _is_headless(service: KubernetesObject) -> bool:
    return service.spec.get("clusterIP").written == "None"


def _is(own: YamlNode, wanted: YamlNode) -> bool:
    """Return whether a port of a service has the number, or else the name."""
    if wanted.number:
        return own.get("port").number == wanted.number
    return own.get("name").written == wanted.written


def _full_name(namespace: str, name: str, port: str) -> str:
    """Return the name of a service as Traefik makes it."""
    own, at, provider = name.rpartition("@")
    if port and port != "0":
        return qualified(normal(f"{namespace}-{name}-{port}"))
    if not at:
        return qualified(normal(f"{namespace}-{name}"))
    if provider == PROVIDER:
        return qualified(normal(f"{namespace}-{own}"))
    return f"{normal(own)}@{provider}"


def service_of(one: KubernetesObject, translator: ServiceTranslator) -> None:
    """Translate a TraefikService. Raises NotServed and MayBeAbsent."""
    name = qualified(normal(joined(one.namespace, one.name)))
    weighted, mirroring = one.spec.get("weighted"), one.spec.get("mirroring")
    if weighted:
        translator.weighted(weighted.get("services").items(), name, mark_of(one.node, "spec", "weighted"))
    elif mirroring:
        translator.mirroring(mirroring, name)
    else:
        raise NotServed("no services")
