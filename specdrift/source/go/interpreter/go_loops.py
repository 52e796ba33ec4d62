"""Loops: round by round over what is known, else one round that may not be run; and jumps to labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.go.interpreter import go_assignments, go_calls, go_operators
from specdrift.source.go.interpreter.go_types import cell_of
from specdrift.source.go.interpreter.machine import LEAVING_LOOPS, MOST_ROUNDS, GoFlow, OutOfSteps
from specdrift.source.go.language.go_files import code_of, listed, part, parts
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoCell,
    GoNil,
    GoNumber,
    GoScope,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    LoopBody,
    OneByOne,
    Results,
    Table,
    ValueOrigin,
    alternatives,
    choice,
    copied,
    held,
    is_callable,
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
MOST_JUMPS, MOST_JUMPS_OF_WIRING = 24, 2
"""Jumps of a call of a function, one after another."""
FUNCTIONS = frozenset({"function_declaration", "method_declaration", "func_literal"})
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
    if right is not None and isinstance(plain(value), Closure | DeclaredFunction):
        return _iterate(machine, plain(value), one_loop, right, frame)
    if rounds is None:
        inner = plain(value)
        origins = origins_of(value)
        if any(is_callable(one) for one in alternatives(value)):
            origins |= {ValueOrigin.REQUEST}  # it may have the request
        some = choice(inner.values) if isinstance(inner, Items) and inner.values else None
        one = some if some is not None else GoUnknown(origins=origins, holds=held([value]))
        machine.purpose.decided(machine, GoUnknown(origins=origins), clause, frame)
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


def _iterate(machine: Machine, iterator: GoValue, one: RangeLoop, right: Node, frame: GoFrame) -> GoFlow:
    """Call an iterator (``iter.Seq``), which calls the body of the loop with each value."""
    left: list[tuple[GoFlow, bool]] = []
    before = machine.conditions

    def run(values: Sequence[GoValue]) -> GoValue:
        given = (*values, UNKNOWN, UNKNOWN)
        flow = _round(machine, one, (given[0], given[1]), frame)
        if flow in {GoFlow.NEXT, GoFlow.CONTINUE, GoFlow.OUTER_CONTINUE}:
            return GoTruth(value=True)
        left.append((flow, machine.conditions == before))
        machine.has_exited = flow is GoFlow.EXIT
        return GoTruth(value=False)

    go_calls.call_value(machine, iterator, [LoopBody(run)], right, frame, is_dynamic=False)
    if machine.has_exited:
        return GoFlow.EXIT
    leaving = [(flow, certain) for flow, certain in left if flow in {GoFlow.RETURN, GoFlow.EXIT}]
    if not leaving:
        return GoFlow.NEXT
    if leaving[0][1]:
        return leaving[0][0]
    # Something that is not known decides whether it left.
    return machine.fork(frame, [lambda: leaving[0][0], lambda: GoFlow.NEXT])


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
            return _once(machine, value, (condition or node, body, update), inner)
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


def _once(
    machine: Machine, value: GoValue | None, parts_of: tuple[Node, Node, Node | None], frame: GoFrame
) -> GoFlow:
    """Execute one round of a loop without known rounds; one without a condition is run."""
    node, body, update = parts_of
    if value is None:
        flow = machine.execute(body, frame)
        return (
            GoFlow.NEXT
            if flow in {GoFlow.BREAK, GoFlow.OUTER_BREAK, GoFlow.CONTINUE, GoFlow.OUTER_CONTINUE}
            else flow
        )
    machine.purpose.decided(machine, value, node, frame)

    def run() -> GoFlow:
        flow = _ended(machine.execute(body, frame))
        if update is not None and flow is GoFlow.NEXT:
            machine.execute(update, frame)
        return flow

    return machine.fork(frame, [run, lambda: GoFlow.NEXT])


def _ended(flow: GoFlow) -> GoFlow:
    """Return where the evaluation goes after a round."""
    return flow if flow in {GoFlow.RETURN, GoFlow.EXIT} else GoFlow.NEXT


def jump(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    """Execute what follows a label of the function, up to its end."""
    rest = _labelled(node, code_of(parts(node)[0]) if parts(node) else "")
    is_wiring = machine.purpose.ignores_failures
    if rest is None or len(frame.bodies) > (MOST_JUMPS_OF_WIRING if is_wiring else MOST_JUMPS):
        if is_wiring:
            return GoFlow.RETURN
        raise OutOfSteps
    body = frame.bodies[0]
    frame.bodies.append(body)
    try:
        flow = next(
            (found for one in rest if (found := machine.execute(one, body)) is not GoFlow.NEXT), GoFlow.NEXT
        )
    finally:
        frame.bodies.pop()
    if flow is GoFlow.NEXT:
        frame.results.append(Results(tuple(cell.value for cell in frame.named)))
        return GoFlow.RETURN
    return flow


def _labelled(node: Node, label: str) -> list[Node] | None:
    """Return the statements from a label on; ``None`` if it is not in the block of the function itself."""
    function: Node | None = node
    while function is not None and function.type not in FUNCTIONS:
        function = function.parent
    body = part(function, "body") if function is not None else None
    statements = [one for below in parts(body) for one in _statements(below)]
    for index, one in enumerate(statements):
        if one.type == "labeled_statement" and code_of(part(one, "label")) == label:
            return statements[index:]
    return None


def _statements(node: Node) -> list[Node]:
    return parts(node) if node.type == "statement_list" else [node]
