"""Layers: what an expression puts around a router, in which order, and what runs in it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Machine
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    Function,
    Layer,
    Layers,
    Sequence,
    Struct,
    Unknown,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import Item
from specdrift.source.rust.name_resolver import Outside
from specdrift.source.rust.syntax import arguments, path_of, plain, short, string_value, text, type_arguments

FUNCTIONS = frozenset(
    {"from_fn", "from_fn_with_state", "map_request", "map_request_with_state", "map_response"}
    | {"map_response_with_state", "layer_fn"}
)
EXTRACTORS = frozenset({"from_extractor", "from_extractor_with_state"})
TYPE = re.compile(r"(?:[a-z_]\w*::)*([A-Z]\w*)")

Maker = Callable[[Machine, Frame, Node], Value]


def maker(owner: str, name: str) -> Maker | None:
    """What makes a layer of a call, by the function's name."""
    if name in FUNCTIONS:
        return _of_function
    if name in EXTRACTORS:
        return _of_extractor
    if name == "option_layer":
        return _optional
    return _builder if owner == "ServiceBuilder" and name == "new" else None


def layers_of(machine: Machine, frame: Frame, nodes: Iterable[Node]) -> tuple[Layer, ...]:
    """The layers that expressions are, the outermost first."""
    return tuple(layer for node in nodes for layer in _of_value(frame, node, machine.value(frame, node)))


def _of_value(frame: Frame, node: Node, value: Value) -> Iterator[Layer]:
    match value:
        case Layers():
            yield from value.layers
        case Sequence():
            children = plain(node) if node.type == "tuple_expression" else [node] * len(value.items)
            for child, item in zip(children, value.items, strict=False):
                yield from _of_value(frame, child, item)
        case Function(item=Item(kind="struct") as item):
            yield _layer(frame, node, short(node), kind=item.name)
        case Function() if value.item is not None or value.closure is not None:
            yield _layer(frame, node, short(node), function=value)
        case Struct():
            yield _layer(frame, node, short(node), kind=value.type)
        case Unknown() | Function():
            said = (value.said if isinstance(value, Unknown) else value.name) or short(node)
            found = TYPE.match(said)
            yield _layer(frame, node, said, kind=found[1] if found else "")


def _layer(
    frame: Frame,
    node: Node,
    name: str,
    *,
    kind: str = "",
    function: Function | None = None,
    arguments: tuple[str, ...] = (),
) -> Layer:
    return Layer(
        name=name,
        location=frame.module.file.place(node),
        spot=frame.spot(node),
        function=function,
        type=kind,
        arguments=arguments,
    )


def _of_function(machine: Machine, frame: Frame, node: Node) -> Value:
    """``from_fn(f)``, ``from_fn_with_state(state, f)`` and their like: the function is the last argument."""
    given = arguments(node)
    values = [machine.value(frame, argument) for argument in given]
    function = values[-1] if values and isinstance(values[-1], Function) else None
    texts = tuple(value for a in given[:-1] for value in _texts(a))
    return Layers((_layer(frame, node, short(node), function=function, arguments=texts),))


def _texts(node: Node) -> Iterator[str]:
    for child in syntax.descendants(node):
        value = string_value(child)
        if value is not None:
            yield value


def _of_extractor(machine: Machine, frame: Frame, node: Node) -> Value:
    """``from_extractor::<T, _>()``: what ``T`` asks of a request."""
    for argument in arguments(node):
        machine.value(frame, argument)
    callee = syntax.field(node, "function")
    types = type_arguments(callee)
    if not types:
        return Layers((_layer(frame, node, short(node)),))
    path = path_of(types[0])
    found = machine.names.resolve(path, frame.module)
    name = found.path[-1] if isinstance(found, Outside) else found.name
    return Layers((_layer(frame, node, short(node), kind=name),))


def _optional(machine: Machine, frame: Frame, node: Node) -> Value:
    given = arguments(node)
    if given and text(given[0]) == "None":
        return Layers()
    layers = layers_of(machine, frame, given)
    if given and text(syntax.field(given[0], "function")) == "Some":
        return Layers(layers)
    return Layers(tuple(replace(layer, conditional=True) for layer in layers))


def _builder(machine: Machine, frame: Frame, node: Node) -> Value:
    del machine, frame, node
    return Layers()


BUILDING = frozenset({"layer", "option_layer", "into_inner", "service", "clone"})
"""Methods of ServiceBuilder that types of these crates have too."""


def builder_method(machine: Machine, frame: Frame, node: Node, layers: Layers, name: str) -> Value:
    """A method of ServiceBuilder: one layer more, inside of those that are there."""
    given = arguments(node)
    match name:
        case "layer" | "option_layer":
            added = layers_of(machine, frame, given)
            if name == "option_layer":
                added = tuple(replace(layer, conditional=True) for layer in added)
            return Layers((*layers.layers, *added))
        case "into_inner" | "clone" | "into" | "boxed" | "to_owned" | "unwrap" | "expect":
            return layers
        case _ if not layers.layers or name.islower():
            values = [machine.value(frame, argument) for argument in given]
            function = next((v for v in values if isinstance(v, Function)), None)
            place = syntax.field(syntax.field(node, "function") or node, "field") or node
            return Layers(
                (*layers.layers, _layer(frame, place, f"ServiceBuilder::{text(place)}", function=function))
            )
    return UNKNOWN
