"""The rules of axum for Router and MethodRouter (0.8; also 0.6 and 0.7 where they agree)."""

import re

from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import ANY_METHOD, RouteKind, UnresolvedExpression
from specdrift.source.axum.syntax.values import (
    AxumEndpoint,
    FunctionValue,
    MethodRouter,
    RoutedEndpoint,
    Router,
    RouterLayer,
    Value,
)

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace", "connect")
"""Functions of axum::routing, and methods of MethodRouter."""

IN_BRACES = re.compile(r"\{([^{}*/][^{}/]*)\}")
OLD_PARAMETER = re.compile(r"(?<=/):([^/]+)")
OLD_WILDCARD = re.compile(r"(?<=/)\*([^/]+)$")


def below(prefix: str, path: str) -> str:
    """Join the prefix and the path of a nested route as axum does."""
    if prefix.endswith("/"):
        return prefix + path.lstrip("/")
    return prefix if path == "/" else prefix + path


def template(path: str, *, braces: bool = True) -> str:
    """Convert a path to OpenAPI's syntax: ``/:id`` to ``/{id}``, ``/*rest`` and ``/{*rest}`` to ``/{rest}``.

    Without ``braces``, ``{id}`` is no parameter, as before axum 0.8: a request has to send the braces.
    """
    if not braces:
        path = IN_BRACES.sub(r"%7B\1%7D", path)
    named = OLD_WILDCARD.sub(r"{\1}", OLD_PARAMETER.sub(r"{\1}", path))
    return named.replace("{*", "{")


def route(router: Router, path: str, methods: MethodRouter, conditional: bool = False) -> Router:  # noqa: FBT001, FBT002
    """``Router::route``: adds the methods to an existing path."""
    endpoints = (replace(h, conditional=h.conditional or conditional) for h in methods.endpoints)
    return replace(
        router, routes=(*router.routes, *(RoutedEndpoint(path, endpoint) for endpoint in endpoints))
    )


def nest(router: Router, prefix: str, inner: Router, place: SourceLocation | None = None) -> Router:
    """``Router::nest``: the nested router keeps its layers, and its fallbacks if it has one of its own."""
    kept = inner.fallbacks if inner.own_fallback else ()
    return replace(
        router,
        routes=(
            *router.routes,
            *(
                RoutedEndpoint(below(prefix, r.path), r.endpoint.below(r.path).by(place))
                for r in inner.routes
            ),
        ),
        fallbacks=(
            *router.fallbacks,
            *(
                RoutedEndpoint(below(prefix, r.path) if r.path else prefix, r.endpoint.by(place))
                for r in kept
            ),
        ),
        unresolved=(*router.unresolved, *inner.unresolved),
        origins=router.origins | inner.origins,
    )


def nest_somewhere(router: Router, inner: Router, place: SourceLocation) -> Router:
    """``Router::nest`` below an unknown prefix: the paths of the routes may be longer."""
    unplaced = tuple(RoutedEndpoint(r.path, replace(r.endpoint, unplaced=True)) for r in inner.routes)
    return nest(router, "/", replace(inner, routes=unplaced, fallbacks=()), place)


def mounts(prefix: str) -> tuple[str, ...]:
    """Return the paths at which ``nest_service`` registers a service: the prefix, with a slash, and all below."""
    base = prefix.rstrip("/")
    return tuple(dict.fromkeys((prefix or "/", f"{base}/", f"{base}/{{*rest}}")))


def mount(router: Router, prefix: str, services: tuple[AxumEndpoint, ...]) -> Router:
    """``Router::nest_service`` of a service that is no router."""
    mounted = (RoutedEndpoint(path, service) for path in mounts(prefix) for service in services)
    return replace(router, routes=(*router.routes, *mounted))


def nest_service(router: Router, prefix: str, inner: Router, place: SourceLocation) -> Router:
    """``Router::nest_service`` of a router. Its fallback, or its own 404, answers what it has no route for.

    In axum 0.6, the outer fallback answers for an inner router without one.
    """
    routes = [(path, r.endpoint.below(r.path)) for r in inner.routes for path in _inside(prefix, r.path)]
    taken = {path for path, _ in routes}
    others = [r.endpoint for r in inner.fallbacks if not r.path]
    if not inner.inherits_fallback and all(other.conditional for other in others):
        not_found = AxumEndpoint((ANY_METHOD,), FunctionValue("404", place), place, kind=RouteKind.NOT_FOUND)
        others.append(replace(not_found, conditional=bool(others)))
    rest = [path for path in mounts(prefix) if path not in taken]
    routes += [(path, _as_service(other)) for other in others for path in rest]
    nested = ((below(prefix, r.path), r.endpoint) for r in inner.fallbacks if r.path)
    routes += [(path, _as_service(other)) for base, other in nested for path in (base, mounts(base)[-1])]
    sealed = (RoutedEndpoint(path, replace(h.by(place), sealed=True)) for path, h in routes)
    return replace(
        router,
        routes=(*router.routes, *sealed),
        unresolved=(*router.unresolved, *inner.unresolved),
        origins=router.origins | inner.origins,
    )


