"""Routers that libraries make of an OpenAPI document: the pages of utoipa and aide, and the document itself."""

from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import RouteKind
from specdrift.source.axum.evaluate.router_rules import mounts
from specdrift.source.axum.syntax.values import (
    AxumEndpoint,
    FunctionValue,
    MethodRouter,
    RoutedEndpoint,
    Router,
    TextValue,
    Value,
)

PAGES = frozenset({"SwaggerUi", "Redoc", "RapiDoc", "Scalar"})
"""Types that axum's Router merges."""
AIDE = frozenset({"axum_route", "axum_handler"})
"""Methods of aide's pages that make a method router."""


def page(owner: str, name: str, values: list[Value], place: SourceLocation) -> Router | None:
    """Return the router of a page, such as ``SwaggerUi::new("/docs")``; ``None`` if it is none or unknown."""
    texts = [value.value for value in values if isinstance(value, TextValue)]
    if owner not in PAGES or not texts:
        return None
    # The document's path stands first, except in with_url of RapiDoc, where the page's does.
    if owner == "RapiDoc" and name in {"new", "with_openapi"}:
        own = () if name == "new" else (_route(texts[0], "document", place),)
        return Router((*_at("/", owner, place), *own), origins=_origin(place))
    if name.startswith(("new", "with_url")):
        served = (_route(texts[1], "document", place),) if len(texts) > 1 else ()
        return Router((*_at(texts[0], owner, place), *served), origins=_origin(place))
    return None


def is_page(router: Router) -> bool:
    """Return whether a router is that of a page."""
    return bool(router.routes) and router.routes[0].endpoint.handler.name in PAGES


def method(router: Router, name: str, values: list[Value], place: SourceLocation) -> Router:
    """Evaluate a method of a page: ``.url`` adds a document, ``.path`` moves the page."""
    given = next((value.value for value in values if isinstance(value, TextValue)), None)
    if name == "url" and given is not None:
        return replace(router, routes=(*router.routes, _route(given, "document", place)))
    if name == "path" and given is not None:
        kind = router.routes[0].endpoint.handler.name
        kept = (route for route in router.routes if route.endpoint.handler.name != kind)
        return replace(router, routes=(*_at(given, kind, place), *kept))
    return router


def method_router(place: SourceLocation) -> MethodRouter:
    """Return the method router of a page of aide."""
    return MethodRouter((AxumEndpoint(("GET",), FunctionValue("documentation page", place), place),))


def _origin(place: SourceLocation) -> frozenset[tuple[str, int]]:
    return frozenset({(place.file, place.line)})


def _at(path: str, handler: str, place: SourceLocation) -> tuple[RoutedEndpoint, ...]:
    """Return the routes of a page and its files."""
    endpoint = replace(_route(path, handler, place).endpoint, kind=RouteKind.SERVICE)
    return tuple(RoutedEndpoint(one, endpoint) for one in mounts(path))


def _route(path: str, handler: str, place: SourceLocation) -> RoutedEndpoint:
    return RoutedEndpoint(path, AxumEndpoint(("GET",), FunctionValue(handler, place), place))
