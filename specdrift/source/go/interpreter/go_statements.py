"""Statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter import go_assignments, go_operators
from specdrift.source.go.interpreter.go_loops import jump, loop
from specdrift.source.go.interpreter.go_types import cell_of, named_type
from specdrift.source.go.interpreter.machine import GoFlow, GoFrame
from specdrift.source.go.language.go_files import code_of, listed, part, parts
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    GoNil,
    GoNumber,
    GoScope,
    GoUnknown,
    GoValue,
    Pointer,
    Results,
    copied,
    origins_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import Machine


def executed(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    """Execute a statement or a block."""
    machine.step()
    runner = STATEMENTS.get(node.type, _expression)
    flow = runner(machine, node, frame)
    if machine.has_exited:
        machine.has_exited = False
        return GoFlow.EXIT
    return flow


def _expression(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    inner = parts(node) if node.type == "expression_statement" else [node]
    for one in inner:
        machine.evaluate(one, frame)
    return GoFlow.NEXT


def _block(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    return sequence(machine, parts(node), frame.inner(GoScope(around=frame.scope)))


def _list(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    if not frame.bodies:
        frame.bodies.append(frame)
    return sequence(machine, parts(node), frame)


def sequence(machine: Machine, nodes: Sequence[Node], frame: GoFrame) -> GoFlow:
    """Execute statements one after another, until one leaves."""
    for node in nodes:
        flow = executed(machine, node, frame)
        if flow is not GoFlow.NEXT:
            return flow
    return GoFlow.NEXT


def _assignment(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    go_assignments.assign(machine, node, frame)
    return GoFlow.NEXT


def _declaration(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    go_assignments.declare(machine, node, frame)
    return GoFlow.NEXT


def _step_of_one(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    operand = parts(node)[0]
    operator = "+" if node.type == "inc_statement" else "-"
    value = go_operators.binary(operator, machine.evaluate(operand, frame), GoNumber(1))
    go_assignments.store(machine, operand, value, frame)
    return GoFlow.NEXT


def _if(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    inner = frame.inner(GoScope(around=frame.scope))
    if (initializer := part(node, "initializer")) is not None:
        flow = executed(machine, initializer, inner)
        if flow is not GoFlow.NEXT:
            return flow
    condition, consequence, alternative = (
        part(node, one) for one in ("condition", "consequence", "alternative")
    )
    if condition is None or consequence is None:
        return GoFlow.NEXT
    value = machine.evaluate(condition, inner)
    if machine.has_exited:
        return GoFlow.EXIT
    outcome = go_operators.truth(value)
    if outcome is None:
        machine.purpose.decided(machine, value, condition, frame)

    def otherwise() -> GoFlow:
        return executed(machine, alternative, inner) if alternative is not None else GoFlow.NEXT

    if outcome is None:
        return machine.fork(frame, [lambda: executed(machine, consequence, inner), otherwise])
    return executed(machine, consequence, inner) if outcome else otherwise()


def _return(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    given = listed(parts(node)[0]) if parts(node) else []
    values = [machine.evaluate(one, frame) for one in given]
    if machine.has_exited:
        return GoFlow.EXIT
    if not given:
        values = [cell.value for cell in frame.named]
    several = values[0].values if len(values) == 1 and isinstance(values[0], Results) else values
    for cell, one in zip(frame.named, several, strict=False):
        machine.write(cell, "", copied(one))  # deferred calls may change it
    if frame.is_main:
        return GoFlow.EXIT if machine.purpose.ignores_failures else GoFlow.RETURN
    value = values[0] if len(values) == 1 else Results(tuple(copied(one) for one in values))
    if machine.purpose.ignores_failures and frame.returns_error and _fails(values):
        frame.failures.append(value)
        # A call that is returned, as in `return run()`, is no failure, unless it makes an error.
        if given and (given[-1].type != "call_expression" or isinstance(values[-1], Pointer)):
            return GoFlow.EXIT
    frame.results.append(copied(value))
    return GoFlow.RETURN


def _fails(values: Sequence[GoValue]) -> bool:
    """Return whether a function that returns an error returns one."""
    return bool(values) and not isinstance(values[-1], GoNil | Results)


def _go(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    def run() -> GoFlow:
        for one in parts(node):
            machine.evaluate(one, frame)
        machine.has_exited = False  # another goroutine
        return GoFlow.NEXT

    # What it changes may come too late for the request; what it serves is served.
    return run() if machine.purpose.ignores_failures else machine.fork(frame, [run, lambda: GoFlow.NEXT])


def _defer(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    del machine
    frame.deferred += [(one, frame) for one in parts(node)]
    return GoFlow.NEXT


def _leave(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    del machine, frame
    has_label = bool(parts(node))
    if node.type == "break_statement":
        return GoFlow.OUTER_BREAK if has_label else GoFlow.BREAK
    return GoFlow.OUTER_CONTINUE if has_label else GoFlow.CONTINUE


def _labeled(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    flow = sequence(machine, parts(node)[1:], frame)
    return GoFlow.NEXT if flow is GoFlow.OUTER_BREAK else flow


Cases = list[tuple["Node", list["Node"]]]


def _cases(node: Node) -> Cases:
    """Return the cases of a switch, each with its statements."""
    kinds = {"expression_case", "default_case", "type_case", "communication_case"}
    found: Cases = []
    for case in parts(node):
        if case.type in kinds:
            lists = [one for one in parts(case) if one.type == "statement_list"]
            found.append((case, [statement for one in lists for statement in parts(one)]))
    return found


def _switch(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    inner = frame.inner(GoScope(around=frame.scope))
    if (initializer := part(node, "initializer")) is not None:
        executed(machine, initializer, inner)
    value = part(node, "value")
    tag = machine.evaluate(value, inner) if value is not None else None
    cases = _cases(node)
    chosen: list[int] = []
    for number, (case, _) in enumerate(cases):
        outcome = _fits(machine, case, tag, inner)
        if outcome is not False:
            chosen.append(number)
        if outcome:
            break
    else:
        default = next((number for number, (case, _) in enumerate(cases) if case.type == "default_case"), -1)
        chosen.append(default)
    branches = [_bodies(cases, number) for number in chosen]
    return _one_of(machine, branches, inner)


def _fits(machine: Machine, case: Node, tag: GoValue | None, frame: GoFrame) -> bool | None:
    """Return whether a case is chosen, if those before it are not."""
    if case.type != "expression_case":
        return False
    outcomes: list[bool | None] = []
    for one in listed(part(case, "value")):
        value = machine.evaluate(one, frame)
        outcome = go_operators.truth(value) if tag is None else go_operators.equal(tag, value)
        if outcome is None:
            decided = value if tag is None else GoUnknown(origins=origins_of(tag, value))
            machine.purpose.decided(machine, decided, one, frame)
        outcomes.append(outcome)
    return True if True in outcomes else None if None in outcomes else False


def _bodies(cases: Cases, number: int) -> list[Node]:
    """Return the statements of a case, with those of the next ones if it falls through."""
    found: list[Node] = []
    while 0 <= number < len(cases):
        body = cases[number][1]
        falls = bool(body) and body[-1].type == "fallthrough_statement"
        found += body[:-1] if falls else body
        if not falls:
            break
        number += 1
    return found


def _one_of(machine: Machine, branches: Sequence[Sequence[Node]], frame: GoFrame) -> GoFlow:
    """Execute one of several lists of statements; ``break`` leaves it."""

    def run(nodes: Sequence[Node]) -> GoFlow:
        before = len(frame.partial)
        flow = sequence(machine, nodes, frame.inner(GoScope(around=frame.scope)))
        machine.rejoin(frame, before, frozenset({GoFlow.BREAK}))
        return GoFlow.NEXT if flow is GoFlow.BREAK else flow

    if len(branches) == 1:
        return run(branches[0])
    return machine.fork(frame, [partial(run, nodes) for nodes in branches])


def _type_switch(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    inner = frame.inner(GoScope(around=frame.scope))
    value = part(node, "value")
    subject = machine.evaluate(value, inner) if value is not None else UNKNOWN
    alias = listed(part(node, "alias"))
    cases = _cases(node)
    if not isinstance(subject, GoNil):
        machine.purpose.decided(machine, GoUnknown(origins=origins_of(subject)), value or node, frame)
    has_default = any(case.type == "default_case" for case, _ in cases)

    def run(case: Node | None, body: Sequence[Node]) -> GoFlow:
        scope = GoScope(around=inner.scope)
        if alias:
            scope.names[code_of(alias[0])] = cell_of(_as_case(machine, case, subject, inner))
        flow = sequence(machine, body, inner.inner(scope))
        return GoFlow.NEXT if flow is GoFlow.BREAK else flow

    runs: list[Callable[[], GoFlow]] = [partial(run, case, body) for case, body in cases]
    if not has_default:
        runs.append(lambda: GoFlow.NEXT)
    return machine.fork(frame, runs)


def _as_case(machine: Machine, case: Node | None, subject: GoValue, frame: GoFrame) -> GoValue:
    kinds = case.children_by_field_name("type") if case is not None else []
    if isinstance(subject, GoUnknown) and subject.kind is None and len(kinds) == 1:
        kind = named_type(machine, kinds[0], frame.file, frame.package)
        return GoUnknown(kind, subject.origins, subject.holds)
    return subject


def _select(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    def run(case: Node, body: Sequence[Node]) -> GoFlow:
        scope = frame.inner(GoScope(around=frame.scope))
        communication = part(case, "communication")
        if communication is not None:
            for name in listed(part(communication, "left")):
                scope.scope.names[code_of(name)] = cell_of(UNKNOWN)
            for one in _evaluated(communication):
                machine.evaluate(one, scope)
        flow = sequence(machine, body, scope)
        return GoFlow.NEXT if flow is GoFlow.BREAK else flow

    runs: list[Callable[[], GoFlow]] = [partial(run, case, body) for case, body in _cases(node)]
    if len(runs) == 1:
        return runs[0]()
    return machine.fork(frame, runs) if runs else GoFlow.NEXT


def _evaluated(communication: Node) -> Iterator[Node]:
    if communication.type == "send_statement":
        yield from parts(communication)
    elif (right := part(communication, "right")) is not None:
        yield right


def _nothing(machine: Machine, node: Node, frame: GoFrame) -> GoFlow:
    del machine, node, frame
    return GoFlow.NEXT


STATEMENTS: Mapping[str, Callable[[Machine, Node, GoFrame], GoFlow]] = {
    "block": _block,
    "statement_list": _list,
    "short_var_declaration": _assignment,
    "assignment_statement": _assignment,
    "var_declaration": _declaration,
    "const_declaration": _declaration,
    "type_declaration": _nothing,
    "comment": _nothing,
    "empty_statement": _nothing,
    "inc_statement": _step_of_one,
    "dec_statement": _step_of_one,
    "if_statement": _if,
    "for_statement": loop,
    "return_statement": _return,
    "go_statement": _go,
    "defer_statement": _defer,
    "break_statement": _leave,
    "continue_statement": _leave,
    "labeled_statement": _labeled,
    "goto_statement": jump,
    "expression_switch_statement": _switch,
    "type_switch_statement": _type_switch,
    "select_statement": _select,
}
