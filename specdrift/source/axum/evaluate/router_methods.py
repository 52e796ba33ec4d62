"""Evaluates the methods of Router in axum, axum-extra, utoipa-axum and aide."""

from collections.abc import Callable

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD, RouteKind, UnresolvedKind
from specdrift.source.axum.evaluate import router_rules
from specdrift.source.axum.evaluate.endpoint_calls import endpoint
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.layer_calls import layers_of
from specdrift.source.axum.path_attributes import typed_path
from specdrift.source.axum.syntax import own_services
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    AxumEndpoint,
    ForeignService,
    FunctionValue,
    MethodRouter,
    Router,
    SequenceValue,
    TextValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, name_of, short

Method = Callable[[Evaluator, Frame, Node, Router], Value]


def router_method(evaluator: Evaluator, frame: Frame, node: Node, router: Router, name: str) -> Value:
    """Evaluate a method of Router."""
    return ROUTER[name](evaluator, frame, node, router)


def method_name(call: Node) -> Node | None:
    """Return the callee of a method call; ``None`` for a function call."""
    callee = syntax.field(call, "function")
    inner = syntax.field(callee, "function") if callee and callee.type == "generic_function" else callee
    return inner if inner is not None and inner.type == "field_expression" else None


def given_to(node: Node) -> list[Node]:
    """Return the arguments of a method. One that is called by its path has the receiver before them."""
    return arguments(node) if method_name(node) is not None else arguments(node)[1:]


def _path(evaluator: Evaluator, frame: Frame, node: Node) -> str | None:
    """Return the path in the first argument; ``None`` if unknown."""
    given = given_to(node)
    value = evaluator.value(frame, given[0]) if given else UNKNOWN
    if isinstance(value, UnknownValue) and given and evaluator.widen():
        value = evaluator.value(frame, given[0])
    return value.value if isinstance(value, TextValue) else None


def _unresolved(
    evaluator: Evaluator,
    frame: Frame,
    node: Node,
    router: Router,
    what: str,
    *,
    kind: UnresolvedKind = UnresolvedKind.SERVED,
) -> Router:
    found = evaluator.unresolved_at(frame, name_of(node), what, kind)
    return router_rules.with_unresolved(router, found)


def _unresolved_route(evaluator: Evaluator, frame: Frame, node: Node, router: Router, what: str) -> Router:
    return _unresolved(evaluator, frame, node, router, what, kind=UnresolvedKind.ROUTE)


