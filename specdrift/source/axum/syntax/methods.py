"""Evaluates method calls on routers, method routers, layers and values of crate types."""

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import ANY_METHOD, ListenerKind, RouteKind
from specdrift.source.axum.evaluate import (
    connection_gates,
    conversions,
    document_pages,
    foreign_services,
    layer_calls,
    listeners,
    method_lookup,
    router_rules,
)
from specdrift.source.axum.evaluate.endpoint_calls import endpoint, filtered, verbs
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import has_router
from specdrift.source.axum.evaluate.layer_calls import layers_of
from specdrift.source.axum.evaluate.method_lookup import SAME
from specdrift.source.axum.evaluate.path_values import inferred, kind_of, turbofish
from specdrift.source.axum.evaluate.router_methods import ROUTER, given_to, router_method
from specdrift.source.axum.syntax import cells, declared_results, own_services, places, sequences, texts
from specdrift.source.axum.syntax.followed_calls import FollowedCall, Sink
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    AxumEndpoint,
    BoolValue,
    Bound,
    CellValue,
    EnumVariant,
    ForeignService,
    FunctionValue,
    LayerStack,
    MethodRouter,
    ResponseValue,
    Router,
    RouterLayer,
    SequenceValue,
    StructValue,
    TextValue,
    TransportValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import arguments, short, text

CHANGING = frozenset(
    {"push", "push_str", "insert", "insert_str", "clear", "truncate", "retain", "pop", "remove", "drain"}
)
"""Methods that change the string they are called on."""
READY = frozenset({"into_make_service", "into_make_service_with_connect_info"})
"""Methods whose results axum can serve."""
READYING = frozenset({"ready", "poll_ready", "ready_oneshot"})
"""Methods of tower's Service and ServiceExt that wait for a service."""
REWRITING = frozenset({"map_request", "map_response", "map_err", "map_result", "map_future"})
"""Methods of tower's ServiceExt that wrap a function around a service."""
CONNECTIONS = frozenset({"serve_connection", "serve_connection_with_upgrades"})
SERVING = frozenset({"serve", "serve_connection", "serve_connection_with_upgrades", "serve_with_shutdown"})


def method_call(evaluator: Evaluator, frame: Frame, node: Node, callee: Node, receiver: Value) -> Value:
    """Evaluate a method call."""
    name = text(syntax.field(callee, "field"))
    if name in READY:
        receiver = router_rules.direct(receiver, frame.module.file.place(node)) or receiver
        evaluator.serving(frame, node, receiver, short(node, 80))
    if (known := _of_kind(evaluator, frame, node, callee, receiver)) is not None:
        return known
    if name in conversions.NAMES and not arguments(node):
        made = conversions.router_of(evaluator, receiver, frame.declared(_receiver(node)))
        if made is not None:
            return made
    if name == "layer" and (wrapped := _wrapped(evaluator, frame, node, receiver, callee)) is not None:
        return wrapped
    if name == "service" and (within := _within(evaluator, frame, node, receiver)) is not None:
        return within
    if isinstance(receiver, LayerStack) and not _own(evaluator, receiver, name):
        return layer_calls.builder_method(evaluator, frame, node, receiver, name)
    return _general(evaluator, frame, node, receiver, name)


def _of_kind(  # noqa: PLR0911 - a table of cases
    evaluator: Evaluator, frame: Frame, node: Node, callee: Node, receiver: Value
) -> Value | None:
    """Evaluate a method that is known for its receiver; ``None`` for others."""
    name = text(syntax.field(callee, "field"))
    match receiver:
        case ResponseValue():  # of a service that makes services, too
            given = of_service(evaluator, frame, node, receiver.router, name)
            if not isinstance(given, ResponseValue):
                return receiver
            return replace(given, calls=receiver.calls | given.calls)
        case Router() if name in ROUTER:
            return router_method(evaluator, frame, node, receiver, name)
        case MethodRouter():
            return of_methods(evaluator, frame, node, receiver, name)
        case SequenceValue(is_list=True) if name in sequences.METHODS:
            return sequences.method(evaluator, frame, receiver, name, callee, _values(evaluator, frame, node))
        case CellValue():
            return cells.method(evaluator, receiver, name, _values(evaluator, frame, node))
        case ForeignService() if name not in SAME:
            return foreign_services.method(evaluator, frame, node, receiver, name)
        case TextValue() if name in CHANGING:
            return _changed(evaluator, frame, node, receiver, callee)
    return None


