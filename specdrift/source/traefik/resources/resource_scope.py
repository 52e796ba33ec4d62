"""Which resources a Traefik reads: what its provider says about namespaces, labels and classes."""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.traefik.resources.translated_tree import PROVIDER
from specdrift.source.traefik.traefik_files import TraefikFiles, flag, member, texts

GROUP, FORMER_GROUP = "traefik.io", "traefik.containo.us"
"""Traefik 3 reads the first one only, Traefik 2.10 and 2.11 both."""
CLASS = "kubernetes.io/ingress.class"
OWN_CLASS = "traefik"
EVALUATED = frozenset(
    {"IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "Middleware", "TLSOption", "TraefikService"}
)
WITHOUT_EFFECT = frozenset({"TLSStore", "ServersTransport", "ServersTransportTCP", "MiddlewareTCP"})
"""They decide neither who is admitted nor which service gets a request."""
OTHER_PROVIDERS = {
    "kubernetesingress": ("networking.k8s.io", "Ingress"),
    "kubernetesingressnginx": ("networking.k8s.io", "Ingress"),
    "kubernetesgateway": ("gateway.networking.k8s.io", ""),
}
"""Providers with the resources that they read; without a kind, all of the group."""
_OPTIONS = frozenset(
    {
        *("endpoint", "token", "certauthfilepath", "namespaces", "allowcrossnamespace", "labelselector"),
        *("allowexternalnameservices", "ingressclass", "throttleduration", "allowemptyservices"),
        *("nativelbbydefault", "disableclusterscoperesources"),
    }
)
_LABEL = re.compile(r"\s*(!?)\s*([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*))?\s*\Z")


class LabelTest(Struct, frozen=True):
    """A condition on a label."""

    label: str
    value: str | None
    """``None``: any value."""
    wanted: bool

    def holds(self, one: KubernetesObject) -> bool:
        """Return whether a resource has the label with the value, or has it not."""
        own = one.labels.entry(self.label)
        has = own is not None and (self.value is None or own.written == self.value)
        return has is self.wanted


class ResourceScope(Struct, frozen=True):
    """What the provider says."""

    namespaces: frozenset[str] = frozenset()
    """Empty for all."""
    labels: tuple[LabelTest, ...] = ()
    ingress_class: str = ""
    crosses: bool | None = None
    """References to other namespaces are followed; ``None`` if that is not known."""
    externals: bool | None = None
    """Services with an external name are followed."""
    native: bool = False
    """Services are asked for by their own addresses, unless a reference says otherwise."""

    def watches(self, namespace: str) -> bool:
        """Return whether resources of a namespace are read."""
        return not self.namespaces or namespace in self.namespaces

    def has(self, one: KubernetesObject) -> bool:
        """Return whether one of Traefik's own resources is read."""
        return self.watches(one.namespace) and all(each.holds(one) for each in self.labels)

    def serves(self, one: KubernetesObject) -> bool:
        """Return whether routes are read."""
        written = one.annotations.entry(CLASS)
        own = written.written if written is not None else ""
        return self.has(one) and (own == self.ingress_class or (not self.ingress_class and own == OWN_CLASS))


class ClusterResources(Struct, frozen=True, eq=False):
    """The resources that Traefik reads."""

    manifests: Manifests
    scope: ResourceScope

    def routes(self, kind: str) -> Iterator[KubernetesObject]:
        """Yield the resources with routes of a kind."""
        return (one for one in _own(self.manifests, kind) if self.scope.serves(one))

    def of(self, kind: str) -> Iterator[KubernetesObject]:
        """Yield the other resources of a kind."""
        return (one for one in _own(self.manifests, kind) if self.scope.has(one))

    def named(self, kind: str, namespace: str, name: str) -> KubernetesObject | None:
        """Return a resource of Kubernetes itself, if it is in the files."""
        own = self.manifests.of("", kind)
        return next((one for one in own if (one.namespace, one.name) == (namespace, name)), None)


def resources_of(manifests: Manifests, files: TraefikFiles) -> ClusterResources:
    """Return the resources that Traefik reads. What may be missing is listed."""
    for part in manifests.unresolved:
        files.not_read(part.location, part.what, anything=True)
    scope = _scope(files, manifests.start)
    former = next(iter(_of_group(manifests, FORMER_GROUP)), None)
    if former is not None and any(_of_group(manifests, GROUP)):
        what = f"resources of {GROUP} and of {FORMER_GROUP}: which of them are read depends on the version"
        files.not_read(former.place, what, anything=True)
    for one in _without_namespace(manifests, scope):
        what = f"the namespace of {one}, which is written for other resources"
        files.not_read(one.place, what, anything=True)
    for one in manifests.resources:
        if one.group.endswith(GROUP) and one.kind not in EVALUATED | WITHOUT_EFFECT:
            files.not_read(one.place, f"{one.kind} of {one.group}", anything=True)
    _other_providers(manifests, files)
    return ClusterResources(manifests, scope)


def _own(manifests: Manifests, kind: str) -> Iterator[KubernetesObject]:
    yield from (*manifests.of(GROUP, kind), *manifests.of(FORMER_GROUP, kind))


def _of_group(manifests: Manifests, group: str) -> Iterator[KubernetesObject]:
    return (one for one in manifests.resources if one.group == group)


def _without_namespace(manifests: Manifests, scope: ResourceScope) -> Iterator[KubernetesObject]:
    """Yield the first resource without a namespace, if namespaces matter: others have one, or some are not read."""
    named = [
        one
        for one in manifests.resources
        if one.group in (GROUP, FORMER_GROUP) or (one.group, one.kind) == ("", "Service")
    ]
    without = [one for one in named if not one.namespace]
    if without and (scope.namespaces or len(without) < len(named)):
        yield without[0]


def _scope(files: TraefikFiles, start: SourceLocation) -> ResourceScope:
    if files.static is None:
        what = (
            "which namespaces, labels and classes are read: the static configuration is not among the files"
        )
        files.not_read(start, what)
        return ResourceScope()
    found = next(
        (one for name, one in member(files.static, "providers").entries() if name.lower() == PROVIDER), None
    )
    if found is None:
        what = "resources of Kubernetes, whose provider the static configuration does not have"
        files.not_read(start, what, anything=True)
        return ResourceScope()
    for name, node in found.entries():
        if name.lower() not in _OPTIONS:
            files.not_read(node.place, f"the setting {name}", anything=True)
    return ResourceScope(
        namespaces=frozenset(texts(member(found, "namespaces"))),
        labels=tuple(_labels(member(found, "labelSelector"), files)),
        ingress_class=member(found, "ingressClass").written,
        crosses=flag(member(found, "allowCrossNamespace")),
        externals=flag(member(found, "allowExternalNameServices")),
        native=flag(member(found, "nativeLBByDefault")),
    )


def _labels(node: YamlNode, files: TraefikFiles) -> Iterator[LabelTest]:
    for written in node.written.split(",") if node.written else ():
        found = _LABEL.match(written)
        if found is None or (found[1] and found[3]):
            files.not_read(node.place, f"the selector {node.written[:100]}", anything=True)
            return
        yield LabelTest(found[2], found[4], not found[1] and found[3] != "!=")


def _other_providers(manifests: Manifests, files: TraefikFiles) -> None:
    """List the resources that another provider of the static configuration makes routers of."""
    providers = member(files.static, "providers").entries() if files.static is not None else ()
    for name, _ in providers:
        group, kind = OTHER_PROVIDERS.get(name.lower(), (None, ""))
        own = (one for one in manifests.resources if one.group == group and kind in ("", one.kind))
        for one in own:
            files.not_read(one.place, f"routers of {one}, of the provider {name}", anything=True)
            break