def _route(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    path = _path(evaluator, frame, node)
    given = given_to(node)
    value = evaluator.value(frame, given[1]) if len(given) > 1 else UNKNOWN
    if path is None:
        return _unresolved_route(
            evaluator, frame, node, router, f"path of .route({short(given[0]) if given else ''}, …)"
        )
    if isinstance(value, MethodRouter):
        return router_rules.route(router, path, value)
    return _unresolved_route(
        evaluator, frame, node, router, f"handler of {path}: {short(given[1]) if len(given) > 1 else ''}"
    )


def _services(
    evaluator: Evaluator, frame: Frame, node: Node, at: int, kind: RouteKind
) -> tuple[AxumEndpoint, ...]:
    """Return what answers in a service that is an argument: the methods of a method router, files, or a function."""
    given = given_to(node)
    value = evaluator.value(frame, given[at]) if len(given) > at else UNKNOWN
    place = frame.module.file.place(name_of(node))
    if isinstance(value, MethodRouter | ForeignService) and value.endpoints:
        alone = len(value.endpoints) == 1
        own = (router_rules.wide(one) if alone else one for one in value.endpoints)
        return tuple(replace(one, location=place, kind=kind) for one in own)
    if isinstance(value, UnknownValue) and len(given) > at:
        value = own_services.function_of(evaluator, frame, given[at]) or value
    source_text = short(given[at]) if len(given) > at else ""
    function = (
        value if isinstance(value, FunctionValue) else FunctionValue(_source_text(value, source_text), place)
    )
    evaluator.visit_dispatch(frame, function)
    return (AxumEndpoint((ANY_METHOD,), function, place, kind=kind),)


def _source_text(value: Value, otherwise: str) -> str:
    return value.source_text if isinstance(value, UnknownValue) and value.source_text else otherwise


def _route_service(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    path = _path(evaluator, frame, node)
    if path is None:
        return _unresolved_route(evaluator, frame, node, router, "path of .route_service(…)")
    services = _services(evaluator, frame, node, 1, RouteKind.SERVICE)
    return router_rules.route(router, path, MethodRouter(services))


def _nest(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    path, given = _path(evaluator, frame, node), given_to(node)
    inner = evaluator.value(frame, given[1]) if len(given) > 1 else UNKNOWN
    if isinstance(inner, SequenceValue):
        inner = next((item for item in inner.items if isinstance(item, Router)), UNKNOWN)
    if not isinstance(inner, Router):
        return _unresolved(
            evaluator,
            frame,
            node,
            router,
            f"router nested at {path or '?'}: {short(given[-1] if given else node)}",
        )
    if path is None:
        unresolved = _unresolved(evaluator, frame, node, router, f"prefix of .nest({short(given[0])}, …)")
        return router_rules.nest_somewhere(unresolved, inner, frame.module.file.place(name_of(node)))
    place = frame.module.file.place(name_of(node))
    if not path.strip("/"):
        return router_rules.merge(router, inner, place)
    return router_rules.nest(router, path, inner, place)


def _nest_service(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    """Evaluate ``nest_service``: a router keeps its routes and answers the rest itself; a service gets all below the
    path.
    """
    path, given = _path(evaluator, frame, node), given_to(node)
    inner = evaluator.value(frame, given[1]) if len(given) > 1 else UNKNOWN
    if path is None:
        unresolved = _unresolved(evaluator, frame, node, router, "prefix of .nest_service(…)")
        place = frame.module.file.place(name_of(node))
        return (
            router_rules.nest_somewhere(unresolved, inner, place) if isinstance(inner, Router) else unresolved
        )
    if isinstance(inner, Router):
        return router_rules.nest_service(router, path, inner, frame.module.file.place(name_of(node)))
    return router_rules.mount(router, path, _services(evaluator, frame, node, 1, RouteKind.SERVICE))


def _merge(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    given = given_to(node)
    value = evaluator.value(frame, given[0]) if given else UNKNOWN
    if isinstance(value, SequenceValue):
        value = next((item for item in value.items if isinstance(item, Router)), UNKNOWN)
    if isinstance(value, Router):
        return router_rules.merge(router, value, frame.module.file.place(name_of(node)))
    return _unresolved(evaluator, frame, node, router, f"merged router: {short(given[0]) if given else ''}")


def _layer(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    return router_rules.layer(router, layers_of(evaluator, frame, given_to(node)))


def _route_layer(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    return router_rules.route_layer(router, layers_of(evaluator, frame, given_to(node)))


def _fallback(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    value = evaluator.value(frame, given_to(node)[0]) if given_to(node) else UNKNOWN
    if isinstance(value, Router):
        return router_rules.merge(router, value)  # fallback_service(another router)
    return router_rules.fallback(router, _services(evaluator, frame, node, 0, RouteKind.FALLBACK))


def _other_methods(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    return router_rules.other_methods(router, _services(evaluator, frame, node, 0, RouteKind.FALLBACK))


def _reset(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    del evaluator, frame, node
    return router_rules.reset_fallback(router)


def _same(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    for argument in given_to(node):
        evaluator.value(frame, argument)
    return router


def _routes(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    """Evaluate ``.routes(routes!(handler, …))`` of utoipa-axum."""
    given = given_to(node)
    value = evaluator.value(frame, given[0]) if given else UNKNOWN
    items = value.items if isinstance(value, SequenceValue) else (value,)
    for item in items:
        if isinstance(item, MethodRouter) and item.path is not None:
            router = router_rules.route(router, item.path, item)
        else:
            router = _unresolved_route(
                evaluator, frame, node, router, f"routes of {short(given[0]) if given else ''}"
            )
    return router


def _typed(verb: str) -> Method:
    """Return the evaluator of a typed method of axum-extra: its path is that of the handler's first TypedPath."""

    def method(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
        methods = (ANY_METHOD,) if verb == "any" else (verb.upper(),)
        found = endpoint(evaluator, frame, node, given_to(node)[:1], methods)
        path = typed_path(evaluator, found.handler) if found else None
        if found is None or path is None:
            return _unresolved_route(
                evaluator, frame, node, router, f"path of .typed_{verb}({short(given_to(node)[0])})"
            )
        return router_rules.route(router, path, MethodRouter((found,)))

    return method


def _parts(evaluator: Evaluator, frame: Frame, node: Node, router: Router) -> Value:
    """Evaluate ``split_for_parts`` of utoipa-axum: the router and the document."""
    del evaluator, frame, node
    return SequenceValue((router, UNKNOWN))


ROUTER: dict[str, Method] = {
    "route": _route,
    "api_route": _route,
    "api_route_with": _route,
    "route_with_tsr": _route,
    "route_service": _route_service,
    "route_service_with_tsr": _route_service,
    "nest": _nest,
    "nest_api_service": _nest,
    "nest_service": _nest_service,
    "merge": _merge,
    "layer": _layer,
    "route_layer": _route_layer,
    "fallback": _fallback,
    "fallback_service": _fallback,
    "method_not_allowed_fallback": _other_methods,
    "reset_fallback": _reset,
    "with_state": _same,
    "routes": _routes,
    "split_for_parts": _parts,
    "finish_api": _same,
    "finish_api_with": _same,
    "has_routes": lambda *_: UNKNOWN,
    **{f"typed_{verb}": _typed(verb) for verb in (*router_rules.METHODS, "any")},
}

__all__ = ["ROUTER", "given_to", "method_name", "router_method"]