def _values(evaluator: Evaluator, frame: Frame, node: Node) -> list[Value]:
    return [evaluator.value(frame, argument) for argument in arguments(node)]


def _wrapped(evaluator: Evaluator, frame: Frame, node: Node, receiver: Value, callee: Node) -> Value | None:
    """Evaluate ``layer.layer(router)`` of tower's Layer, and ``handler.layer(…)`` of axum's Handler."""
    if isinstance(receiver, FunctionValue):
        layers = layers_of(evaluator, frame, arguments(node))
        place = frame.module.file.place(syntax.field(callee, "value") or callee)
        return MethodRouter((AxumEndpoint((ANY_METHOD,), receiver, place, layers),))
    values = _values(evaluator, frame, node)
    if values and isinstance(values[0], Router) and not isinstance(receiver, Router):
        inner = syntax.field(callee, "value")
        layers = layers_of(evaluator, frame, [inner]) if inner is not None else ()
        return router_rules.layer(values[0], layers)
    return None


def _within(evaluator: Evaluator, frame: Frame, node: Node, layers: Value) -> Value | None:
    """Evaluate ``ServiceBuilder::new().layer(…).service(router)``, also of one method; ``None`` for others."""
    values = _values(evaluator, frame, node) if isinstance(layers, LayerStack) else []
    if not values or not isinstance(layers, LayerStack):
        return None
    match values[0]:
        case Router() as router:
            return router_rules.layer(router, layers.layers)
        case MethodRouter(endpoints=(_,)) as methods:
            return router_rules.methods_layer(methods, layers.layers)
    return None


def of_methods(
    evaluator: Evaluator, frame: Frame, node: Node, methods: MethodRouter, name: str
) -> Value | None:
    """Evaluate a method of MethodRouter; ``None`` if it has no such method."""
    base = name.removesuffix("_service").removesuffix("_with")
    given = given_to(node)
    if base in {*router_rules.METHODS, "any", "fallback"}:
        names = (ANY_METHOD,) if base == "fallback" else verbs(name)
        found = endpoint(evaluator, frame, node, given[:1], names)
        if found and base == "fallback":
            found = replace(found, kind=RouteKind.OTHER_METHODS)
        return router_rules.methods_merge(methods, MethodRouter((found,))) if found else methods
    if base == "on" and len(given) > 1:
        found = endpoint(evaluator, frame, node, given[1:2], filtered(given[0]))
        return router_rules.methods_merge(methods, MethodRouter((found,))) if found else methods
    match name:
        case "layer":
            return router_rules.methods_layer(methods, layers_of(evaluator, frame, given))
        case "route_layer":
            return router_rules.methods_route_layer(methods, layers_of(evaluator, frame, given))
        case "merge":
            values = [evaluator.value(frame, one) for one in given]
            return (
                router_rules.methods_merge(methods, values[0])
                if values and isinstance(values[0], MethodRouter)
                else methods
            )
    return methods if name in SAME or name.startswith(("with_", "map_", "transform")) else None


def _own(evaluator: Evaluator, layers: LayerStack, name: str) -> bool:
    """Return whether the crates define the method, not ServiceBuilder."""
    return not layers.layers and name not in layer_calls.BUILDING and _is_defined(evaluator, name)


def _is_defined(evaluator: Evaluator, name: str) -> bool:
    return next(evaluator.index.each_method(name), None) is not None


