"""Evaluates layers: what an expression wraps around a router, in which order, and which function runs in it."""

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import maybe
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    FunctionValue,
    LayerStack,
    RouterLayer,
    SequenceValue,
    StructValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.name_resolver import ExternalPath
from specdrift.source.rust.syntax import arguments, path_of, plain, short, string_value, text, type_arguments

FUNCTIONS = frozenset(
    {"from_fn", "from_fn_with_state", "map_request", "map_request_with_state", "map_response"}
    | {"map_response_with_state"}
)
EXTRACTORS = frozenset({"from_extractor", "from_extractor_with_state"})
ASKING = frozenset(
    {"AsyncRequireAuthorizationLayer", "RequireAuthorizationLayer", "ValidateRequestHeaderLayer"}
    | {"AsyncFilterLayer", "FilterLayer"}
)
"""Layers of tower and tower-http that ask a function or a type whether to pass a request on."""
TYPE = re.compile(r"(?:[a-z_]\w*::)*([A-Z]\w*)")

Maker = Callable[[Evaluator, Frame, Node], Value]


def maker(owner: str, name: str) -> Maker | None:
    """Return the evaluator of a call that makes a layer, by the function's name."""
    if name in FUNCTIONS:
        return _of_function
    if name in EXTRACTORS:
        return _of_extractor
    if name == "option_layer":
        return _optional
    if name == "layer_fn":
        return _making
    if owner in ASKING and name in {"new", "custom"}:
        return _asking
    return _builder if owner == "ServiceBuilder" and name == "new" else None


def layers_of(evaluator: Evaluator, frame: Frame, nodes: Iterable[Node]) -> tuple[RouterLayer, ...]:
    """Return the layers of expressions, outermost first."""
    return tuple(layer for node in nodes for layer in _of_value(frame, node, evaluator.value(frame, node)))


def _of_value(frame: Frame, node: Node, value: Value) -> Iterator[RouterLayer]:
    match value:
        case LayerStack():
            yield from value.layers
        case SequenceValue():
            children = plain(node) if node.type == "tuple_expression" else [node] * len(value.items)
            for child, item in zip(children, value.items, strict=False):
                yield from _of_value(frame, child, item)
        case FunctionValue(item=RustItem(kind="struct") as item):
            yield _layer(frame, node, short(node), kind=item.name)
        case FunctionValue() if value.item is not None or value.closure is not None:
            yield _layer(frame, node, short(node), function=value)
        case StructValue():
            yield replace(_layer(frame, node, short(node), kind=value.type), held=value)
        case UnknownValue() | FunctionValue():
            source_text = (value.source_text if isinstance(value, UnknownValue) else value.name) or short(
                node
            )
            found = TYPE.match(source_text)
            yield _layer(frame, node, source_text, kind=found[1] if found else "")


def trimming(frame: Frame, node: Node) -> tuple[RouterLayer, ...]:
    """Return the layer that ``NormalizePath::trim_trailing_slash(router)`` and similar are."""
    return (_layer(frame, node, "NormalizePath", kind="NormalizePathLayer"),)


def _layer(
    frame: Frame,
    node: Node,
    name: str,
    *,
    kind: str = "",
    function: FunctionValue | None = None,
    arguments: tuple[str, ...] = (),
) -> RouterLayer:
    return RouterLayer(
        name=name,
        location=frame.module.file.place(node),
        spot=frame.spot(node),
        function=function,
        type=kind,
        arguments=arguments,
        module=frame.module,
    )


