"""VirtualService: which requests go where, behind a gateway of Istio."""

from collections.abc import Iterator

from msgspec import Struct

from specdrift.source.gateway.truth import Truth, Unknown, all_of
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import shapes
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
from specdrift.source.kubernetes.routes.route_tables import OrderedRoutes
from specdrift.source.kubernetes.services import SUFFIX, Backend, Services

KINDS = {"exact": TextKind.EXACT, "prefix": TextKind.PREFIX, "regex": TextKind.REGEX}
IGNORED = frozenset(
    {"name", "timeout", "retries", "corsPolicy", "mirror", "mirrors", "mirrorPercent", "mirrorPercentage"}
    | {"mirror_percent", "websocketUpgrade"}
)
"""Members of a route that refuse no client."""
ACTS = frozenset({"match", "route", "redirect", "directResponse", "rewrite", "headers"})
NO_CONDITION = frozenset({"uri", "name", "statPrefix", "ignoreUriCase"})


class BoundServer(Struct, frozen=True, kw_only=True):
    """The server of a gateway that routes are read for."""

    gateway: KubernetesObject
    port: int
    services: Services


def names_gateway(written: str, route: KubernetesObject, gateway: KubernetesObject) -> Truth:
    """Return whether a name in ``gateways`` is that of a gateway: ``name``, ``namespace/name``, or older spellings."""
    namespace, slash, name = written.rpartition("/")
    if not slash:
        name, dot, rest = written.partition(".")
        namespace = rest.removesuffix(SUFFIX) if dot else route.namespace
    if name != gateway.name:
        return False
    if namespace == gateway.namespace:
        return True
    if not namespace or not gateway.namespace:
        return Unknown(f"whether {route} means {gateway}", route.place)
    return False


def routes_of(service: KubernetesObject, server: BoundServer) -> OrderedRoutes:
    """Return the routes of a VirtualService for a server."""
    bound = _any_gateway(service.spec.get("gateways"), service, server.gateway)
    routes = tuple(_route(one, service, server) for one in service.spec.get("http").items())
    delegated = Unknown("a VirtualService of another one", service.place)
    attached = bound if not _is_delegate(service) else delegated
    return OrderedRoutes(service, routes, attached)


def _is_delegate(service: KubernetesObject) -> bool:
    return not service.spec.has("hosts")


def _any_gateway(names: YamlNode, service: KubernetesObject, gateway: KubernetesObject) -> Truth:
    found: Truth = False
    for one in names.items():
        bound = names_gateway(one.written, service, gateway)
        if bound is True:
            return True
        found = bound if isinstance(bound, Unknown) else found
    return found


def _route(node: YamlNode, service: KubernetesObject, server: BoundServer) -> CompiledRoute:
    matches = tuple(_match(one, service, server) for one in node.get("match").items())
    shaped = shapes.sequence(node.get("match"))
    if isinstance(shaped, Unknown):
        matches = (RouteMatch(at=node.place, fixed=shaped),)
    return CompiledRoute(at=node.place, matches=matches, action=_action(node, service, server))


def _match(node: YamlNode, service: KubernetesObject, server: BoundServer) -> RouteMatch:
    uri = node.get("uri")
    ignore_case = bool(node.get("ignoreUriCase").flag)
    return RouteMatch(
        at=node.place,
        path=_text(uri, ignore_case=ignore_case) if uri else None,
        method=_text_of(node, "method"),
        host=_text_of(node, "authority"),
        scheme=_text_of(node, "scheme"),
        headers=(
            *_named(node.get("headers"), inverted=False),
            *_named(node.get("withoutHeaders"), inverted=True),
        ),
        arguments=tuple(_named(node.get("queryParams"), inverted=False, lower=False)),
        fixed=all_of(_fixed(node, service, server)),
    )


def _text_of(node: YamlNode, name: str) -> TextMatch | None:
    return _text(node.get(name)) if node.has(name) else None


def _text(node: YamlNode, *, ignore_case: bool = False) -> TextMatch:
    for name, inner in node.entries():
        if name in KINDS:
            return TextMatch(KINDS[name], inner.written, inner.place, ignore_case)
    return TextMatch(TextKind.PRESENT, "", node.place)


