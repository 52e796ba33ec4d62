"""Evaluates calls. Functions of the crates are followed; those of axum and tower are known by name."""

from collections.abc import Callable

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.evaluate import (
    conversions,
    document_pages,
    foreign_services,
    layer_calls,
    listeners,
    router_rules,
)
from specdrift.source.axum.evaluate.endpoint_calls import endpoints, filtered, verbs
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import join
from specdrift.source.axum.evaluate.path_values import inferred, kind_of
from specdrift.source.axum.evaluate.router_methods import ROUTER, method_name, router_method
from specdrift.source.axum.evaluate.router_rules import METHODS
from specdrift.source.axum.syntax import cells, declared_results, methods, own_services, places
from specdrift.source.axum.syntax.defaults import default_of
from specdrift.source.axum.syntax.followed_calls import FollowedCall, Sink
from specdrift.source.axum.syntax.frames import SIMPLE, Frame
from specdrift.source.axum.syntax.values import (
    ROUTERS,
    UNKNOWN,
    Bound,
    CodePlace,
    EnumVariant,
    FunctionChoice,
    FunctionValue,
    LayerStack,
    MethodRouter,
    ResponseValue,
    Router,
    SequenceValue,
    StructValue,
    TextValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.name_resolver import ExternalPath
from specdrift.source.rust.syntax import arguments, path_of, plain, short, text

CONSTRUCTORS = frozenset({"new", "default", "with_openapi", "new_without_state"})
SERVING = frozenset(
    {"serve", "serve_connection", "serve_connection_with_upgrades", "serve_with_shutdown", "run"}
)
_WRAPPERS = """
Ok Some Box::new Box::pin Arc::new identity TowerToHyperService::new From::from from Router::from
Cow::Borrowed Cow::Owned into_make_service block_on spawn ready take clone Mutex::new black_box
into_make_service_with_connect_info
make_service Rc::new RwLock::new RefCell::new Cell::new Pin::new AssertUnwindSafe unwrap_or_clone force replace
Shared::new BoxCloneService::new BoxService::new BoxCloneSyncService::new NormalizePath::trim_trailing_slash
NormalizePath::append_trailing_slash ArcSwap::new ArcSwap::from_pointee
"""
WRAPPERS = frozenset(_WRAPPERS.split())
TRIMMING = frozenset({"NormalizePath::trim_trailing_slash", "NormalizePath::append_trailing_slash"})
"""Services that give the router another path than the layers around them get."""
SERVICES = ROUTERS | {"Service", "ServiceExt"}
"""Names by whose paths the methods of services are called."""
METHOD_ROUTERS = frozenset({"MethodRouter", "ApiMethodRouter"})
TRACKED = (Router, MethodRouter, LayerStack, StructValue, TextValue, SequenceValue, EnumVariant)
"""Values that are tracked through wrappers."""


def call(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a call."""
    chain: list[tuple[Node, Node]] = []
    current: Node | None = node
    # A chain of methods is as long as somebody likes: it is gone along, and not down into.
    while current is not None and current.type == "call_expression" and (callee := method_name(current)):
        chain.append((current, callee))
        current = syntax.field(callee, "value")
    if not chain:
        return _plain_call(evaluator, frame, node)
    value = evaluator.value(frame, current)
    for called, callee in reversed(chain):
        evaluator.visit(frame.spot(called))
        evaluator.calling.append((called, frame.module))
        value = methods.method_call(evaluator, frame, called, callee, value)
        evaluator.calling.pop()
    return value


def _plain_call(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    evaluator.visit(frame.spot(node))
    callee = syntax.field(node, "function")
    evaluator.calling.append((node, frame.module))
    value = _function_call(evaluator, frame, node, callee) if callee is not None else UNKNOWN
    evaluator.calling.pop()
    return value


def _function_call(  # noqa: PLR0911 - a table of cases
    evaluator: Evaluator, frame: Frame, node: Node, callee: Node
) -> Value:
    target = evaluator.value(frame, callee)
    match target:
        case FunctionValue(item=RustItem() as item) if item.kind == "fn":
            return _follow(evaluator, frame, node, item, target.bound)
        case FunctionValue(item=RustItem() as item):
            return _constructed(evaluator, frame, node, item)
        case FunctionValue(closure=Node()):
            return evaluator.closure(target, _values(evaluator, frame, node))
        case FunctionValue():
            return _outside(evaluator, frame, node, target)
        case FunctionChoice():
            return _any_of(evaluator, frame, node, target)
        case EnumVariant():
            return replace(target, fields=tuple(_values(evaluator, frame, node)))
    return _unresolved(evaluator, frame, node, _values(evaluator, frame, node))


def _values(evaluator: Evaluator, frame: Frame, node: Node) -> list[Value]:
    return [evaluator.value(frame, argument) for argument in arguments(node)]


def _follow(evaluator: Evaluator, frame: Frame, node: Node, item: RustItem, bound: Bound) -> Value:
    values = _values(evaluator, frame, node)
    if declared_results.returned_by(item) == "!":
        frame.ended = True
    is_relevant = item.id in evaluator.relevant or declared_results.is_in_block(item)
    if not is_relevant and not places.are_lent(node, values):
        return _not_followed(evaluator, frame, node, item, values, bound)
    result = follow(evaluator, item, values, inferred(evaluator, item, values, bound))
    places.give_back(evaluator, frame, item, arguments(node), values)
    return result


def _not_followed(  # noqa: PLR0917 - as the others
    evaluator: Evaluator, frame: Frame, node: Node, item: RustItem, values: list[Value], bound: Bound
) -> Value:
    """Return what a function gives that builds no router: a text, a value of its type, or a router that it got."""
    evaluator.visit_closures(values)
    flag = declared_results.gives_flag(item) and any(
        isinstance(one, SIMPLE) or kind_of(evaluator, one) is not None for one in values
    )
    if flag or declared_results.gives_text(item):
        found = follow(evaluator, item, values, inferred(evaluator, item, values, bound))
        return UnknownValue(short(node)) if isinstance(found, UnknownValue) else found
    built = any(isinstance(value, Router | ResponseValue) for value in values)
    if built or declared_results.makes_by_fields(item):
        return follow(evaluator, item, values, inferred(evaluator, item, values, bound))
    if declared_results.gives_itself(item):
        by_default = b"default()" in item.code.content and "default()" in text(item.body)
        made = default_of(evaluator, frame, node, item.owner) if by_default else None
        return made or StructValue(item.owner)
    known = evaluator.declared(evaluator, item.module, declared_results.return_type(item))
    return known if known is not None else UnknownValue(short(node))


def follow(evaluator: Evaluator, item: RustItem, values: list[Value], bound: Bound = ()) -> Value:
    """Evaluate a function; one with ``self`` may be called with it as the first argument."""
    parameters = syntax.field(item.node, "parameters")
    takes_self = parameters is not None and any(c.type == "self_parameter" for c in plain(parameters))
    if takes_self and values:
        return evaluator.run(item, values[1:], values[0], bound)
    return evaluator.run(item, values, bound=bound)


def _constructed(evaluator: Evaluator, frame: Frame, node: Node, item: RustItem) -> Value:
    values = _values(evaluator, frame, node)
    fields = tuple((str(n), value) for n, value in enumerate(values) if not isinstance(value, UnknownValue))
    return StructValue(item.name, fields) if item.kind == "struct" else UnknownValue(short(node))


def _any_of(evaluator: Evaluator, frame: Frame, node: Node, choice: FunctionChoice) -> Value:
    values = _values(evaluator, frame, node)
    results = [evaluator.apply(function, values) for function in choice.functions]
    first = results[0]
    for other in results[1:]:
        first = join(first, other)
    return first


def _unresolved(evaluator: Evaluator, frame: Frame, node: Node, values: list[Value]) -> Value:
    """Evaluate a call of unknown code. It may wrap a router that is passed to it in anything."""
    routers = [value for value in values if isinstance(value, Router)]
    if not routers:
        return UnknownValue(short(node))
    found = evaluator.unresolved_at(frame, node, f"effect of {short(node)} on the router")
    return router_rules.with_unresolved(routers[0], found)


def _outside(  # noqa: PLR0911 - a table of cases
    evaluator: Evaluator, frame: Frame, node: Node, function: FunctionValue
) -> Value:
    path = _without_aliases(evaluator, frame, function.path)
    owner, name = (path[-2] if len(path) > 1 else ""), path[-1] if path else ""
    own = frame.owner if owner == "Self" else owner
    if name == "default" and (made := default_of(evaluator, frame, node, own)) is not None:
        return made
    if owner == "MethodRouter" and name in CONSTRUCTORS:
        return MethodRouter()
    if owner in ROUTERS and name in CONSTRUCTORS:
        old = (frame.module.crate.path[0], path[0]) in evaluator.index.inheriting
        return Router(origins=frozenset({frame.spot(node)}), inherits_fallback=old)
    if (owner, name) in {("Vec", "new"), ("Vec", "with_capacity")}:
        return SequenceValue(is_list=True)
    if owner == "Default" and name == "default":
        return UNKNOWN
    if maker := _routing(path, name):
        return maker(evaluator, frame, node, name)
    if found := layer_calls.maker(owner, name):
        return found(evaluator, frame, node)
    value = _served_or_wrapped(evaluator, frame, node, path)
    return layer_calls.there(value) if path == ("Some",) else value


def _served_or_wrapped(evaluator: Evaluator, frame: Frame, node: Node, path: tuple[str, ...]) -> Value:
    """Evaluate an external function that may serve a router, wrap one, or make a listener."""
    owner, name = (path[-2] if len(path) > 1 else ""), path[-1] if path else ""
    values = _values(evaluator, frame, node)
    if (service := own_services.made(evaluator, frame, name, values)) is not None:
        return service
    if (cell := cells.made(evaluator, owner, name, frame.spot(node), values)) is not None:
        return cell
    if (page := document_pages.page(owner, name, values, frame.module.file.place(node))) is not None:
        return page
    if (ends := listeners.channel(evaluator, frame, node, name)) is not None:
        return ends
    if (files := foreign_services.made(frame, path, node, values)) is not None:
        return files
    own = _by_path(evaluator, frame, node, path, values)
    return own if own is not None else _served(evaluator, frame, node, path, values)


def _by_path(
    evaluator: Evaluator, frame: Frame, node: Node, path: tuple[str, ...], values: list[Value]
) -> Value | None:
    """Evaluate a method of a router that is called by its path: ``Router::layer(router, …)``; ``None`` for others."""
    owner, name = (path[-2] if len(path) > 1 else ""), path[-1] if path else ""
    match values[:1]:
        case [Router() as router] if owner in ROUTERS and name in ROUTER:
            return router_method(evaluator, frame, node, router, name)
        case [MethodRouter() as found] if owner in METHOD_ROUTERS:
            return methods.of_methods(evaluator, frame, node, found, name)
        case [Router() as router] if owner in SERVICES:
            return methods.of_service(evaluator, frame, node, router, name)
    return None


def _served(
    evaluator: Evaluator, frame: Frame, node: Node, path: tuple[str, ...], values: list[Value]
) -> Value:
    """Evaluate an external function that is given a router: it serves it, or wraps it."""
    owner, name = (path[-2] if len(path) > 1 else ""), path[-1] if path else ""
    serves = path[-2:] == ("axum", "serve")
    if name in SERVING:
        values = [own_services.router_of(evaluator, frame, value) for value in values]
    if serves and (direct := _direct(frame, node, values[-1:])) is not None:
        values = [*values[:-1], direct]
    if (owner, name) == ("Layer", "layer") and len(values) == 2 and isinstance(values[1], Router):
        return router_rules.layer(values[1], layer_calls.layers_of(evaluator, frame, arguments(node)[:1]))
    if name in conversions.NAMES and len(values) == 1:
        declared = frame.declared(arguments(node)[0])
        if (made := conversions.router_of(evaluator, values[0], declared)) is not None:
            return made
    served = next((value for value in values if isinstance(value, Router)), None)
    if serves and not any(ready in text(node) for ready in methods.READY):
        evaluator.serving(frame, node, served or UNKNOWN, short(node, 80))
    if served is None and (known := listeners.external(path, values)) is not None:
        return known
    return _given(evaluator, frame, node, f"{owner}::{name}" if owner else name, values)


def _direct(frame: Frame, node: Node, values: list[Value]) -> Router | None:
    """Return the router of a handler or method router that is served without one."""
    return router_rules.direct(values[0], frame.module.file.place(node)) if values else None


def _without_aliases(evaluator: Evaluator, frame: Frame, path: tuple[str, ...]) -> tuple[str, ...]:
    """Resolve type aliases: ``AppRouter::new`` may be ``Router::new``."""
    if len(path) < 2:
        return path
    found = evaluator.names.resolve(path[:-1], frame.module)
    if isinstance(found, ExternalPath) or found.kind != "type":
        return path
    return (*path_of(syntax.field(found.node, "type")), path[-1])


def _given(evaluator: Evaluator, frame: Frame, node: Node, whole: str, values: list[Value]) -> Value:
    """Evaluate an external function that a router may be passed to: it serves it, or wraps it."""
    evaluator.visit_closures(values)
    name = whole.rpartition("::")[2]
    if not any(isinstance(value, Router) for value in values) and name not in WRAPPERS:
        places.passed(evaluator, frame, node, values, short(node))
    kept = [v for v in values if isinstance(v, TRACKED) or kind_of(evaluator, v) is not None]
    if not kept:
        response = next((value for value in values if isinstance(value, ResponseValue)), None)
        return response or UnknownValue(short(node))
    router = next((v for v in kept if isinstance(v, Router)), None)
    if router is None:
        return kept[0] if whole in WRAPPERS or name in WRAPPERS else UnknownValue(short(node))
    served = name in SERVING
    listener = listeners.served_on(evaluator, frame, values)
    sink = Sink(
        router_rules.layer(router, listener.gates) if served else router,
        short(syntax.field(node, "function") or node),
        frame.module.file.place(node),
        served,
        evaluator.entry,
        short(node, 400),
        evaluator.conditional_depth > 0,
        listener.kind,
        alternative=served and listeners.is_alternative(node),
        assumed=whole == "axum::serve" and listeners.is_undeclared(frame, arguments(node)[:1]),
        ways=(FollowedCall(node, frame.module, tuple(evaluator.calling[:-1])),),
    )
    evaluator.sinks.append(sink)
    if served:
        return UNKNOWN
    if whole in WRAPPERS or name in WRAPPERS:
        return router_rules.layer(router, layer_calls.trimming(frame, node)) if whole in TRIMMING else router
    places.passed(evaluator, frame, node, values, short(node))
    found = CodePlace(frame.module.file, node).unresolved(f"effect of {short(node)} on the router")
    return router_rules.with_unresolved(router, found)


Maker = Callable[[Evaluator, Frame, Node, str], Value]


def _routing(path: tuple[str, ...], name: str) -> Maker | None:
    """Return the maker of a function of ``axum::routing`` or a compatible crate; ``None`` for any other."""
    is_routing = len(path) == 1 or "routing" in path or path[0] in {"axum", "axum_extra", "aide"}
    base = name.removesuffix("_service").removesuffix("_with")
    if not is_routing or base not in {*METHODS, "any", "on"}:
        return None
    return _on if base == "on" else _method


def _method(evaluator: Evaluator, frame: Frame, node: Node, name: str) -> Value:
    """Evaluate ``get(handler)``."""
    found = endpoints(evaluator, frame, node, arguments(node)[:1], verbs(name))
    for extra in arguments(node)[1:]:
        evaluator.value(frame, extra)
    return MethodRouter(found) if found else UNKNOWN


def _on(evaluator: Evaluator, frame: Frame, node: Node, name: str) -> Value:
    """Evaluate ``on(MethodFilter::GET | MethodFilter::POST, handler)``."""
    del name
    given = arguments(node)
    found = endpoints(evaluator, frame, node, given[1:2], filtered(given[0])) if given else ()
    return MethodRouter(found) if found else UNKNOWN
