"""HTTPRoute: conditions, filters and back ends of its rules."""

from collections.abc import Iterator

from msgspec import Struct

from specdrift.source.gateway.truth import Truth, Unknown
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import shapes
from specdrift.source.kubernetes.grants import Grants, ObjectReference
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.routes.request_match import (
    CompiledRoute,
    HeaderAction,
    HeaderChange,
    NamedMatch,
    PathRewrite,
    RouteAction,
    RouteMatch,
    RouteOutcome,
    TextKind,
    TextMatch,
)
from specdrift.source.kubernetes.services import Backend, Services, host_of

PATHS = {
    "Exact": TextKind.EXACT,
    "PathPrefix": TextKind.SEGMENTS,
    "RegularExpression": TextKind.REGEX,
}
VALUES = {"Exact": TextKind.EXACT, "RegularExpression": TextKind.REGEX}
RULE = frozenset({"name", "matches", "filters", "backendRefs", "timeouts", "retry", "sessionPersistence"})
MATCH = frozenset({"path", "headers", "queryParams", "method"})
IGNORED_FILTERS = frozenset({"ResponseHeaderModifier", "RequestMirror", "CORS"})
"""Filters that refuse no client, and change nothing about the request."""
BROKEN = 500
"""Status without a back end."""


class HttpRouteReader(Struct, frozen=True, eq=False):
    """Reads routes with the services and grants of the files."""

    services: Services
    grants: Grants

    def rules_of(self, route: KubernetesObject) -> tuple[CompiledRoute, ...]:
        """Return the rules of a route, in their order."""
        return tuple(self._rule(one, route) for one in route.spec.get("rules").items())

    def _rule(self, node: YamlNode, route: KubernetesObject) -> CompiledRoute:
        matches = tuple(_match(one) for one in node.get("matches").items())
        shaped = shapes.sequence(node.get("matches"))
        if isinstance(shaped, Unknown):
            matches = (RouteMatch(at=node.place, fixed=shaped),)
        return CompiledRoute(at=node.place, matches=matches, action=self._action(node, route))

    def _action(self, node: YamlNode, route: KubernetesObject) -> RouteAction:
        unknown = _first_unknown(node)
        filters = {one.get("type").written: one for one in node.get("filters").items()}
        if "RequestRedirect" in filters:
            redirect = filters["RequestRedirect"]
            status = redirect.get("requestRedirect", "statusCode").number or 302
            return RouteAction(
                outcome=RouteOutcome.REDIRECT, at=redirect.place, status=status, unknown=unknown
            )
        references = [one for one in node.get("backendRefs").items() if not _is_unused(one)]
        for one in references:
            allowed = self._allowed(one, route)
            unknown = unknown or (allowed if isinstance(allowed, Unknown) else None)
            if one.has("filters"):
                unknown = unknown or Unknown("filters of a back end", one.get("filters").place)
        if not references:
            return RouteAction(outcome=RouteOutcome.ANSWER, at=node.place, status=BROKEN, unknown=unknown)
        return RouteAction(
            outcome=RouteOutcome.FORWARD,
            at=node.get("backendRefs").place,
            backends=tuple(self.backend(one, route) for one in references),
            rewrite=_rewrite(filters.get("URLRewrite")),
            changes=tuple(change for one in node.get("filters").items() for change in _changes(one)),
            copies=tuple(self._mirrors(node, route)),
            unknown=unknown,
        )

    def _mirrors(self, node: YamlNode, route: KubernetesObject) -> Iterator[Backend]:
        """Yield the services that get copies, unless their share is 0. Those that may not be named get none."""
        for one in node.get("filters").items():
            mirror = one.get("requestMirror")
            reference = mirror.get("backendRef")
            none = 0 in (mirror.get("percent").value, mirror.get("fraction", "numerator").value)
            if mirror.has("backendRef") and not none and self._allowed(reference, route) is not False:
                yield self.backend(reference, route)

    def backend(self, node: YamlNode, route: KubernetesObject) -> Backend:
        """Return the back end that a reference names."""
        namespace = node.get("namespace").written or route.namespace
        return self.services.backend(
            host_of(node.get("name").written, namespace), node.get("port").number or None
        )

    def _allowed(self, node: YamlNode, route: KubernetesObject) -> Truth:
        kind = node.get("kind").written or "Service"
        if kind != "Service" or node.get("group").written:
            return Unknown(f"a back end of the kind {kind[:60]}", node.place)
        namespace = node.get("namespace").written or route.namespace
        return self.grants.allow(
            ObjectReference(route, "Service", "", node.get("name").written, namespace, node.place)
        )


def _is_unused(node: YamlNode) -> bool:
    return node.has("weight") and node.get("weight").value == 0


def _first_unknown(node: YamlNode) -> Unknown | None:
    for name, inner in node.entries():
        if name not in RULE:
            return Unknown(f"{name[:60]} of a route", inner.place)
    known = IGNORED_FILTERS | {"RequestHeaderModifier", "RequestRedirect", "URLRewrite"}
    for one in node.get("filters").items():
        kind = one.get("type").written
        if kind not in known:
            return Unknown(f"the filter {kind[:60]}", one.place)
    return None


def _match(node: YamlNode) -> RouteMatch:
    fixed: Truth = shapes.mapping(node)
    for name, inner in node.entries():
        if name not in MATCH:
            fixed = Unknown(f"a route by {name[:60]}", inner.place)
    for one in (*node.get("headers").items(), *node.get("queryParams").items()):
        if (one.get("type").written or "Exact") not in VALUES:
            fixed = Unknown(f"a condition by {one.get('type').written[:60]}", one.place)
    path = node.get("path")
    kind = PATHS.get(path.get("type").written or "PathPrefix")
    if kind is None:
        fixed = Unknown(f"a path by {path.get('type').written[:60]}", path.place)
        kind = TextKind.SEGMENTS
    value = path.get("value").written or "/"
    if kind is TextKind.SEGMENTS:
        value = value.rstrip("/") or "/"
    method = node.get("method")
    return RouteMatch(
        at=node.place,
        path=TextMatch(kind, value, path.place),
        method=TextMatch(TextKind.EXACT, method.written, method.place) if method else None,
        headers=tuple(_named(node.get("headers"), lower=True)),
        arguments=tuple(_named(node.get("queryParams"), lower=False)),
        fixed=fixed,
    )


def _named(nodes: YamlNode, *, lower: bool) -> Iterator[NamedMatch]:
    for one in nodes.items():
        name = one.get("name").written
        kind = VALUES.get(one.get("type").written or "Exact")
        if kind is not None:
            yield NamedMatch(
                name.lower() if lower else name, TextMatch(kind, one.get("value").written, one.place)
            )


def _rewrite(node: YamlNode | None) -> PathRewrite | None:
    path = node.get("urlRewrite", "path") if node is not None else None
    if path is None or not path:
        return None
    if path.get("type").written == "ReplaceFullPath":
        return PathRewrite(value=path.get("replaceFullPath").written, whole=True)
    return PathRewrite(value=path.get("replacePrefixMatch").written, whole=False)


def _changes(node: YamlNode) -> Iterator[HeaderChange]:
    if node.get("type").written != "RequestHeaderModifier":
        return
    modifier = node.get("requestHeaderModifier")
    for kind in (HeaderAction.SET, HeaderAction.ADD):
        for one in modifier.get(kind.value).items():
            yield HeaderChange(kind, one.get("name").written, one.get("value").written, one.place)
    for one in modifier.get("remove").items():
        yield HeaderChange(HeaderAction.REMOVE, one.written, "", one.place)
