"""Evaluates methods of arrays and vectors whose items are known, and of options."""

from functools import reduce

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.axum.evaluate import router_rules
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import join
from specdrift.source.axum.syntax import places
from specdrift.source.axum.syntax.frames import SIMPLE, Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    BoolValue,
    FunctionValue,
    NumberValue,
    Router,
    SequenceValue,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax

ALTERNATIVES = frozenset({"unwrap_or", "unwrap_or_else", "or", "or_else", "map_or", "map_or_else"})
"""Methods of ``Option`` and ``Result`` with another value, which is used if there is none."""
KEEPING = frozenset(
    (name,) for name in ("new", "from", "into", "clone", "Some", "Ok", "identity", "to_owned", "merge")
)
"""Functions of other crates that keep a router as it is."""
LAZILY = frozenset({"unwrap_or_else", "or_else", "map_or_else"})
MAPPING = frozenset({"map_or", "map_or_else"})
FIRST = frozenset({"next", "first"})
LAST = frozenset({"last", "pop", "next_back"})
SELECTING = frozenset(
    {"get", "nth", "remove", "swap_remove", "get_mut", "find", "into_values", "skip", "take"}
)
"""Methods whose result is some of the items, which are not told apart."""
ADDING = frozenset({"push", "push_front", "push_back", "insert"})
GROWING = ADDING | {"extend", "extend_from_slice", "append", "chain"}
CHOOSING = frozenset({"filter", "partition"})
APPLYING = frozenset({"fold", "reduce", "map", "for_each", "enumerate", *CHOOSING})
METHODS = APPLYING | GROWING | FIRST | LAST | SELECTING


def method(  # noqa: PLR0911, PLR0917 - a table of cases
    evaluator: Evaluator, frame: Frame, over: SequenceValue, name: str, callee: Node, values: list[Value]
) -> Value:
    """Evaluate one of ``METHODS``."""
    functions = [value for value in values if isinstance(value, FunctionValue)]
    if name in FIRST or name in LAST:
        return over.items[0 if name in FIRST else -1] if over.items else UNKNOWN
    if name in GROWING and values:
        last = values[-1]
        more = last.items if isinstance(last, SequenceValue) and name not in ADDING else (last,)
        if name == "chain":
            return replace(over, items=(*over.items, *more))
        places.assign(
            evaluator, frame, syntax.field(callee, "value"), replace(over, items=(*over.items, *more))
        )
        return UNKNOWN
    if name == "enumerate":
        return replace(
            over, items=tuple(SequenceValue((NumberValue(n), one)) for n, one in enumerate(over.items))
        )
    if not functions:
        return UNKNOWN
    if name in {"map", "for_each"}:
        made = tuple(evaluator.apply(functions[0], [item]) for item in over.items)
        return replace(over, items=made) if name == "map" else UNKNOWN
    if name in CHOOSING:
        return _sorted(evaluator, functions[0], over, name)
    if name == "fold" and len(values) > 1:
        return _folded(evaluator, functions[-1], values[0], over.items)
    if name == "reduce" and over.items:
        return _folded(evaluator, functions[0], over.items[0], over.items[1:])
    return UNKNOWN


def _sorted(evaluator: Evaluator, function: FunctionValue, over: SequenceValue, name: str) -> Value:
    """Evaluate ``list.partition(|item| …)`` and ``filter``: unknown unless it is known of each item."""
    found = [evaluator.apply(function, [item]) for item in over.items]
    flags = [one.value for one in found if isinstance(one, BoolValue)]
    if len(flags) < len(found):
        return UNKNOWN
    kept, others = (
        replace(over, items=tuple(one for one, flag in zip(over.items, flags, strict=True) if flag is wanted))
        for wanted in (True, False)
    )
    return kept if name == "filter" else SequenceValue((kept, others))


def _folded(evaluator: Evaluator, function: FunctionValue, first: Value, items: tuple[Value, ...]) -> Value:
    """Evaluate ``list.fold(router, |router, item| …)``."""
    return reduce(lambda result, item: evaluator.apply(function, [result, item]), items, first)


def changed(value: Value, function: FunctionValue) -> Value:
    """Return what a function of another crate may make of a router."""
    if not isinstance(value, Router):
        return value
    what = f"effect of {function.name} on the router"
    found = UnresolvedExpression(function.location, what, UnresolvedKind.SERVED)
    return router_rules.with_unresolved(value, found)


def alternative(evaluator: Evaluator, receiver: Value, name: str, values: list[Value]) -> Value:
    """Evaluate ``found.unwrap_or_else(|| router)`` and similar: one of the two values."""
    if not values:
        return receiver
    made = (
        evaluator.apply(values[0], [])
        if name in LAZILY and isinstance(values[0], FunctionValue)
        else values[0]
    )
    if name in MAPPING:
        function = values[1] if len(values) > 1 else UNKNOWN
        mapped = evaluator.apply(function, [receiver]) if isinstance(function, FunctionValue) else UNKNOWN
        return either(mapped, made)
    if isinstance(made, SIMPLE) and not isinstance(receiver, UnknownValue):
        return made
    return UNKNOWN if isinstance(made, SIMPLE) else either(receiver, made)


def either(one: Value, other: Value) -> Value:
    """Join a value with the one that takes its place if it is absent; what panics instead is none."""
    return one if other is UNKNOWN else join(one, other)
