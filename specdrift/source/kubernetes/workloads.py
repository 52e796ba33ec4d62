"""The pods that a gateway or a service runs in, and which policies apply to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from specdrift.source.gateway.truth import Truth, Unknown, all_of, any_of
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import shapes
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests

ROOT = "istio-system"
"""Namespace whose policies apply to the whole mesh, unless the settings of the mesh name another one."""
GATEWAY_API = "gateway.networking.k8s.io"
ISTIO_CLASSES = frozenset({"istio", "istio-remote"})
ISTIO_CONTROLLER = "istio.io/gateway-controller"
OWNERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""Label of the pods that Istio makes for a gateway of the Gateway API."""
INJECTED = frozenset({"enabled", "true"})


class NodePorts(Struct, frozen=True):
    """The ports of pods that clients reach at the addresses of their nodes."""

    every: bool = False
    """The pods have the network of their node. Istio puts no sidecar beside those."""
    some: frozenset[int] = frozenset()

    def have(self, port: int | None) -> bool:
        """Return whether a port of the pods is, or may be, one of them; ``None`` is not known."""
        return self.every or (bool(self.some) if port is None else port in self.some)


class Workload(Struct, frozen=True, eq=False, kw_only=True):
    """Pods, as far as their properties are known."""

    namespace: str | None
    """``None`` if the pods are not in the files; empty if it is given when the files are applied."""
    labels: Mapping[str, str]
    complete: bool
    """Whether these are all labels that a selector may look for."""
    proxied: Truth
    """Whether a proxy of Istio is in front of it."""
    gateway: KubernetesObject | None = None
    """The gateway of the Gateway API that it is."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """Ports of containers, by name."""
    account: str = ""
    """Service account; empty if it is not known."""
    on_nodes: NodePorts = NodePorts()


class Scopes(Struct, frozen=True, eq=False):
    """Tells to which workloads policies apply."""

    settings: KubernetesObject | None
    """Settings of the mesh, which may name another root namespace."""
    pods: "Pods"

    def applies(self, policy: KubernetesObject, workload: Workload) -> Truth:
        """Return whether a policy applies to a workload."""
        spec = policy.spec
        if spec.has("targetRefs") or spec.has("targetRef"):
            one = (spec.get("targetRef"),) if spec.has("targetRef") else ()
            targets = (*spec.get("targetRefs").items(), *one)
            scoped = any_of(self._targets(policy, one, workload) for one in targets)
            if not targets:
                scoped = Unknown(f"{policy} without a target", spec.get("targetRefs").place)
        else:
            selector = spec.get("selector") if spec.has("selector") else spec.get("workloadSelector")
            scoped = all_of((self._in_namespace(policy, workload), selects(selector, workload)))
            if isinstance(scoped, Unknown) and self._means_others(policy, selector, workload):
                scoped = False
        return all_of((scoped, workload.proxied))

    def _means_others(self, policy: KubernetesObject, selector: YamlNode, workload: Workload) -> bool:
        """Return whether a selector is that of other pods of the files, of a gateway whose pods are not there."""
        if workload.complete or (workload.namespace is not None and workload.gateway is None):
            return False
        wanted = {name: node.written for name, node in labels_of(selector)}
        namespace = None if self.is_root(policy) else policy.namespace
        return next(self.pods.with_labels(wanted, namespace), None) is not None

    def is_root(self, policy: KubernetesObject) -> bool:
        """Return whether a policy stands in the namespace for the whole mesh."""
        return policy.namespace == ROOT

    def _in_namespace(self, policy: KubernetesObject, workload: Workload) -> Truth:
        if self.is_root(policy):
            return True
        found = same_namespace(policy.namespace, workload.namespace, policy)
        return self._elsewhere(policy) if found is False and self.settings is not None else found

    def _elsewhere(self, policy: KubernetesObject) -> Truth:
        """Return whether a namespace is the root after all."""
        assert self.settings is not None  # noqa: S101 - narrows the type
        if "rootNamespace" not in "".join(self.settings.node.file.lines):
            return False
        return Unknown(
            f"whether the settings of the mesh make {policy.namespace} its root", self.settings.place
        )

    @staticmethod
    def _targets(policy: KubernetesObject, target: YamlNode, workload: Workload) -> Truth:
        kind, name = target.get("kind").written, target.get("name").written
        if kind != "Gateway":
            return Unknown(f"{policy} for a {kind}", target.place)
        if workload.gateway is None:
            return False
        if workload.gateway.name != name:
            return False
        return same_namespace(policy.namespace, workload.gateway.namespace, policy)


def same_namespace(one: str, other: str | None, where: KubernetesObject) -> Truth:
    """Compare two namespaces; one that is given when the files are applied may be any."""
    if one == other:
        return True
    if other is None or not one or not other:
        return Unknown(f"whether {where} is in the namespace of the pods", where.place)
    return False


def selects(selector: YamlNode, workload: Workload) -> Truth:
    """Return whether a selector of labels selects a workload; an empty one selects all."""
    parts = (selector, selector.get("matchLabels"), selector.get("labels"))
    shaped = all_of(map(shapes.mapping, parts))
    if isinstance(shaped, Unknown):
        return shaped
    for name, node in selector.entries():
        if name not in ("matchLabels", "labels"):
            return Unknown(f"a selector by {name[:60]}", node.place)
    return all_of(_has(name, node, workload) for name, node in labels_of(selector))


def labels_of(selector: YamlNode) -> tuple[tuple[str, YamlNode], ...]:
    """Return the labels that a selector asks for."""
    return (*selector.get("matchLabels").entries(), *selector.get("labels").entries())


def _has(name: str, node: YamlNode, workload: Workload) -> Truth:
    if name in workload.labels:
        return workload.labels[name] == node.written
    if workload.complete and (workload.gateway is None or "/" not in name):
        return False
    return Unknown(f"whether the pods have the label {name}: {node.written}", node.place)


class Pods(Struct, frozen=True, eq=False):
    """The workloads of the files."""

    by_label: Mapping[tuple[str, str], tuple[Workload, ...]]

    @classmethod
    def of(cls, manifests: Manifests) -> "Pods":
        """Collect the templates of pods. A sidecar is known by the labels of pods and of their namespaces."""
        owners = [one for kind in OWNERS for one in manifests.of("apps", kind)]
        templates = [(one, one.spec.get("template")) for one in owners]
        templates += [(one, one.node) for one in manifests.of("", "Pod")]
        namespaces = {one.name: one.labels for one in manifests.of("", "Namespace")}
        found: dict[tuple[str, str], list[Workload]] = defaultdict(list)
        for owner, template in templates:
            workload = _workload(owner, template, namespaces.get(owner.namespace))
            for pair in workload.labels.items():
                found[pair].append(workload)
        return cls({pair: tuple(every) for pair, every in found.items()})

    def with_labels(self, wanted: Mapping[str, str], namespace: str | None = None) -> Iterator[Workload]:
        """Yield the workloads that have all these labels, in one namespace or in any; none for no labels."""
        candidates = min((self.by_label.get(pair, ()) for pair in wanted.items()), key=len, default=())
        for one in candidates:
            if namespace is not None and one.namespace != namespace:
                continue
            if all(one.labels.get(name) == value for name, value in wanted.items()):
                yield one


def _workload(owner: KubernetesObject, template: YamlNode, namespace: YamlNode | None) -> Workload:
    on_nodes = _on_nodes(template)
    return Workload(
        namespace=owner.namespace,
        labels={name: node.written for name, node in template.get("metadata", "labels").entries()},
        complete=True,
        proxied=not on_nodes.every and _is_injected(owner, template, namespace),
        ports=dict(_ports(template)),
        account=template.get("spec", "serviceAccountName").written or "default",
        on_nodes=on_nodes,
    )


def _is_injected(owner: KubernetesObject, template: YamlNode, namespace: YamlNode | None) -> Truth:
    """Return whether Istio puts a sidecar beside these pods. ``namespace`` has the labels of theirs."""
    metadata = template.get("metadata")
    for found in (metadata.get("labels"), metadata.get("annotations")):
        own = found.entry("sidecar.istio.io/inject")
        if own is not None:
            return own.written.lower() == "true"
    unknown = Unknown(f"whether {owner} has a sidecar", owner.place)
    if namespace is None:
        return unknown
    switch = namespace.entry("istio-injection")
    if switch is not None:
        return True if switch.written in INJECTED else unknown
    return True if namespace.entry("istio.io/rev") is not None else unknown


def _ports(template: YamlNode) -> Iterator[tuple[str, int]]:
    for port in _container_ports(template):
        if port.get("name").written:
            yield port.get("name").written, port.get("containerPort").number


def _container_ports(template: YamlNode) -> Iterator[YamlNode]:
    for container in template.get("spec", "containers").items():
        yield from container.get("ports").items()


def _on_nodes(template: YamlNode) -> NodePorts:
    own = (port for port in _container_ports(template) if port.has("hostPort"))
    return NodePorts(
        every=bool(template.get("spec", "hostNetwork").flag),
        some=frozenset(port.get("containerPort").number for port in own),
    )
