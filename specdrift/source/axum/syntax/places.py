"""What assignments, and functions that take ``&mut``, change: variables and their fields."""

from collections.abc import Sequence

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import has_router, join
from specdrift.source.axum.syntax.frames import SIMPLE, Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    CodePlace,
    FunctionValue,
    Router,
    Scope,
    SequenceValue,
    StructValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import arguments, descendants, plain, short, text

GUARDING = frozenset(
    {"lock", "read", "write", "borrow_mut", "get_mut", "load", "load_full", "get_ref", "into_future"}
)
"""Methods of what wraps a value."""
ASSIGNING = frozenset({"assignment_expression", "compound_assignment_expr"})
AROUND = frozenset({"reference_expression", "parenthesized_expression", "unary_expression"})
"""``&mut x``, ``(x)`` and ``*x``: the same place as the inner expression."""


def assign(evaluator: Evaluator, frame: Frame, place: Node | None, value: Value) -> None:
    """Assign to a variable, or to a field of one. Other places are not tracked."""
    if place is None:
        return
    if place.type in {"identifier", "self"}:
        frame.scope.assign(text(place), value)
    elif place.type in AROUND:
        inner = [child for child in plain(place) if child.type != "mutable_specifier"]
        assign(evaluator, frame, inner[-1] if inner else None, value)
    elif place.type == "field_expression":
        base = syntax.field(place, "value")
        struct = evaluator.value(frame, base)
        if isinstance(struct, StructValue):
            assign(evaluator, frame, base, struct.with_field(text(syntax.field(place, "field")), value))


def lend(evaluator: Evaluator, frame: Frame, reference: Node, value: Value) -> None:
    """Forget a value that ``&mut`` lends: code with the reference may change it. ``give_back`` restores what is known.

    Routers are kept: code that is not read and gets one is noted (``passed``).
    """
    if is_mutable(reference) and _is_data(value):
        _forget(evaluator, frame, reference, value)


def lend_parts(evaluator: Evaluator, frame: Frame, binding: Node, value: Value) -> None:
    """Forget a value of which a pattern binds parts by ``ref mut``; ``binding`` has the pattern and the value."""
    if "ref mut" in text(syntax.field(binding, "pattern")) and _is_data(value):
        _forget(evaluator, frame, syntax.field(binding, "value"), value)


def are_lent(call: Node, values: Sequence[Value]) -> bool:
    """Return whether a call lends data that are known by ``&mut``: what becomes of them has to be evaluated."""
    pairs = zip(arguments(call), values, strict=True)
    return any(one.type == "reference_expression" and is_mutable(one) and _is_data(it) for one, it in pairs)


def is_mutable(reference: Node) -> bool:
    """Return whether a reference is ``&mut``."""
    return any(one.type == "mutable_specifier" for one in reference.children)


def _is_data(value: Value) -> bool:
    """Return whether a value is known and has no router."""
    of_parts = isinstance(value, SequenceValue) or (isinstance(value, StructValue) and bool(value.fields))
    return isinstance(value, SIMPLE) or (of_parts and not has_router(value))


def _forget(evaluator: Evaluator, frame: Frame, place: Node | None, value: Value) -> None:
    assign(evaluator, frame, place, StructValue(value.type) if isinstance(value, StructValue) else UNKNOWN)


def passed(evaluator: Evaluator, frame: Frame, call: Node, values: Sequence[Value], what: str) -> None:
    """Assign what code that was not read may have made of what it gets by ``&mut``; data are forgotten before."""
    unknown = UnknownValue(what, CodePlace(frame.module.file, call))
    for value in values:
        if isinstance(value, FunctionValue) and value.closure is not None:
            _captured(evaluator, frame, value, unknown)
    for node, value in zip(arguments(call), values, strict=True):
        if node.type == "reference_expression" and is_mutable(node) and not _is_data(value):
            assign(evaluator, frame, node, join(value, unknown))


def _captured(evaluator: Evaluator, frame: Frame, function: FunctionValue, unknown: UnknownValue) -> None:
    """Join what a closure assigns to routers around it with a value that is not known, and forget other variables."""
    scope = function.scope if isinstance(function.scope, Scope) else frame.scope
    inner = replace(frame, scope=scope)
    for node in descendants(function.closure) if function.closure is not None else ():
        left = syntax.field(node, "left") if node.type in ASSIGNING else None
        while left is not None and left.type == "field_expression":
            left = syntax.field(left, "value")
        known = scope.get(text(left)) if left is not None and left.type in {"identifier", "self"} else None
        if isinstance(known, Router):
            scope.assign(text(left), join(known, unknown))
        elif known is not None and _is_data(known):
            _forget(evaluator, inner, left, known)


def changed(frame: Frame, call: Node, value: Value, name: str) -> Value:
    """Return what a method that was not read may make of a struct: its routers may be others."""
    if name in GUARDING or not isinstance(value, StructValue) or not has_router(value):
        return value
    return join(value, UnknownValue(short(call), CodePlace(frame.module.file, call)))


def forget(evaluator: Evaluator, frame: Frame, item: RustItem | None, call: Node, value: Value) -> None:
    """Forget what a method that is not evaluated may have changed: by ``&mut self``, or by what it gives."""
    callee = syntax.field(call, "function")
    if callee is not None and callee.type == "generic_function":
        callee = syntax.field(callee, "function")
    parameters = syntax.field(item.node, "parameters") if item is not None else None
    own = [text(one) for one in plain(parameters) if one.type == "self_parameter"] if parameters else []
    lent = any("&" in one and "mut" in one for one in own)
    if callee is not None and (
        lent or (item is None and text(syntax.field(callee, "field")).endswith("_mut"))
    ):
        _forget(evaluator, frame, _changed(evaluator, syntax.field(callee, "value")), value)


def give_back(
    evaluator: Evaluator, frame: Frame, item: RustItem, places: Sequence[Node | None], values: Sequence[Value]
) -> None:
    """Assign what a function that was just evaluated made of its ``&mut`` parameters.

    ``places`` and ``values`` are its arguments, in the order of the parameters, with ``self``.
    """
    after = evaluator.after
    parameters = syntax.field(item.node, "parameters")
    own = [c for c in plain(parameters) if c.type in {"parameter", "self_parameter"}] if parameters else []
    for parameter, place, value in zip(own, places, values, strict=False):
        of_self = parameter.type == "self_parameter"
        kind = text(parameter if of_self else syntax.field(parameter, "type")).replace(" ", "")
        name = "self" if of_self else text(syntax.field(parameter, "pattern"))
        changed = after.get(name)
        if not kind.startswith("&") or "mut" not in kind or isinstance(value, UnknownValue):
            continue
        if changed is not None:
            assign(evaluator, frame, _changed(evaluator, place), changed)


def _changed(evaluator: Evaluator, place: Node | None) -> Node | None:
    """Return the place that a chain of methods changes, each of which returns the same ``&mut``."""
    while place is not None and place.type == "call_expression":
        callee = syntax.field(place, "function")
        if callee is None or callee.type != "field_expression":
            return None
        named = evaluator.index.each_method(text(syntax.field(callee, "field")))
        if {"&mut" in text(syntax.field(one.node, "return_type")) for one in named} != {True}:
            return None
        place = syntax.field(callee, "value")
    return place
