"""Listeners, routes, clusters and secrets: of a bootstrap file, or of what a running Envoy has (``/config_dump``)."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.yaml_nodes import YamlNode

FETCHED = ("lds_config", "cds_config", "ads_config")
DUMPED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ListenersConfigDump": (
        ("static_listeners", "listener"),
        ("dynamic_listeners", "active_state", "listener"),
    ),
    "ClustersConfigDump": (("static_clusters", "cluster"), ("dynamic_active_clusters", "cluster")),
    "RoutesConfigDump": (("static_route_configs", "route_config"), ("dynamic_route_configs", "route_config")),
    "SecretsConfigDump": (("static_secrets", "secret"), ("dynamic_active_secrets", "secret")),
}
"""Where each part of a dump has its resources: the list, and the members that lead to each (envoy.admin.v3)."""


class Resources(Struct, frozen=True, eq=False):
    """What a configuration has. Routes and secrets are known by name only where a listener refers to them."""

    root: YamlNode
    listeners: tuple[YamlNode, ...]
    clusters: tuple[YamlNode, ...]
    routes: Mapping[str, YamlNode]
    secrets: Mapping[str, YamlNode]
    is_dump: bool
    """Of a running Envoy: what it fetched is there too."""
    unresolved: tuple[UnresolvedExpression, ...] = ()

    def routes_of(self, manager: YamlNode) -> YamlNode:
        """Return the route configuration of a connection manager; an empty node for one that is not here."""
        inline = manager.get("route_config")
        if inline.value is not None:
            return inline
        name = manager.get("rds", "route_config_name").written
        return self.routes.get(name, inline)

    def secret(self, reference: YamlNode) -> YamlNode | None:
        """Return the secret that an SdsSecretConfig names; ``None`` if it is fetched and not here."""
        if reference.has("sds_config") and not self.is_dump:
            return None
        return self.secrets.get(reference.get("name").written)


def resources_of(root: YamlNode) -> Resources:
    """Return the resources of a bootstrap file or of a dump."""
    return _of_dump(root) if root.has("configs") else _of_bootstrap(root)


def _of_bootstrap(root: YamlNode) -> Resources:
    static, dynamic = root.get("static_resources"), root.get("dynamic_resources")
    return Resources(
        root=static,
        listeners=tuple(static.get("listeners").items()),
        clusters=tuple(static.get("clusters").items()),
        routes={},
        secrets=_by_name(static.get("secrets").items()),
        is_dump=False,
        unresolved=tuple(
            _served(dynamic.get(name), f"resources that are fetched ({name})")
            for name in FETCHED
            if dynamic.has(name)
        ),
    )


def _of_dump(root: YamlNode) -> Resources:
    parts = {part.type_name: part for part in root.get("configs").items()}
    found = {kind: tuple(_in(parts[kind], kind)) if kind in parts else () for kind in DUMPED}
    return Resources(
        root=root,
        listeners=found["ListenersConfigDump"],
        clusters=found["ClustersConfigDump"],
        routes=_by_name(found["RoutesConfigDump"]),
        secrets=_by_name(found["SecretsConfigDump"]),
        is_dump=True,
        unresolved=tuple(_missing(root, parts)),
    )


def _in(part: YamlNode, kind: str) -> Iterator[YamlNode]:
    for members, *inner in DUMPED[kind]:
        for one in part.get(members).items():
            found = one.get(*inner)
            if found.value is not None:
                yield found


def _missing(root: YamlNode, parts: Mapping[str, YamlNode]) -> Iterator[UnresolvedExpression]:
    """Yield what the dump does not show about listeners."""
    if "ListenersConfigDump" not in parts:
        yield _served(root, "a dump without its listeners")
        return
    for one in parts["ListenersConfigDump"].get("dynamic_listeners").items():
        if one.get("active_state").value is None:
            yield _served(one, "a listener that is not active yet")


def _by_name(nodes: Iterable[YamlNode]) -> Mapping[str, YamlNode]:
    """Return nodes by their names, without those whose name is that of a different one."""
    found: dict[str, YamlNode] = {}
    ambiguous: set[str] = set()
    for node in nodes:
        name = node.get("name").written
        if name in found and found[name].value != node.value:
            ambiguous.add(name)
        found[name] = node
    return {name: node for name, node in found.items() if name and name not in ambiguous}


def _served(node: YamlNode, what: str) -> UnresolvedExpression:
    return UnresolvedExpression(node.place, what, UnresolvedKind.SERVED)