def _inside(prefix: str, path: str) -> tuple[str, ...]:
    """Return the paths of a route in a router nested as a service: ``/`` with a slash and without."""
    return mounts(prefix)[:-1] if path == "/" else (below(prefix, path),)


def _as_service(endpoint: AxumEndpoint) -> AxumEndpoint:
    return replace(endpoint, kind=RouteKind.SERVICE) if endpoint.kind is RouteKind.FALLBACK else endpoint


def merge(router: Router, other: Router, place: SourceLocation | None = None) -> Router:
    """``Router::merge``: both keep their layers; at most one has a fallback."""
    return replace(
        router,
        routes=(*router.routes, *(RoutedEndpoint(r.path, r.endpoint.by(place)) for r in other.routes)),
        fallbacks=(
            *router.fallbacks,
            *(RoutedEndpoint(r.path, r.endpoint.by(place)) for r in other.fallbacks),
        ),
        unresolved=(*router.unresolved, *other.unresolved),
        origins=router.origins | other.origins,
    )


def layer(router: Router, layers: tuple[RouterLayer, ...]) -> Router:
    """``Router::layer``: wraps existing routes and fallbacks."""
    return replace(
        route_layer(router, layers),
        fallbacks=_under(router.fallbacks, layers),
    )


def route_layer(router: Router, layers: tuple[RouterLayer, ...]) -> Router:
    """``Router::route_layer``: wraps the existing routes, for all methods."""
    return replace(router, routes=_under(router.routes, layers))


def _under(routes: tuple[RoutedEndpoint, ...], layers: tuple[RouterLayer, ...]) -> tuple[RoutedEndpoint, ...]:
    return tuple(
        r if (wrapped := r.endpoint.under(layers)) is r.endpoint else RoutedEndpoint(r.path, wrapped)
        for r in routes
    )


def other_methods(router: Router, endpoints: tuple[AxumEndpoint, ...]) -> Router:
    """``Router::method_not_allowed_fallback``: for existing paths without one."""
    own = {r.path for r in router.routes if r.endpoint.sealed or ANY_METHOD in r.endpoint.methods}
    paths = dict.fromkeys(r.path for r in router.routes if r.path not in own)
    answering = [replace(endpoint, kind=RouteKind.OTHER_METHODS) for endpoint in endpoints]
    added = (RoutedEndpoint(path, one) for path in paths for one in answering)
    return replace(router, routes=(*router.routes, *added))


def fallback(router: Router, endpoints: tuple[AxumEndpoint, ...]) -> Router:
    """``Router::fallback``: outside all existing layers."""
    others = tuple(r for r in router.fallbacks if r.path)
    return replace(router, fallbacks=(*others, *(RoutedEndpoint("", one) for one in endpoints)))


def reset_fallback(router: Router) -> Router:
    """``Router::reset_fallback``: also of nested routers."""
    return replace(router, fallbacks=())


def direct(value: Value, place: SourceLocation) -> Router | None:
    """Return the router of a handler or method router that is served without one: it answers every path."""
    match value:
        case MethodRouter() if value.endpoints:
            endpoints = value.endpoints
        case FunctionValue() if value.code is not None:
            endpoints = (AxumEndpoint((ANY_METHOD,), value, place),)
        case _:
            return None
    served = (replace(one, kind=RouteKind.SERVICE) for one in endpoints)
    routes = (RoutedEndpoint(path, one) for one in served for path in mounts("/"))
    return Router(routes=tuple(routes), origins=frozenset({(place.file, place.line)}))


def with_unresolved(router: Router, found: UnresolvedExpression) -> Router:
    """Return the router with another unresolved expression. Who reports them drops what is the same."""
    return replace(router, unresolved=(*router.unresolved, found))


def methods_layer(methods: MethodRouter, layers: tuple[RouterLayer, ...]) -> MethodRouter:
    """``MethodRouter::layer``: wraps existing methods and the fallback."""
    return replace(methods, endpoints=tuple(h.under(layers) for h in methods.endpoints))


def methods_route_layer(methods: MethodRouter, layers: tuple[RouterLayer, ...]) -> MethodRouter:
    """``MethodRouter::route_layer``: wraps existing methods."""
    inside = (h if h.kind is RouteKind.OTHER_METHODS else h.under(layers) for h in methods.endpoints)
    return replace(methods, endpoints=tuple(inside))


def methods_merge(methods: MethodRouter, other: MethodRouter) -> MethodRouter:
    """``MethodRouter::merge``, and the chain ``get(…).post(…)``."""
    return MethodRouter((*methods.endpoints, *other.endpoints), methods.path or other.path)


def wide(endpoint: AxumEndpoint) -> AxumEndpoint:
    """Return the endpoint for every method."""
    return replace(endpoint, methods=(ANY_METHOD,))
