"""The condition on which a guard depends: a switch of the configuration, an environment variable, a part of a request.

Each condition that the evaluation does not know is assumed to be true, and to be false: the guard depends on the one
that makes it keep clients without a certificate out, and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.axum.guards.cases.derived_cases import assuming
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import descendants, plain, short, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.cases.deciding_code import DecidingCode
    from specdrift.source.axum.syntax.values import RouterLayer
    from specdrift.source.rust.items import RustModule

FLAGS = frozenset({"then", "then_some"})
"""Methods that give something if a flag is true."""
MOST, MOST_FUNCTIONS = 6, 20
"""Conditions that are tried, and functions that they are looked for in."""


def depends_on(
    code: DecidingCode, case: AbsentCase, closed: Callable[[AbsentCase], bool]
) -> tuple[Node, RustModule] | None:
    """Return the condition that decides whether clients without a certificate are kept out, with its module.

    ``closed``: whether the code ends all requests of a case. ``None`` if no single condition decides.
    """
    found = case.alone(*code.parts)
    if found is None or not found.undecided:
        return None
    called = case.profiles.called(code.node, code.module)[:MOST_FUNCTIONS]
    parts = [(code.node, code.module), *((item.node, item.module) for item in called)]
    known = {
        node.id: (node, module)
        for one, module in parts
        for node in descendants(one)
        if node.id in found.undecided
    }
    for node, module in sorted(known.values(), key=lambda one: one[0].end_byte - one[0].start_byte)[:MOST]:
        for outcome in (False, True):
            without = assuming(case, node, outcome=outcome)
            if closed(without) and not closed(assuming(case.otherwise(), node, outcome=outcome)):
                return _meant(node, code.node), module
    return None


def shown(condition: Node, module: RustModule) -> str:
    """Return a condition with its place, as a message has them."""
    return f"{short(condition)} ({module.file.place(condition)})"


def added_under(layer: RouterLayer) -> str:
    """Return the condition under which a layer is added, as a message has it; empty if none is seen around it."""
    module, at = layer.module, layer.spot[1]
    if module is None or layer.spot[0] != module.file.name:
        return ""
    found, current = None, module.file.root.descendant_for_byte_range(at, at + 1)
    while current is not None and current.type != "function_item":
        around = current.parent
        found = found or (_condition_of(around, current) if around is not None else None)
        current = around
    return shown(_meant(found, current), module) if found is not None and current is not None else ""


def _condition_of(around: Node, part: Node) -> Node | None:
    """Return what decides whether a part of an expression runs; ``None`` if it always does."""
    callee = syntax.field(around, "function") if around.type == "call_expression" else None
    decides = {
        "if_expression": syntax.field(around, "condition"),
        "match_expression": syntax.field(around, "value"),
    }
    if callee is not None and text(syntax.field(callee, "field")) in FLAGS:
        return syntax.field(callee, "value") if part != callee else None
    condition = decides.get(around.type)
    return condition if condition != part else None


def _meant(condition: Node, code: Node) -> Node:
    """Return a condition without ``!`` and brackets; for a variable, the value that it is declared with."""
    while condition.type in {"unary_expression", "parenthesized_expression"} and plain(condition):
        condition = plain(condition)[0]
    if condition.type != "identifier":
        return condition
    declared = (
        syntax.field(node, "value")
        for node in descendants(code)
        if node.type == "let_declaration" and text(syntax.field(node, "pattern")) == text(condition)
    )
    return next((value for value in declared if value is not None), condition)
