"""What the methods of Router and MethodRouter make of one, by axum's own rules (0.8; 0.6 and 0.7 where they agree)."""

import re
from collections.abc import Iterable
from dataclasses import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import ANY_METHOD, RouteKind, UnresolvedExpression
from specdrift.source.axum.syntax.values import (
    AxumEndpoint,
    FunctionValue,
    MethodRouter,
    RoutedEndpoint,
    Router,
    RouterLayer,
)

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace", "connect")
"""Functions of axum::routing, and methods of MethodRouter."""

OLD_PARAMETER = re.compile(r"(?<=/):([^/]+)")
OLD_WILDCARD = re.compile(r"(?<=/)\*([^/]+)$")


def below(prefix: str, path: str) -> str:
    """The path of a route of a nested router, as axum joins them."""
    if prefix.endswith("/"):
        return prefix + path.lstrip("/")
    return prefix if path == "/" else prefix + path


def template(path: str) -> str:
    """The path as OpenAPI writes it: ``/:id`` becomes ``/{id}``, ``/*rest`` and ``/{*rest}`` become ``/{rest}``."""
    named = OLD_WILDCARD.sub(r"{\1}", OLD_PARAMETER.sub(r"{\1}", path))
    return named.replace("{*", "{")


def route(router: Router, path: str, methods: MethodRouter, conditional: bool = False) -> Router:  # noqa: FBT001, FBT002
    """``Router::route``: a path that is there already gets the methods too."""
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
            *(RoutedEndpoint(below(prefix, r.path), r.endpoint.by(place)) for r in inner.routes),
        ),
        fallbacks=(
            *router.fallbacks,
            *(
                RoutedEndpoint(below(prefix, r.path) if r.path else prefix, r.endpoint.by(place))
                for r in kept
            ),
        ),
        unresolved=(*router.unresolved, *inner.unresolved),
        births=router.births | inner.births,
    )


def mounts(prefix: str) -> tuple[str, ...]:
    """The paths at which ``nest_service`` registers a service: the prefix, with a slash after it, all below."""
    base = prefix.rstrip("/")
    return tuple(dict.fromkeys((prefix or "/", f"{base}/", f"{base}/{{*rest}}")))


def mount(router: Router, prefix: str, service: AxumEndpoint) -> Router:
    """``Router::nest_service`` of anything but a router."""
    return replace(
        router, routes=(*router.routes, *(RoutedEndpoint(path, service) for path in mounts(prefix)))
    )


def nest_service(router: Router, prefix: str, inner: Router, place: SourceLocation) -> Router:
    """``Router::nest_service`` of a router: where it has no route its fallback answers, or its own 404, and nothing
    around it is asked; but for axum 0.6, where the fallback around answers for one that has none.
    """
    routes = [(path, r.endpoint) for r in inner.routes for path in _inside(prefix, r.path)]
    taken = {path for path, _ in routes}
    others = [r.endpoint for r in inner.fallbacks if not r.path]
    if not inner.inherits and all(other.conditional for other in others):
        nobody = AxumEndpoint((ANY_METHOD,), FunctionValue("404", place), place, kind=RouteKind.NOT_FOUND)
        others.append(replace(nobody, conditional=bool(others)))
    rest = [path for path in mounts(prefix) if path not in taken]
    routes += [(path, _as_service(other)) for other in others for path in rest]
    nested = ((below(prefix, r.path), r.endpoint) for r in inner.fallbacks if r.path)
    routes += [(path, _as_service(other)) for base, other in nested for path in (base, mounts(base)[-1])]
    sealed = (RoutedEndpoint(path, replace(h.by(place), sealed=True)) for path, h in routes)
    return replace(
        router,
        routes=(*router.routes, *sealed),
        unresolved=(*router.unresolved, *inner.unresolved),
        births=router.births | inner.births,
    )


