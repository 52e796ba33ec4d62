"""Evaluates loops, and what leaves them or a block with a label."""

from functools import reduce

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import join
from specdrift.source.axum.syntax.frames import SIMPLE, Frame, bind
from specdrift.source.axum.syntax.values import UNKNOWN, SequenceValue, Value
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import plain, text

CHANGING = {"assignment_expression": "left", "compound_assignment_expr": "left"}
"""Expressions that change a variable, by the field name of the variable."""


def over_items(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a loop: unrolled for known values, else its body is conditional."""
    over = evaluator.value(frame, syntax.field(node, "value"))
    pattern, body = syntax.field(node, "pattern"), syntax.field(node, "body")
    if body is None:
        return UNKNOWN
    if isinstance(over, SequenceValue):
        for item in over.items:
            bind(frame, pattern, item)
            evaluator.value(frame, body)
            frame.ended = frame.leaving = False
        return UNKNOWN

    _discard_changed(frame, body)

    def once() -> Value:
        bind(frame, pattern, UNKNOWN)
        return evaluator.value(frame, body)

    return evaluator.branches(frame, [lambda: UNKNOWN, once])


def _discard_changed(frame: Frame, body: Node | None) -> None:
    """Make variables unknown that a loop changes: its body is evaluated once and runs often."""
    for child in syntax.descendants(body) if body is not None else ():
        changed = CHANGING.get(child.type)
        name = text(syntax.field(child, changed)) if changed else ""
        if name and isinstance(frame.scope.get(name), SIMPLE):
            frame.scope.assign(name, UNKNOWN)


def endless(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``loop``, whose value is that of its ``break``."""
    around = frame.breaks.pop("", [])
    _discard_changed(frame, syntax.field(node, "body"))
    evaluator.value(frame, syntax.field(node, "body"))
    frame.ended = frame.leaving = False
    found = [*frame.breaks.pop("", []), *frame.breaks.pop(_label(node), [])]
    frame.breaks[""] = around
    return reduce(join, found) if found else UNKNOWN


def while_true(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``while``, whose body runs in some runs."""
    body, condition = syntax.field(node, "body"), syntax.field(node, "condition")
    _discard_changed(frame, body)

    def once() -> Value:
        if condition is not None and condition.type == "let_condition":
            given = evaluator.value(frame, syntax.field(condition, "value"))
            bind(frame, syntax.field(condition, "pattern"), given)
        return evaluator.value(frame, body)

    return evaluator.branches(frame, [lambda: UNKNOWN, once])


def _label(node: Node) -> str:
    """Return the label of a loop, a block or a ``break``; empty without one."""
    return next((text(child) for child in plain(node) if child.type == "label"), "")


def leave(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate ``break`` and ``continue``."""
    given = [child for child in plain(node) if child.type != "label"]
    if given:
        frame.breaks.setdefault(_label(node), []).append(evaluator.value(frame, given[0]))
    frame.ended = frame.leaving = True
    return UNKNOWN


def block(evaluator: Evaluator, frame: Frame, node: Node) -> Value:
    """Evaluate a block; one with a label also has the values of its ``break``."""
    value = evaluator.block(frame, node)
    label = _label(node)
    found = frame.breaks.pop(label, []) if label else []
    if not found:
        return value
    every = found if frame.ended else [*found, value]
    frame.ended = False
    return reduce(join, every)
