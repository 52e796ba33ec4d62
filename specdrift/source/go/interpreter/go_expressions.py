"""Expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter import go_calls, go_literals, go_operators
from specdrift.source.go.interpreter.go_elements import element, elements
from specdrift.source.go.interpreter.go_members import member
from specdrift.source.go.interpreter.go_types import (
    cell_of,
    declared_type,
    named_type,
    package_of,
    stored,
    zero,
)
from specdrift.source.go.interpreter.machine import GoFlow, GoFrame
from specdrift.source.go.language.go_files import below, code_of, literal_of, part, parts
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoCell,
    GoChoice,
    GoNil,
    GoNumber,
    GoScope,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    LibraryCode,
    LibraryObject,
    NamedValue,
    Pointer,
    Record,
    Table,
    alternatives,
    choice,
    held,
    origins_of,
    plain,
)
from specdrift.source.go.values.lifetimes import RunFor

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import Machine
    from specdrift.source.go.language.go_packages import GoVariable

CONSTANTS: Mapping[str, GoValue] = {"true": GoTruth(value=True), "false": GoTruth(value=False), "nil": NIL}


def evaluated(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    """Return the value of an expression."""
    machine.step()
    reader = EXPRESSIONS.get(node.type)
    if reader is None:
        for child in parts(node):
            machine.evaluate(child, frame)
        return UNKNOWN
    return reader(machine, node, frame)


def _text(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    del machine, frame
    value = literal_of(node)
    return GoText((value,))


def _rune(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    del machine, frame
    value = literal_of(node)
    return GoNumber(ord(value)) if value is not None and len(value) == 1 else UNKNOWN


def _number(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    del machine, frame
    with suppress(ValueError):
        return GoNumber(int(code_of(node).replace("_", ""), 0))
    return UNKNOWN


def _constant(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    del machine, frame
    return CONSTANTS[node.type]


def _iota(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    del machine, node
    return GoNumber(frame.iota)


def _identifier(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    name = code_of(node)
    cell = frame.scope.find(name)
    if cell is not None:
        return cell.value
    found = of_package(machine, frame.package.path, name)
    return found or CONSTANTS.get(name) or LibraryCode(f"builtin.{name}")


def of_package(machine: Machine, path: str, name: str) -> GoValue | None:
    """Return what a name means in a package of the modules."""
    package = machine.index.package(path)
    if package is None:
        return None
    if (function := package.functions.get(name)) is not None:
        return DeclaredFunction(function)
    cell = variable(machine, path, name)
    return cell.value if cell is not None else None


def variable(machine: Machine, path: str, name: str) -> GoCell | None:
    """Return a variable of a package, evaluated when it is asked for."""
    package = machine.index.package(path)
    declared = package.variables.get(name) if package is not None else None
    if package is None or declared is None:
        return None
    cell = machine.variables.get((path, name))
    if cell is None:
        frame = GoFrame(declared.file, package, GoScope(), name, iota=declared.iota)
        with machine.lifetimes.run(RunFor.PROGRAM):
            cell = machine.variables[path, name] = cell_of(UNKNOWN)
            cell.declared = declared_type(machine, declared, frame)
            cell.fields[""] = machine.unconditionally(lambda: _initial(machine, declared, frame))
    return cell


def _initial(machine: Machine, declared: GoVariable, frame: GoFrame) -> GoValue:
    if declared.value is None:
        return zero(machine, declared.kind, frame.file, frame.package)
    value = machine.evaluate(declared.value, frame)
    if declared.index is not None:
        value = go_calls.result(value, declared.index)
    if isinstance(value, GoNil | GoUnknown) and declared.kind is not None and not isinstance(value, GoNil):
        return GoUnknown(
            named_type(machine, declared.kind, frame.file, frame.package), value.origins, value.holds
        )
    if declared.kind is not None:
        kind = named_type(machine, declared.kind, frame.file, frame.package)
        found = go_literals.typed(machine, kind, value)
        return stored(machine, (declared.kind, frame.file, frame.package), found)
    return value


def _selector(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    operand, name = part(node, "operand"), code_of(part(node, "field"))
    if operand is None:
        return UNKNOWN
    if operand.type == "identifier" and frame.scope.find(code_of(operand)) is None:
        written = code_of(operand)
        own = machine.index.package(frame.package.path)
        is_own = own is not None and written in (own.variables.keys() | own.functions.keys())
        path = None if is_own else package_of(machine, written, frame.file)
        if path is not None:
            return _qualified(machine, path, name)
    return member(machine, machine.evaluate(operand, frame), name)


def _qualified(machine: Machine, path: str, name: str) -> GoValue:
    if path in machine.index.packages:
        found = of_package(machine, path, name)
        return found if found is not None else LibraryCode(f"{path}.{name}")
    made = LIBRARY_VALUES.get(f"{path}.{name}")
    return made(machine) if made is not None else LibraryCode(f"{path}.{name}")


LIBRARY_VALUES: dict[str, Callable[[Machine], GoValue]] = {}
"""Constants and variables of libraries."""


def _binary(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    left, right = part(node, "left"), part(node, "right")
    operator = code_of(part(node, "operator"))
    if left is None or right is None:
        return UNKNOWN
    one = machine.evaluate(left, frame)
    if operator not in {"&&", "||"}:
        return go_operators.binary(operator, one, machine.evaluate(right, frame))
    ending = operator == "||"
    outcome = go_operators.truth(one)
    if outcome is ending:
        return GoTruth(ending)
    if outcome is not None:
        return machine.evaluate(right, frame)
    machine.purpose.decided(machine, one, left, frame)
    found: list[GoValue] = []
    # The right side may not be evaluated.
    _, after = machine.branch(lambda: _collected(machine, right, frame, found))
    machine.apply([after, {}])
    if found and go_operators.truth(found[0]) is ending:
        return GoTruth(ending)
    return GoUnknown(origins=origins_of(one, *found))


def _collected(machine: Machine, node: Node, frame: GoFrame, found: list[GoValue]) -> GoFlow:
    found.append(machine.evaluate(node, frame))
    if machine.has_exited:
        machine.has_exited = False
        return GoFlow.EXIT
    return GoFlow.NEXT


def _unary(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    operand, operator = part(node, "operand"), code_of(part(node, "operator"))
    if operand is None:
        return UNKNOWN
    if operator == "&":
        return _address(machine, operand, frame)
    value = machine.evaluate(operand, frame)
    if operator == "!":
        return go_operators.negated(value)
    if operator == "*":
        return dereferenced(machine, value)
    if operator == "-" and isinstance(number := plain(value), GoNumber):
        return GoNumber(-number.value)
    return GoUnknown(origins=origins_of(value))


def dereferenced(machine: Machine, value: GoValue) -> GoValue:
    """Return what a pointer points to."""
    if isinstance(value, GoChoice):
        return choice(dereferenced(machine, one) for one in value.values)
    if isinstance(value, Pointer):
        return value.target.value if isinstance(value.target, GoCell) else value.target
    return value


def _address(machine: Machine, operand: Node, frame: GoFrame) -> GoValue:
    value = machine.evaluate(operand, frame)
    cell = None
    if operand.type == "identifier":
        name = code_of(operand)
        cell = frame.scope.find(name) or machine.variables.get((frame.package.path, name))
    return pointer_to(value, cell)


def pointer_to(value: GoValue, cell: GoCell | None = None) -> GoValue:
    """Return a pointer to a value, which a variable may hold."""
    if isinstance(value, Record):
        return Pointer(value)
    if isinstance(value, LibraryObject | GoUnknown | GoChoice | NamedValue | Table | Items) or cell is None:
        return value
    return Pointer(cell)


def _parenthesized(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    inner = parts(node)
    return machine.evaluate(inner[0], frame) if inner else UNKNOWN


def _index(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    operand, index = part(node, "operand"), part(node, "index")
    if operand is None or index is None:
        return UNKNOWN
    value = machine.evaluate(operand, frame)
    if plain(value) is value and isinstance(value, DeclaredFunction | Closure):
        return value  # a generic function
    return elements(machine, list(alternatives(value)), machine.evaluate(index, frame))


def _slice(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    operand = part(node, "operand")
    value = machine.evaluate(operand, frame) if operand is not None else UNKNOWN
    start, end = part(node, "start"), part(node, "end")
    listed = plain(value)
    if isinstance(listed, Items) and listed.is_complete:
        first = machine.evaluate(start, frame) if start is not None else GoNumber(0)
        last = machine.evaluate(end, frame) if end is not None else GoNumber(len(listed.values))
        if isinstance(first, GoNumber) and isinstance(last, GoNumber):
            found = Items(listed.values[max(first.value, 0) : max(last.value, 0)])
            return NamedValue(value.kind, found) if isinstance(value, NamedValue) else found
    if start is None and end is None:
        return value
    return GoUnknown(origins=origins_of(value), holds=held([value]))


def _assertion(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    operand = part(node, "operand")
    value = machine.evaluate(operand, frame) if operand is not None else UNKNOWN
    wanted = part(node, "type")
    if wanted is None:
        return value
    return go_literals.asserted(machine, value, (wanted, frame.file, frame.package))


def _closure(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    del machine
    return Closure(node, frame.file, frame.package, frame.scope, frame.function, frame.called_at)


def _call(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    return go_calls.call(machine, node, frame)


def _record_of_type(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    return go_literals.composite(machine, node, frame)


def _conversion(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    operand = part(node, "operand")
    value = machine.evaluate(operand, frame) if operand is not None else UNKNOWN
    kind = part(node, "type")
    if kind is not None and kind.type == "generic_type" and len(inner := parts(kind)) == 2:
        # Without types the grammar takes these for conversions: f[T](x), and list[i](x).
        callee = machine.evaluate(inner[0], frame)
        if isinstance(plain(callee), Items | Table | GoChoice | GoNil):
            index = next((one for one in below(inner[1]) if one.type.endswith("identifier")), None)
            key = machine.evaluate(index, frame) if index is not None else UNKNOWN
            callee = choice(element(machine, one, key) for one in alternatives(callee))
            return go_calls.call_value(machine, callee, [value], node, frame, is_dynamic=True)
        if isinstance(callee, DeclaredFunction | LibraryCode):
            return go_calls.call_value(machine, callee, [value], node, frame)
    return go_literals.converted(machine, kind, value, frame)


EXPRESSIONS: Mapping[str, Callable[[Machine, Node, GoFrame], GoValue]] = {
    "interpreted_string_literal": _text,
    "raw_string_literal": _text,
    "rune_literal": _rune,
    "int_literal": _number,
    "true": _constant,
    "false": _constant,
    "nil": _constant,
    "iota": _iota,
    "identifier": _identifier,
    "type_identifier": _identifier,
    "field_identifier": _identifier,
    "selector_expression": _selector,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "parenthesized_expression": _parenthesized,
    "index_expression": _index,
    "slice_expression": _slice,
    "type_assertion_expression": _assertion,
    "func_literal": _closure,
    "call_expression": _call,
    "composite_literal": _record_of_type,
    "type_conversion_expression": _conversion,
}
