"""Calls: of functions of the modules, of those of libraries, and of code that is not known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specdrift.source.go.interpreter.go_literals import as_type, typed
from specdrift.source.go.interpreter.go_types import cell_of, declared, named_type, result_types, stored, zero
from specdrift.source.go.interpreter.machine import DEEPEST, MOST_REPEATED, Call, GoFlow, GoFrame
from specdrift.source.go.language.go_files import code_of, part, parts
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoCell,
    GoChoice,
    GoNil,
    GoScope,
    GoUnknown,
    GoValue,
    Items,
    LibraryCode,
    LoopBody,
    Results,
    TypeName,
    alternatives,
    choice,
    copied,
    held,
    origins_of,
    plain,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import Machine


def call(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    """Return the result of a call expression."""
    callee = part(node, "function")
    machine.visited.add((frame.file.name, node.start_byte))
    if callee is None:
        return UNKNOWN
    if (kind := _type_of(machine, callee, frame)) is not None:
        return as_type(machine, kind, next(iter(arguments(machine, node, frame)), UNKNOWN))
    function = machine.evaluate(callee, frame)
    given: list[GoValue] = []
    if not machine.has_exited:
        given = _type_argument(machine, function, node, frame) or arguments(machine, node, frame)
    return UNKNOWN if machine.has_exited else call_value(machine, function, given, node, frame)


def _type_of(machine: Machine, callee: Node, frame: GoFrame) -> TypeName | None:
    """Return the type that a conversion names, which is written as a call."""
    inner = callee
    while inner.type == "parenthesized_expression" and parts(inner):
        inner = parts(inner)[0]
    if inner.type == "unary_expression":
        return None
    if inner.type == "identifier" and frame.scope.find(code_of(inner)) is None:
        found = TypeName(frame.package.path, code_of(inner))
        return found if declared(machine, found) is not None else None
    if inner.type == "selector_expression" and (operand := part(inner, "operand")) is not None:
        path = (
            frame.file.imports.get(code_of(operand)) if frame.scope.find(code_of(operand)) is None else None
        )
        found = TypeName(path or "", code_of(part(inner, "field")))
        return found if path is not None and declared(machine, found) is not None else None
    return None


def _type_argument(machine: Machine, function: GoValue, node: Node, frame: GoFrame) -> list[GoValue] | None:
    """Return the first value of the type that ``new`` or ``make`` gets."""
    if not isinstance(function, LibraryCode) or function.name not in {"builtin.new", "builtin.make"}:
        return None
    given = parts(part(node, "arguments"))
    if not given:
        return [UNKNOWN]
    made = zero(machine, given[0], frame.file, frame.package)
    if isinstance(made, GoUnknown) and made.kind is None:
        made = GoUnknown(named_type(machine, given[0], frame.file, frame.package))
    if function.name == "builtin.make" and given[0].type == "slice_type":
        sizes = [machine.evaluate(one, frame) for one in given[1:]]
        empty = not sizes or getattr(sizes[0], "value", None) == 0
        made = Items((), is_complete=empty)
    return [made]


def arguments(machine: Machine, node: Node, frame: GoFrame) -> list[GoValue]:
    """Return the arguments of a call, structs as copies; ``xs...`` becomes its elements, if they are known."""
    found: list[GoValue] = []
    for one in parts(part(node, "arguments")):
        if one.type == "variadic_argument":
            value = plain(machine.evaluate(parts(one)[0], frame))
            if isinstance(value, Items) and value.is_complete:
                found += value.values
            elif not isinstance(value, GoNil):
                found.append(GoUnknown(origins=origins_of(value), holds=held([value]), made_by="..."))
            continue
        value = machine.evaluate(one, frame)
        found += value.values if isinstance(value, Results) else [value]
    return [copied(value) for value in found]


def call_value(
    machine: Machine,
    function: GoValue,
    given: Sequence[GoValue],
    node: Node,
    frame: GoFrame,
    *,
    is_dynamic: bool | None = None,
) -> GoValue:
    """Return the result of calling a value."""
    dynamic = _is_dynamic(node, frame) if is_dynamic is None else is_dynamic
    if isinstance(function, GoChoice):
        return _call_of_several(machine, function, given, Call("", None, (), node, frame, dynamic))
    function = plain(function)
    name = function.name if isinstance(function, LibraryCode) else ""
    receiver = function.receiver if isinstance(function, LibraryCode | DeclaredFunction) else None
    one = Call(name, receiver, tuple(given), node, frame, dynamic)
    machine.calls.append(one)
    try:
        return _of_one(machine, function, one)
    finally:
        machine.calls.pop()


def _of_one(machine: Machine, function: GoValue, one: Call) -> GoValue:
    """Return the result of calling a known value, or one that is not known."""
    if (found := machine.purpose.called(machine, function, one)) is not None:
        return found
    match function:
        case DeclaredFunction() | Closure():
            return invoke(machine, function, one.arguments, one)
        case LoopBody(run=run):
            return run(one.arguments)
        case LibraryCode(name=name):
            known = machine.purpose.library(name)
            return known(machine, one) if known is not None else machine.purpose.unknown_call(machine, one)
    return machine.purpose.unknown_call(machine, replace(one, name="", receiver=function))


def _call_of_several(machine: Machine, function: GoChoice, given: Sequence[GoValue], at: Call) -> GoValue:
    found: list[GoValue] = []

    def run(one: GoValue) -> GoFlow:
        found.append(call_value(machine, one, given, at.node, at.frame, is_dynamic=at.is_dynamic))
        exited, machine.has_exited = machine.has_exited, False
        return GoFlow.EXIT if exited else GoFlow.NEXT

    machine.fork(at.frame, [partial(run, one) for one in function.values])
    return choice(found)


def _is_dynamic(node: Node, frame: GoFrame) -> bool:
    """Return whether a variable, a field or an expression holds the function that is called, by how it is written."""
    callee = part(node, "function") if node.type == "call_expression" else None
    if callee is None or callee.type not in {"identifier", "selector_expression"}:
        return True
    if callee.type == "identifier":
        return frame.scope.find(code_of(callee)) is not None
    return False


def invoke(
    machine: Machine, function: DeclaredFunction | Closure, given: Sequence[GoValue], at: Call
) -> GoValue:
    """Return the result of a function of the modules."""
    node = function.function.node if isinstance(function, DeclaredFunction) else function.node
    body = part(node, "body")
    key = function.function if isinstance(function, DeclaredFunction) else node
    if body is None or len(machine.stack) > DEEPEST or machine.stack.count(key) > MOST_REPEATED:
        return machine.purpose.unknown_call(machine, at)
    frame = _frame(machine, function, given, at)
    machine.stack.append(key)
    try:
        flow = machine.execute(body, frame)
    finally:
        machine.stack.pop()
    if flow is GoFlow.NEXT and frame.named:
        frame.results.append(_of_names(frame))
    machine.rejoin(frame, 0)
    has_recovered = _deferred(machine, frame)
    if frame.deferred and frame.named and (frame.results or has_recovered):
        frame.results[:] = [_of_names(frame)]
    has_returned = frame.results or frame.failures or has_recovered
    machine.has_exited = flow is GoFlow.EXIT and not has_returned
    return _as_declared(machine, part(node, "result"), frame, _result(frame))


def _as_declared(machine: Machine, result: Node | None, frame: GoFrame, found: GoValue) -> GoValue:
    """Return the results of a function as the types of its results hold them."""
    kinds = result_types(result)
    if not isinstance(found, Results):
        return stored(machine, (kinds[0], frame.file, frame.package), found) if len(kinds) == 1 else found
    if len(kinds) != len(found.values):
        return found
    several = zip(found.values, kinds, strict=True)
    return Results(tuple(stored(machine, (kind, frame.file, frame.package), one) for one, kind in several))


def _frame(
    machine: Machine, function: DeclaredFunction | Closure, given: Sequence[GoValue], at: Call
) -> GoFrame:
    scope = GoScope(around=function.scope if isinstance(function, Closure) else None)
    place = at.place
    if isinstance(function, DeclaredFunction):
        one = function.function
        frame = GoFrame(one.file, one.package, scope, one.name, place)
        node = one.node
        receiver = parts(part(node, "receiver"))
        name = part(receiver[0], "name") if receiver else None
        if name is not None:
            scope.names[code_of(name)] = cell_of(_received(receiver[0], function.receiver or UNKNOWN))
    else:
        node = function.node
        frame = GoFrame(function.file, function.package, scope, f"{function.name}.func", place)
    _bind(machine, node, frame, given)
    _declare_results(machine, node, frame)
    return frame


def _received(parameter: Node, receiver: GoValue) -> GoValue:
    """Return what a method gets: a copy of the struct, unless its receiver is a pointer."""
    kind = part(parameter, "type")
    record = record_of(receiver)
    if record is None or kind is None or kind.type == "pointer_type":
        return receiver
    return copied(record)


def _bind(machine: Machine, node: Node, frame: GoFrame, given: Sequence[GoValue]) -> None:
    rest = list(given)
    for one in parts(part(node, "parameters")):
        names = [code_of(name) for name in one.children_by_field_name("name")]
        kind = part(one, "type")
        if one.type == "variadic_parameter_declaration":
            is_complete = not any(isinstance(value, GoUnknown) and value.made_by == "..." for value in rest)
            declared_as = (kind, frame.file, frame.package) if kind is not None else None
            items = tuple(copied(stored(machine, declared_as, value)) for value in rest)
            for name in names:
                frame.scope.names[name] = cell_of(Items(items, is_complete))
            return
        for name in names or [""]:
            value = rest.pop(0) if rest else UNKNOWN
            if isinstance(value, GoUnknown) and value.kind is None:
                own_kind = named_type(machine, kind, frame.file, frame.package)
                value = GoUnknown(own_kind, value.origins, value.holds, value.made_by, value.place)
            elif kind is not None:
                value = typed(machine, named_type(machine, kind, frame.file, frame.package), value)
            declared_as = (kind, frame.file, frame.package) if kind is not None else None
            if name:
                frame.scope.names[name] = cell_of(copied(stored(machine, declared_as, value)), declared_as)


def _declare_results(machine: Machine, node: Node, frame: GoFrame) -> None:
    declared_results = part(node, "result")
    if declared_results is None:
        frame.is_main = frame.function == "main" and frame.package.name == "main"
        return
    if declared_results.type != "parameter_list":
        frame.returns_error = code_of(declared_results) == "error"
        return
    kinds = parts(declared_results)
    frame.returns_error = bool(kinds) and code_of(part(kinds[-1], "type")) == "error"
    cells: list[GoCell] = []
    for one in kinds:
        for name in one.children_by_field_name("name"):
            kind = part(one, "type")
            declared_as = (kind, frame.file, frame.package) if kind is not None else None
            cells.append(cell_of(zero(machine, kind, frame.file, frame.package), declared_as))
            frame.scope.names[code_of(name)] = cells[-1]
    frame.named = tuple(cells)


def _of_names(frame: GoFrame) -> GoValue:
    values = tuple(cell.value for cell in frame.named)
    return values[0] if len(values) == 1 else Results(values)


def _deferred(machine: Machine, frame: GoFrame) -> bool:
    """Evaluate the calls that are made when the function returns; return whether they end a panic."""
    exited, around, machine.has_recovered = machine.has_exited, machine.has_recovered, False
    for node, block in reversed(frame.deferred):
        machine.evaluate(node, block)
    found, machine.has_exited, machine.has_recovered = machine.has_recovered, exited, around
    return found


def _result(frame: GoFrame) -> GoValue:
    """Return the results of all returns, each joined with its counterparts."""
    found = frame.results or frame.failures
    if not found:
        return UNKNOWN
    several = [one for one in found if isinstance(one, Results)]
    if not several:
        return choice(found)
    length = max(len(one.values) for one in several)
    return Results(tuple(choice(result(one, index) for one in found) for index in range(length)))


def result(value: GoValue, index: int) -> GoValue:
    """Return one of the results of a call."""
    if isinstance(value, Results):
        return value.values[index] if index < len(value.values) else UNKNOWN
    if isinstance(value, GoChoice):
        return choice(result(one, index) for one in alternatives(value))
    if isinstance(value, GoUnknown):
        # The first result is what the function makes; whether the others are errors is not known.
        first = GoUnknown(value.kind, value.origins, value.holds, value.made_by, value.place)
        return first if index == 0 else GoUnknown(origins=value.origins)
    return value if index == 0 else NIL
