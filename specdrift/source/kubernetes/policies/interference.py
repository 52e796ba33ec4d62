"""Resources that may change what gateways and sidecars do, and are not evaluated."""

from collections.abc import Iterable, Iterator
from enum import Enum

from msgspec import Struct, field

from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.kubernetes.workloads import GATEWAY_API, Scopes, Workload

EVALUATED = frozenset(
    {
        ("networking.istio.io", "Gateway"),
        ("networking.istio.io", "VirtualService"),
        ("security.istio.io", "AuthorizationPolicy"),
        ("security.istio.io", "PeerAuthentication"),
        (GATEWAY_API, "Gateway"),
        (GATEWAY_API, "GatewayClass"),
        (GATEWAY_API, "HTTPRoute"),
        (GATEWAY_API, "TCPRoute"),
        (GATEWAY_API, "TLSRoute"),
        (GATEWAY_API, "ReferenceGrant"),
    }
)
HARMLESS = frozenset(
    {
        ("networking.istio.io", "DestinationRule"),
        ("networking.istio.io", "ServiceEntry"),
        ("networking.istio.io", "WorkloadEntry"),
        ("networking.istio.io", "WorkloadGroup"),
        ("networking.istio.io", "ProxyConfig"),
        ("telemetry.istio.io", "Telemetry"),
        ("security.istio.io", "RequestAuthentication"),
        (GATEWAY_API, "BackendTLSPolicy"),
        (GATEWAY_API, "UDPRoute"),
        ("networking.k8s.io", "NetworkPolicy"),
    }
)
"""They refuse no client because of its certificate, and serve nothing by themselves."""
HARMLESS_GROUPS = frozenset(
    {
        "",
        "apps",
        "batch",
        "autoscaling",
        "policy",
        "rbac.authorization.k8s.io",
        "apiextensions.k8s.io",
        "admissionregistration.k8s.io",
        "apiregistration.k8s.io",
        "cert-manager.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "kustomize.config.k8s.io",
        "monitoring.coreos.com",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
SETTINGS = frozenset(
    {("install.istio.io", "IstioOperator"), ("operator.istio.io", "Istio"), ("sailoperator.io", "Istio")}
)
ADDED_FILTERS = frozenset({"INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "ADD"})


class Reach(Enum):
    """From where on a resource may change what happens."""

    CONNECTION = "connection"
    """The handshake."""
    REQUEST = "request"
    """Requests, once the handshake is done."""


class Interference(Struct, frozen=True, eq=False):
    """A resource that is not evaluated, and what it may change."""

    resource: KubernetesObject
    reach: Reach


class Interferences(Struct, frozen=True, eq=False):
    """All of them."""

    of_workloads: tuple[Interference, ...] = ()
    of_targets: dict[tuple[str, str], tuple[Interference, ...]] = field(default_factory=dict)
    """By kind and name of the resource that they are attached to."""
    everywhere: tuple[Interference, ...] = ()

    def at(self, scopes: Scopes, workload: Workload) -> tuple[tuple[Interference, Unknown], ...]:
        """Return those that apply to a workload, or may."""
        own = [one for one in self.of_workloads if scopes.applies(one.resource, workload) is not False]
        if workload.gateway is not None:
            own += self.of_targets.get(("Gateway", workload.gateway.name), ())
        return tuple((one, unknown_of(one)) for one in own)

    def of_route(self, route: KubernetesObject) -> Unknown | None:
        """Return the first that is attached to a route, if there is one."""
        attached = self.of_targets.get((route.kind, route.name), ())
        return unknown_of(attached[0]) if attached else None


def unknown_of(one: Interference) -> Unknown:
    """Return it as a reason."""
    return Unknown(f"{one.resource}, which is not evaluated", one.resource.place)


def first_of(found: Iterable[tuple[Interference, Unknown]], reach: Reach) -> Unknown | None:
    """Return the first that may change what happens from there on."""
    return next((unknown for one, unknown in found if one.reach is reach), None)


def interferences(manifests: Manifests) -> Interferences:
    """Collect the resources that are not evaluated."""
    workloads: list[Interference] = []
    targets: dict[tuple[str, str], list[Interference]] = {}
    for one in not_evaluated(manifests):
        attached = (
            *one.spec.get("targetRefs").items(),
            *((one.spec.get("targetRef"),) if one.spec.has("targetRef") else ()),
        )
        found = Interference(one, _reach(one))
        for target in attached:
            targets.setdefault((target.get("kind").written, target.get("name").written), []).append(found)
        if not attached and one.group.endswith("istio.io") and (one.group, one.kind) not in SETTINGS:
            workloads.append(found)
    return Interferences(tuple(workloads), {key: tuple(every) for key, every in targets.items()})


def not_evaluated(manifests: Manifests) -> Iterator[KubernetesObject]:
    """Yield the resources of kinds that are not evaluated and may decide."""
    for one in manifests.resources:
        kind = (one.group, one.kind)
        if kind in EVALUATED or kind in HARMLESS or one.group in HARMLESS_GROUPS:
            continue
        if kind == ("networking.istio.io", "Sidecar") and not one.spec.has("ingress"):
            continue
        yield one


def settings_of(manifests: Manifests) -> KubernetesObject | None:
    """Return the first resource with settings of the mesh."""
    return next(
        (one for one in manifests.resources if (one.group, one.kind) in SETTINGS or _is_mesh_config(one)),
        None,
    )


def _is_mesh_config(one: KubernetesObject) -> bool:
    return (one.group, one.kind) == ("", "ConfigMap") and one.node.get("data").entry("mesh") is not None


def _reach(one: KubernetesObject) -> Reach:
    """Return what a resource may change: a filter that is added cannot undo the handshake."""
    if one.kind == "WasmPlugin":
        return Reach.REQUEST
    patches = tuple(one.spec.get("configPatches").items())
    if one.kind == "EnvoyFilter" and patches and all(_adds_filter(patch) for patch in patches):
        return Reach.REQUEST
    return Reach.CONNECTION


def _adds_filter(patch: YamlNode) -> bool:
    where = patch.get("applyTo").written
    if where in ("CLUSTER", "BOOTSTRAP"):
        return where == "CLUSTER"
    return where == "HTTP_FILTER" and patch.get("patch", "operation").written in ADDED_FILTERS
