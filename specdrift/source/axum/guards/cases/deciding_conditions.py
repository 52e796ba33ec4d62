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
    from specdrift.source.rust.items import RustModule

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