def _changed(evaluator: Evaluator, frame: Frame, node: Node, receiver: TextValue, callee: Node) -> Value:
    """Evaluate ``path.push_str("/x")``. Other changes of a string make it unknown."""
    values = _values(evaluator, frame, node)
    variable = syntax.field(callee, "value")
    if variable is not None and variable.type == "identifier":
        name = text(syntax.field(callee, "field"))
        grows = name in {"push", "push_str"}
        frame.scope.assign(text(variable), texts.grown(receiver, values) if grows else UNKNOWN)
    return UNKNOWN


def _general(evaluator: Evaluator, frame: Frame, node: Node, receiver: Value, name: str) -> Value:  # noqa: PLR0911 - a table of cases
    """Evaluate any other method: of the crates if unambiguous, else of the standard library."""
    item, receiver = method_lookup.meant(evaluator, frame, _receiver(node), receiver, name)
    values = _values(evaluator, frame, node)
    if item is not None and _followed(evaluator, item, receiver):
        bound = inferred(evaluator, item, values, _bound(evaluator, frame, node, item, receiver))
        result = evaluator.run(item, values, receiver, bound)
        given = (_receiver(node), *arguments(node))
        places.give_back(evaluator, frame, item, given, (receiver, *values))
        return result
    places.forget(evaluator, frame, item, node, receiver)
    if (known := _transported(evaluator, frame, node, receiver, name, values)) is not None:
        return known
    if name in sequences.ALTERNATIVES:
        return sequences.alternative(evaluator, receiver, name, values)
    if name in SAME or (name == "parse" and isinstance(receiver, UnknownValue)):
        return (
            replace(receiver, source_text=short(node), made=None)
            if isinstance(receiver, UnknownValue)
            else receiver
        )
    if name in {"then", "then_some", "map", "and_then", "pipe", "tap", "with"}:
        return _by_closure(evaluator, receiver, name, values)
    if isinstance(receiver, Router):
        return _foreign_method(evaluator, frame, node, receiver, name)
    if isinstance(receiver, TextValue):
        return texts.method(receiver, name, values)
    evaluator.visit_closures(values)
    places.passed(evaluator, frame, node, values, short(node))
    for value in values:
        if isinstance(value, Router):
            _sink(evaluator, frame, node, value, served=False)
    # A tuple has no methods: they are of what it came wrapped in, a result or a future.
    same = isinstance(receiver, StructValue) or has_router(receiver)
    return places.changed(frame, node, receiver, name) if same and item is None else UnknownValue(short(node))


def _receiver(node: Node) -> Node | None:
    """Return the expression that a method is called on."""
    callee = syntax.field(node, "function")
    if callee is not None and callee.type == "generic_function":
        callee = syntax.field(callee, "function")
    return syntax.field(callee, "value") if callee is not None else None


def _transported(  # noqa: PLR0917 - as the others
    evaluator: Evaluator, frame: Frame, node: Node, receiver: Value, name: str, values: list[Value]
) -> Value | None:
    """Evaluate a method that serves a router, or of a listener, an acceptor or a server; ``None`` for others."""
    if name in SERVING:
        values = [own_services.router_of(evaluator, frame, value) for value in values]
    if name in SERVING and (router := next((v for v in values if isinstance(v, Router)), None)):
        evaluator.serving(frame, node, router, short(node, 80))
        listener = listeners.served_on(evaluator, frame, values, receiver)
        router = router_rules.layer(
            router, (*listener.gates, *connection_gates.gates(evaluator.index, frame, node))
        )
        _sink(evaluator, frame, node, router, served=True, listener=listener.kind)
        return UNKNOWN
    if name in document_pages.AIDE and not values and isinstance(receiver, UnknownValue):
        return document_pages.method_router(frame.module.file.place(syntax.name_of(node)))
    of_server = name in SERVING and isinstance(receiver, TransportValue)
    if name in CONNECTIONS or (of_server and not any(ready in text(node) for ready in READY)):
        evaluator.serving(frame, node, UNKNOWN, short(node, 80))
    return listeners.method(evaluator, frame, receiver, name, values)


