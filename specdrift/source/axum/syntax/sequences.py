"""Evaluates methods of tuples, arrays and vectors whose items are known."""

from dataclasses import replace
from functools import reduce

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import join
from specdrift.source.axum.syntax import places
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    FunctionValue,
    NumberValue,
    SequenceValue,
    Value,
)
from specdrift.source.rust import syntax

FIRST = frozenset({"next", "first"})
LAST = frozenset({"last", "pop", "next_back"})
SELECTING = frozenset(
    {"get", "nth", "remove", "swap_remove", "get_mut", "find", "into_values", "skip", "take"}
)
"""Methods whose result is some of the items, which are not told apart."""
METHODS = frozenset(
    {"fold", "reduce", "map", "push", "extend", "for_each", "enumerate", *FIRST, *LAST, *SELECTING}
)


def method(  # noqa: PLR0911, PLR0917 - a table of cases
    evaluator: Evaluator, frame: Frame, over: SequenceValue, name: str, callee: Node, values: list[Value]
) -> Value:
    """Evaluate one of ``METHODS``."""
    functions = [value for value in values if isinstance(value, FunctionValue)]
    if name in FIRST or name in LAST:
        return over.items[0 if name in FIRST else -1] if over.items else UNKNOWN
    if name in {"push", "extend"} and values:
        more = values[0].items if isinstance(values[0], SequenceValue) else (values[0],)
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
    if name == "fold" and len(values) > 1:
        return _folded(evaluator, functions[-1], values[0], over.items)
    if name == "reduce" and over.items:
        return _folded(evaluator, functions[0], over.items[0], over.items[1:])
    return UNKNOWN


def _folded(evaluator: Evaluator, function: FunctionValue, first: Value, items: tuple[Value, ...]) -> Value:
    """Evaluate ``list.fold(router, |router, item| …)``."""
    return reduce(lambda result, item: evaluator.apply(function, [result, item]), items, first)


def either(one: Value, other: Value) -> Value:
    """Join a value with the one that takes its place if it is absent; what panics instead is none."""
    return one if other is UNKNOWN else join(one, other)
