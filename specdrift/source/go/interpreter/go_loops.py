"""Loops: round by round over what is known, else one round that may not be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.go.interpreter import go_assignments, go_operators
from specdrift.source.go.interpreter.go_types import cell_of
from specdrift.source.go.interpreter.machine import LEAVING_LOOPS, MOST_ROUNDS, GoFlow
from specdrift.source.go.language.go_files import code_of, listed, part, parts
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    GoCell,
    GoNil,
    GoNumber,
    GoScope,
    GoUnknown,
    GoValue,
    Items,
    OneByOne,
    Table,
    choice,
    copied,
    held,
    origins_of,
    plain,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import GoFrame, Machine

OWN_VARIABLES = (1, 22)
"""The version of Go since which each round of a loop has variables of its own."""
Round = tuple[GoValue, GoValue]
"""The values of the variables of ``range``."""


class RangeLoop(Struct, frozen=True):
    """A loop over the elements of a value."""

    names: Sequence[Node]
    """Its variables."""
    is_new: bool
    """Whether it declares them."""
    body: Node
    shared: GoScope | None
    """The variables of all rounds, before each round had its own."""


def loop(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    """Execute a loop."""
    body = part(node, "body")
    if body is None:
        return GoFlow.NEXT
    before = len(frame.partial)
    clause = next((one for one in parts(node) if one.type in {"range_clause", "for_clause"}), None)
    if clause is not None and clause.type == "range_clause":
        flow = _range(machine, clause, body, frame)
    else:
        flow = _while(machine, node, clause, body, frame)
    machine.rejoin(frame, before, LEAVING_LOOPS)
    return flow


def _range(machine: Machine, clause: Node, body: Node, frame: GoFrame) -> GoFlow:
    right = part(clause, "right")
    value = machine.evaluate(right, frame) if right is not None else UNKNOWN
    rounds = _rounds(value)
    one_loop = RangeLoop(
        listed(part(clause, "left")),
        any(child.type == ":=" for child in clause.children),
        body,
        GoScope(around=frame.scope) if frame.package.module.version < OWN_VARIABLES else None,
    )
    if rounds is None:
        inner = plain(value)
        origins = origins_of(value)
        some = choice(inner.values) if isinstance(inner, Items) and inner.values else None
        one = some if some is not None else GoUnknown(origins=origins, holds=held([value]))
        machine.purpose.decided(GoUnknown(origins=origins))
        values = (GoUnknown(origins=origins), one)
        return machine.fork(
            frame, [lambda: _ended(_round(machine, one_loop, values, frame)), lambda: GoFlow.NEXT]
        )
    for one_round in rounds[:MOST_ROUNDS]:
        flow = _round(machine, one_loop, one_round, frame)
        if flow in {GoFlow.BREAK, GoFlow.OUTER_BREAK}:
            return GoFlow.NEXT
        if flow in {GoFlow.RETURN, GoFlow.EXIT}:
            return flow
    return GoFlow.NEXT


def _rounds(value: GoValue) -> list[Round] | None:
    """Return the rounds of a loop over a value; ``None`` if they are not known."""
    match plain(value):
        case Items(values=values, is_complete=True):
            return [(GoNumber(index), one) for index, one in enumerate(values)]
        case Table(fields=fields, is_complete=True):
            return [(text_of(key), one) for key, one in fields.items()]
        case GoNumber(value=number):
            return [(GoNumber(index), UNKNOWN) for index in range(min(number, MOST_ROUNDS))]
        case OneByOne(values=values):
            return [(one, UNKNOWN) for one in values]
    return [] if isinstance(value, GoNil) or value == NOTHING else None


NOTHING = text_of("")
"""A text that a loop over has no round."""


def _round(machine: Machine, one: RangeLoop, values: Round, frame: GoFrame) -> GoFlow:
    scope = one.shared or GoScope(around=frame.scope)
    for name, value in zip(one.names, values, strict=False):
        if not one.is_new:
            go_assignments.store(machine, name, value, frame)
        elif (cell := scope.names.get(code_of(name))) is not None:
            machine.write(cell, "", copied(value))
        elif code_of(name) != "_":
            scope.names[code_of(name)] = cell_of(copied(value))
    return machine.execute(one.body, frame.inner(scope))


def _while(machine: Machine, node: Node, clause: Node | None, body: Node, frame: GoFrame) -> GoFlow:
    scope = GoScope(around=frame.scope)
    inner = frame.inner(scope)
    condition = next((one for one in parts(node) if one not in {body, clause}), None)
    update = None
    if clause is not None:
        condition, update = part(clause, "condition"), part(clause, "update")
        if (initializer := part(clause, "initializer")) is not None:
            machine.execute(initializer, inner)
    for _ in range(MOST_ROUNDS):
        value = machine.evaluate(condition, inner) if condition is not None else None
        outcome = go_operators.truth(value) if value is not None else True
        if outcome is False:
            return GoFlow.NEXT
        if outcome is None or condition is None:
            return _once(machine, value, body, update, inner)
        flow = machine.execute(body, inner.inner(_own(scope)))
        if flow in {GoFlow.BREAK, GoFlow.OUTER_BREAK}:
            return GoFlow.NEXT
        if flow in {GoFlow.RETURN, GoFlow.EXIT}:
            return flow
        if update is not None:
            machine.execute(update, inner)
    return GoFlow.NEXT


def _own(scope: GoScope) -> GoScope:
    """Return the variables of one round, as closures see them."""
    return GoScope({name: GoCell(dict(cell.fields)) for name, cell in scope.names.items()}, scope.around)


def _once(machine: Machine, value: GoValue | None, body: Node, update: Node | None, frame: GoFrame) -> GoFlow:
    """Execute one round of a loop without known rounds; one without a condition is run."""
    if value is None:
        flow = machine.execute(body, frame)
        return (
            GoFlow.NEXT
            if flow in {GoFlow.BREAK, GoFlow.OUTER_BREAK, GoFlow.CONTINUE, GoFlow.OUTER_CONTINUE}
            else flow
        )
    machine.purpose.decided(value)

    def run() -> GoFlow:
        flow = _ended(machine.execute(body, frame))
        if update is not None and flow is GoFlow.NEXT:
            machine.execute(update, frame)
        return flow

    return machine.fork(frame, [run, lambda: GoFlow.NEXT])


def _ended(flow: GoFlow) -> GoFlow:
    """Return where the evaluation goes after a round."""
    return flow if flow in {GoFlow.RETURN, GoFlow.EXIT} else GoFlow.NEXT