def _inside(prefix: str, path: str) -> tuple[str, ...]:
    """Where a route of a router answers that is nested as a service: its ``/`` with a slash and without."""
    return mounts(prefix)[:-1] if path == "/" else (below(prefix, path),)


def _as_service(endpoint: AxumEndpoint) -> AxumEndpoint:
    return replace(endpoint, kind=RouteKind.SERVICE) if endpoint.kind is RouteKind.FALLBACK else endpoint


def merge(router: Router, other: Router, place: SourceLocation | None = None) -> Router:
    """``Router::merge``: both keep their layers; the fallback is that of the one that has its own."""
    return replace(
        router,
        routes=(*router.routes, *(RoutedEndpoint(r.path, r.endpoint.by(place)) for r in other.routes)),
        fallbacks=(
            *router.fallbacks,
            *(RoutedEndpoint(r.path, r.endpoint.by(place)) for r in other.fallbacks),
        ),
        unresolved=(*router.unresolved, *other.unresolved),
        births=router.births | other.births,
    )


def layer(router: Router, layers: tuple[RouterLayer, ...]) -> Router:
    """``Router::layer``: around everything that is there already, fallbacks too."""
    return replace(
        route_layer(router, layers),
        fallbacks=tuple(RoutedEndpoint(r.path, r.endpoint.under(layers)) for r in router.fallbacks),
    )


def route_layer(router: Router, layers: tuple[RouterLayer, ...]) -> Router:
    """``Router::route_layer``: wraps the existing routes, for all methods."""
    return replace(
        router, routes=tuple(RoutedEndpoint(r.path, r.endpoint.under(layers)) for r in router.routes)
    )


def other_methods(router: Router, endpoint: AxumEndpoint) -> Router:
    """``Router::method_not_allowed_fallback``: of the paths that are there already and have none of their own."""
    own = {r.path for r in router.routes if r.endpoint.sealed or ANY_METHOD in r.endpoint.methods}
    paths = dict.fromkeys(r.path for r in router.routes if r.path not in own)
    answering = replace(endpoint, kind=RouteKind.OTHER_METHODS)
    return replace(router, routes=(*router.routes, *(RoutedEndpoint(path, answering) for path in paths)))


def fallback(router: Router, endpoint: AxumEndpoint) -> Router:
    """``Router::fallback``: outside of every layer that is there already."""
    others = tuple(r for r in router.fallbacks if r.path)
    return replace(router, fallbacks=(*others, RoutedEndpoint("", endpoint)))


def reset_fallback(router: Router) -> Router:
    """``Router::reset_fallback``: also of nested routers."""
    return replace(router, fallbacks=())


def with_unresolved(router: Router, unresolved: Iterable[UnresolvedExpression]) -> Router:
    """The router with more unresolved expressions."""
    return replace(router, unresolved=tuple(dict.fromkeys((*router.unresolved, *unresolved))))


def methods_layer(methods: MethodRouter, layers: tuple[RouterLayer, ...]) -> MethodRouter:
    """``MethodRouter::layer``: around the methods that are there already, and the fallback of the others."""
    return replace(methods, endpoints=tuple(h.under(layers) for h in methods.endpoints))


def methods_route_layer(methods: MethodRouter, layers: tuple[RouterLayer, ...]) -> MethodRouter:
    """``MethodRouter::route_layer``: around the methods that are there already."""
    inside = (h if h.kind is RouteKind.OTHER_METHODS else h.under(layers) for h in methods.endpoints)
    return replace(methods, endpoints=tuple(inside))


def methods_merge(methods: MethodRouter, other: MethodRouter) -> MethodRouter:
    """``MethodRouter::merge`` and the chain ``get(…).post(…)``."""
    return MethodRouter((*methods.endpoints, *other.endpoints), methods.path or other.path)


def wide(endpoint: AxumEndpoint) -> AxumEndpoint:
    """The same for every method."""
    return replace(endpoint, methods=(ANY_METHOD,))