def _of_function(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``from_fn(f)``, ``from_fn_with_state(state, f)`` and similar: the function is the last argument."""
    given = arguments(node)
    values = [evaluator.value(frame, argument) for argument in given]
    function = values[-1] if values and isinstance(values[-1], FunctionValue) else None
    texts = tuple(value for a in given[:-1] for value in _texts(a))
    made = _layer(frame, node, short(node), function=function, arguments=texts)
    state = values[0] if len(values) > 1 and isinstance(values[0], StructValue) else None
    return LayerStack((replace(made, held=state),))


def _making(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``layer_fn(f)``: ``f`` makes the service around another one."""
    values = [evaluator.value(frame, argument) for argument in arguments(node)]
    function = values[0] if values and isinstance(values[0], FunctionValue) else None
    made = _made_by(function.code) if function is not None and function.code is not None else ()
    if made == ("Self",) and function is not None and function.item is not None:
        made = (function.item.owner,)
    if made:
        return LayerStack((_layer(frame, node, short(node), kind=_type_named(evaluator, frame, made)),))
    return LayerStack((_layer(frame, node, short(node)),))


def _made_by(code: Node) -> tuple[str, ...]:
    """Return the path of the type that a function or a closure returns; empty if it is not seen."""
    declared, made = syntax.field(code, "return_type"), syntax.field(code, "body")
    if declared is not None:
        return path_of(declared)
    while made is not None and made.type in {"block", "expression_statement", "return_expression"}:
        made = next(iter(plain(made)[-1:]), None)
    if made is None or made.type == "struct_expression":
        return path_of(syntax.field(made, "name")) if made is not None else ()
    path = path_of(syntax.field(made, "function")) if made.type == "call_expression" else ()
    return path if path[-1:] and path[-1][:1].isupper() else path[:-1]


def _texts(node: Node) -> Iterator[str]:
    for child in syntax.descendants(node):
        value = string_value(child)
        if value is not None:
            yield value


def _of_extractor(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``from_extractor::<T, _>()``: the layer runs the checks of ``T``."""
    for argument in arguments(node):
        evaluator.value(frame, argument)
    callee = syntax.field(node, "function")
    types = type_arguments(callee)
    if not types:
        return LayerStack((_layer(frame, node, short(node)),))
    extractors = plain(types[0]) if types[0].type == "tuple_type" else types[:1]  # a tuple runs each
    names = [_type_named(evaluator, frame, path_of(one)) for one in extractors]
    return LayerStack(tuple(_layer(frame, node, short(node), kind=name) for name in names))


def _type_named(evaluator: Evaluator, frame: Frame, path: tuple[str, ...]) -> str:
    path = frame.scope.imported(path) if path else path
    found = evaluator.names.resolve(path, frame.module) if path else ExternalPath(("",))
    return found.path[-1] if isinstance(found, ExternalPath) else found.name


def _asking(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``AsyncRequireAuthorizationLayer::new(f)`` and similar: ``f`` decides whether a request is passed on."""
    given = arguments(node)
    value = evaluator.value(frame, given[0]) if given else UNKNOWN
    match value:
        case StructValue():
            return LayerStack((_layer(frame, node, short(node), kind=value.type),))
        case FunctionValue(item=RustItem(kind="struct") as item):
            return LayerStack((_layer(frame, node, short(node), kind=item.name),))
        case FunctionValue() if value.code is not None:
            return LayerStack((_layer(frame, node, short(node), function=value),))
    return LayerStack((_layer(frame, node, short(node)),))


def _optional(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    return LayerStack(tuple(_in_option(evaluator, frame, arguments(node))))


def _in_option(evaluator: Evaluator, frame: Frame, given: Iterable[Node]) -> Iterator[RouterLayer]:
    """Yield the layers of an option; it may be empty unless it surely has them."""
    for node in given:
        if text(node) == "None":
            continue
        value = evaluator.value(frame, node)
        there = text(syntax.field(node, "function")) == "Some"
        there = there or (isinstance(value, LayerStack) and value.in_option)
        for layer in _of_value(frame, node, value):
            yield layer if there else replace(layer, conditional=True)


def there(value: Value) -> Value:
    """Return layers in an option that surely has them; other values as they are."""
    return replace(value, in_option=True) if isinstance(value, LayerStack) else value


def perhaps(value: Value) -> Value:
    """Return layers in an option that may be empty; other values as they are."""
    return maybe(value) if isinstance(value, LayerStack) else value


def _builder(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    del evaluator, frame, node
    return LayerStack()


BUILDING = frozenset({"layer", "option_layer", "into_inner", "service", "clone"})
"""Methods of ServiceBuilder that crate types may define too."""


def builder_method(evaluator: Evaluator, frame: Frame, node: Node, layers: LayerStack, name: str) -> Value:
    """Evaluate a method of ServiceBuilder: it adds a layer inside the existing ones."""
    given = arguments(node)
    match name:
        case "layer" | "option_layer":
            optional = name == "option_layer"
            added = (_in_option if optional else layers_of)(evaluator, frame, given)
            return LayerStack((*layers.layers, *added))
        case "into_inner" | "clone" | "into" | "boxed" | "to_owned" | "unwrap" | "expect":
            return layers
        case _ if not layers.layers or name.islower():
            values = [evaluator.value(frame, argument) for argument in given]
            function = next((v for v in values if isinstance(v, FunctionValue)), None)
            place = syntax.field(syntax.field(node, "function") or node, "field") or node
            return LayerStack(
                (*layers.layers, _layer(frame, place, f"ServiceBuilder::{text(place)}", function=function))
            )
    return UNKNOWN