def _named(node: YamlNode, *, inverted: bool, lower: bool = True) -> Iterator[NamedMatch]:
    for name, inner in node.entries():
        yield NamedMatch(name.lower() if lower else name, _text(inner), inverted)


def _fixed(node: YamlNode, service: KubernetesObject, server: BoundServer) -> Iterator[Truth]:
    """Yield the conditions that do not depend on the request, and those that are not evaluated."""
    yield shapes.mapping(node)
    for name, inner in node.entries():
        match name:
            case "port":
                yield inner.number == server.port or Unknown("a route by the port of the pods", inner.place)
            case "gateways":
                yield _any_gateway(inner, service, server.gateway)
            case "method" | "authority" | "scheme" | "headers" | "withoutHeaders" | "queryParams":
                continue
            case _ if name not in NO_CONDITION:
                yield Unknown(f"a route by {name[:60]}", inner.place)


def _action(node: YamlNode, service: KubernetesObject, server: BoundServer) -> RouteAction:
    unknown = next(
        (
            Unknown(f"{name[:60]} of a route", inner.place)
            for name, inner in node.entries()
            if name not in ACTS and name not in IGNORED
        ),
        None,
    )
    if node.has("redirect"):
        redirect = node.get("redirect")
        status = redirect.get("redirectCode").number or 301
        return RouteAction(outcome=RouteOutcome.REDIRECT, at=redirect.place, status=status, unknown=unknown)
    if node.has("directResponse"):
        answer = node.get("directResponse")
        return RouteAction(
            outcome=RouteOutcome.ANSWER, at=answer.place, status=answer.get("status").number, unknown=unknown
        )
    destinations = tuple(node.get("route").items())
    rewrite = node.get("rewrite")
    own = tuple(change for one in destinations for change in _changes(one.get("headers")))
    if own and len(destinations) > 1:
        unknown = unknown or Unknown("headers of one of several destinations", own[0].at)
    return RouteAction(
        outcome=RouteOutcome.FORWARD,
        at=node.get("route").place,
        backends=tuple(_backend(one, service, server.services) for one in destinations),
        rewrite=_rewritten(rewrite),
        changes=(*_changes(node.get("headers")), *own),
        copies=tuple(_mirrors(node, service, server.services)),
        unknown=unknown,
    )


def _mirrors(node: YamlNode, service: KubernetesObject, services: Services) -> Iterator[Backend]:
    """Yield the services that get copies, unless their share is 0."""
    if node.has("mirror") and node.get("mirrorPercentage", "value").value != 0:
        yield _destination(node.get("mirror"), service, services)
    for one in node.get("mirrors").items():
        if one.get("percentage", "value").value != 0:
            yield _destination(one.get("destination"), service, services)


def _rewritten(node: YamlNode) -> PathRewrite | None:
    by_pattern = node.get("uriRegexRewrite")
    if by_pattern.has("match"):
        return PathRewrite(value=by_pattern.get("rewrite").written, pattern=by_pattern.get("match").written)
    return PathRewrite(value=node.get("uri").written) if node.has("uri") else None


def _changes(headers: YamlNode) -> Iterator[HeaderChange]:
    request = headers.get("request")
    for one in request.get("remove").items():
        yield HeaderChange(HeaderAction.REMOVE, one.written, "", one.place)
    for kind in (HeaderAction.SET, HeaderAction.ADD):
        for name, value in request.get(kind.value).entries():
            yield HeaderChange(kind, name, value.written, value.place)


def _backend(node: YamlNode, service: KubernetesObject, services: Services) -> Backend:
    return _destination(node.get("destination"), service, services)


def _destination(destination: YamlNode, service: KubernetesObject, services: Services) -> Backend:
    host = qualified(destination.get("host").written.lower(), service.namespace)
    return services.backend(host, destination.get("port", "number").number or None)


def qualified(host: str, namespace: str) -> str:
    """Return the full name of a service: short ones are in the namespace of what names them."""
    if "." in host:
        return host
    return f"{host}.{namespace}{SUFFIX}" if namespace else f"{host}{SUFFIX}"