def _followed(evaluator: Evaluator, item: RustItem, receiver: Value) -> bool:
    """Return whether to evaluate a method: one that returns a text or a flag only if its receiver is known."""
    known = isinstance(receiver, StructValue | EnumVariant | FunctionValue)
    if isinstance(receiver, StructValue) and (has_router(receiver) or declared_results.gives_itself(item)):
        return True
    simple = declared_results.gives_text(item) or declared_results.gives_flag(item)
    return item.id in evaluator.relevant or (known and simple)


def _bound(evaluator: Evaluator, frame: Frame, node: Node, item: RustItem, receiver: Value) -> Bound:
    """Return the type parameters of a method: ``Self`` in a trait, and explicit arguments."""
    kind = kind_of(evaluator, receiver)
    before: Bound = (("Self", kind),) if kind is not None else ()
    callee = syntax.field(node, "function")
    return turbofish(evaluator, frame, item, callee, before) if callee is not None else before


def _by_closure(evaluator: Evaluator, receiver: Value, name: str, values: list[Value]) -> Value:
    """Evaluate ``flag.then(|| layer)``, ``router.pipe(f)`` and similar."""
    value = _applied(evaluator, receiver, name, values)
    if name not in {"then", "then_some"}:
        return value
    return layer_calls.there(value) if isinstance(receiver, BoolValue) else layer_calls.perhaps(value)


def _applied(evaluator: Evaluator, receiver: Value, name: str, values: list[Value]) -> Value:
    function = next((value for value in values if isinstance(value, FunctionValue)), None)
    if name in {"then", "then_some"} and isinstance(receiver, BoolValue) and not receiver.value:
        return UNKNOWN
    if function is None:
        return values[0] if name == "then_some" and values else receiver
    arguments = [] if name == "then" else [receiver]
    if function.item is not None or function.closure is not None:
        return evaluator.apply(function, arguments)
    return receiver if function.path[-1:] in sequences.KEEPING else sequences.changed(receiver, function)


def _foreign_method(evaluator: Evaluator, frame: Frame, node: Node, router: Router, name: str) -> Value:
    """Evaluate a method that axum's Router lacks: of another crate's trait, or of a server."""
    if document_pages.is_page(router) and name in document_pages.AIDE:
        return document_pages.method_router(frame.module.file.place(syntax.name_of(node)))
    if document_pages.is_page(router):
        values = _values(evaluator, frame, node)
        return document_pages.method(router, name, values, frame.module.file.place(syntax.name_of(node)))
    if (answered := of_service(evaluator, frame, node, router, name)) is not None:
        return answered
    if name == "take":
        return router
    if name in REWRITING:
        function = next((v for v in _values(evaluator, frame, node) if isinstance(v, FunctionValue)), None)
        place = syntax.field(syntax.field(node, "function") or node, "field") or node
        layer = RouterLayer(f".{name}(…)", frame.module.file.place(place), frame.spot(place), function)
        return router_rules.layer(router, (layer,))
    found = evaluator.unresolved_at(frame, node, f"effect of .{name}(…) on the router")
    return router_rules.with_unresolved(router, found)


def of_service(evaluator: Evaluator, frame: Frame, node: Node, router: Router, name: str) -> Value | None:
    """Evaluate a method of tower's Service and ServiceExt that gives a router a request; ``None`` for others."""
    if name in connection_gates.DISPATCHING:
        whole = router_rules.layer(router, connection_gates.gates(evaluator.index, frame, node))
        return ResponseValue(whole, frozenset({frame.spot(node)}))
    return router if name in READYING else None


def _sink(
    evaluator: Evaluator,
    frame: Frame,
    node: Node,
    router: Router,
    *,
    served: bool,
    listener: ListenerKind = ListenerKind.UNKNOWN,
) -> None:
    called = short(syntax.field(node, "function") or node, 40)
    place = frame.module.file.place(node)
    evaluator.sinks.append(
        Sink(
            router,
            called,
            place,
            served,
            evaluator.entry,
            short(node, 400),
            evaluator.conditional_depth > 0,
            listener,
            alternative=served and listeners.is_alternative(node),
            ways=(FollowedCall(node, frame.module, tuple(evaluator.calling[:-1])),),
        )
    )
