"""Assignments and declarations of variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.go.interpreter import go_calls, go_operators
from specdrift.source.go.interpreter.go_elements import has_key
from specdrift.source.go.interpreter.go_expressions import variable
from specdrift.source.go.interpreter.go_literals import typed
from specdrift.source.go.interpreter.go_members import holder_of, member
from specdrift.source.go.interpreter.go_types import (
    StaticType,
    cell_of,
    declared_type,
    fields_of,
    named_type,
    stored,
    type_of,
    underlying,
    zero,
)
from specdrift.source.go.language.go_files import code_of, listed, part
from specdrift.source.go.language.go_packages import GoVariable, variables
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Fields,
    GoCell,
    GoChoice,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    LibraryObject,
    NamedValue,
    Pointer,
    Record,
    Table,
    TypeName,
    alternatives,
    choice,
    copied,
    origins_of,
    plain,
    record_of,
)
from specdrift.source.go.values.header_values import OF_HEADERS, first_of, key_names, known_headers
from specdrift.source.go.values.nil_values import MAYBE, may_be_nil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tree_sitter import Node

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.interpreter.machine import GoFrame, Machine

TWO_RESULTS = frozenset({"index_expression", "type_assertion_expression", "unary_expression"})
"""Expressions with a second result, which is whether there is a value."""


def assign(machine: Machine, node: Node, frame: GoFrame) -> None:
    """Evaluate ``x, y = a, b``, ``x := a`` or ``x += a``."""
    targets, values = listed(part(node, "left")), listed(part(node, "right"))
    operator = code_of(part(node, "operator"))
    if operator not in {"", "=", ":="}:
        value = go_operators.binary(
            operator[:-1], machine.evaluate(targets[0], frame), machine.evaluate(values[0], frame)
        )
        store(machine, targets[0], value, frame)
        return
    found = assigned(machine, values, len(targets), frame)
    if machine.has_exited:
        return
    is_new = node.type == "short_var_declaration"
    for index, (target, value) in enumerate(zip(targets, found, strict=False)):
        if is_new:
            alone = len(values) == 1
            kind = type_of(machine, values[0 if alone else index], index if alone else 0, frame)
            _define(machine, code_of(target), value, frame, kind)
        else:
            store(machine, target, value, frame)


def assigned(machine: Machine, values: Sequence[Node], number: int, frame: GoFrame) -> list[GoValue]:
    """Return the values of the right side of an assignment to a number of variables."""
    if len(values) == 1 and number > 1:
        value = _checked(machine, values[0], frame) if number == 2 else None
        if value is not None:
            return value
        whole = machine.evaluate(values[0], frame)
        return [go_calls.result(whole, index) for index in range(number)]
    return [machine.evaluate(value, frame) for value in values]


def _checked(machine: Machine, node: Node, frame: GoFrame) -> list[GoValue] | None:
    """Return a value, and whether it is there: of ``m[k]``, ``x.(T)`` and ``<-c``."""
    if node.type not in TWO_RESULTS:
        return None
    before = machine.has_exited
    value = machine.evaluate(node, frame)
    operand = part(node, "operand")
    if node.type == "type_assertion_expression" and machine.has_exited and not before:
        machine.has_exited = False
        return [zero(machine, part(node, "type"), frame.file, frame.package), GoTruth(value=False)]
    is_there: GoValue = GoUnknown(origins=origins_of(value))
    record, kind = record_of(value), part(node, "type")
    asserted = named_type(machine, kind, frame.file, frame.package) if kind is not None else None
    if record is not None and record.kind is not None and record.kind == asserted:
        return [value, GoTruth(value=True)]
    if node.type == "type_assertion_expression" and isinstance(value, GoNil):
        return [value, GoTruth(value=True) if value.of.startswith("*") else is_there]
    if node.type == "type_assertion_expression" and (fits := _has_type(value, kind, asserted)) is not None:
        empty = zero(machine, kind, frame.file, frame.package)
        return [value if fits else empty, GoTruth(fits)]
    if node.type == "index_expression" and operand is not None:
        table = plain(machine.evaluate(operand, frame))
        key = plain(machine.evaluate(part(node, "index") or node, frame))
        known = has_key(table, key)
        if known is not None:
            is_there = GoTruth(known)
        elif isinstance(table, Table):
            is_there = GoUnknown(origins=origins_of(value, key))
    return [value, is_there]


BASIC_TYPES: Mapping[str, type[GoValue]] = {
    "string": GoText,
    "bool": GoTruth,
    "int": GoNumber,
    "[]string": Items,
}


def _has_type(value: GoValue, kind: Node | None, asserted: TypeName | None) -> bool | None:
    """Return whether a value has a basic type, or a named one; ``None`` if that is not known."""
    if isinstance(value, NamedValue):
        return True if value.kind == asserted else None
    basic = BASIC_TYPES.get(code_of(kind))
    if basic is None or not isinstance(value, tuple(BASIC_TYPES.values())):
        return None
    return isinstance(value, basic)


def _define(machine: Machine, name: str, value: GoValue, frame: GoFrame, kind: StaticType | None) -> None:
    if name == "_":
        return
    known = frame.scope.names.get(name)
    if known is not None:
        _store_in(machine, known, value)
    else:
        frame.scope.names[name] = cell_of(copied(value), kind)


def _store_in(machine: Machine, cell: GoCell, value: GoValue) -> None:
    """Store a value in a variable; where its type is not known, ``nil`` may be that of a type."""
    kept = copied(stored(machine, cell.declared, value))
    machine.write(cell, "", GoNil(MAYBE) if kept == NIL and cell.declared is None else kept)


def declare(machine: Machine, node: Node, frame: GoFrame) -> None:
    """Evaluate ``var`` and ``const`` in a function."""
    found = list(variables(node, frame.file))
    values = [_value_of(machine, one, frame) for one in found]
    for one, value in zip(found, values, strict=True):
        if one.name != "_":
            frame.scope.names[one.name] = cell_of(copied(value), declared_type(machine, one, frame))


def _value_of(machine: Machine, one: GoVariable, frame: GoFrame) -> GoValue:
    if one.value is None:
        return zero(machine, one.kind, frame.file, frame.package)
    inner = frame.inner(frame.scope)
    inner.iota = one.iota
    value = machine.evaluate(one.value, inner)
    if one.index is not None:
        value = go_calls.result(value, one.index)
    if isinstance(value, GoUnknown) and value.kind is None and one.kind is not None:
        kind = named_type(machine, one.kind, frame.file, frame.package)
        return GoUnknown(kind, value.origins, value.holds, value.made_by, value.place)
    if one.kind is not None:
        found = typed(machine, named_type(machine, one.kind, frame.file, frame.package), value)
        return stored(machine, (one.kind, frame.file, frame.package), found)
    return value


def store(machine: Machine, target: Node, value: GoValue, frame: GoFrame) -> None:
    """Store a value in what the left side of an assignment names."""
    value = copied(value)
    match target.type:
        case "identifier":
            name = code_of(target)
            cell = frame.scope.find(name) or variable(machine, frame.package.path, name)
            if cell is not None and name != "_":
                _store_in(machine, cell, value)
        case "selector_expression":
            _store_field(machine, target, value, frame)
        case "index_expression":
            _store_element(machine, target, value, frame)
        case "unary_expression":
            operand = part(target, "operand")
            if operand is not None:
                _store_behind(machine, machine.evaluate(operand, frame), value)
        case "parenthesized_expression":
            store(machine, target.named_children[0], value, frame)


def _store_field(machine: Machine, target: Node, value: GoValue, frame: GoFrame) -> None:
    operand, name = part(target, "operand"), code_of(part(target, "field"))
    if operand is None:
        return
    whole = machine.evaluate(target, frame) if operand.type == "identifier" else UNKNOWN
    del whole  # evaluated for what watches fields
    holder = machine.evaluate(operand, frame)
    several = holder.values if isinstance(holder, GoChoice) else (holder,)
    for one in several:
        record: Fields | None = record_of(one)
        if isinstance(record, Record):
            record = holder_of(machine, record, name)
        elif isinstance(one, LibraryObject):
            record = one
            if name in one.NOT_FOLLOWED:
                machine.unread(frame.file.place(target), "the layers of a router that code sets itself")
        if record is None:
            _store_variable(machine, operand, name, value, frame)
            continue
        if isinstance(record, Record) and machine.lifetimes.is_shared(record):
            member(machine, record, name)  # the value that other requests may see
        value = _as_field(machine, record, name, value)
        kept = value if len(several) == 1 else choice([record.fields.get(name) or UNKNOWN, value])
        machine.write(record, name, kept)
        if isinstance(record, Record):
            record.places[name] = frame.file.place(target)


def _as_field(machine: Machine, record: Fields, name: str, value: GoValue) -> GoValue:
    """Return a value as a field of a struct holds it."""
    if not may_be_nil(value) or not isinstance(record, Record) or record.kind is None:
        return value
    kinds = (
        (kind, file, package)
        for field, kind, file, package, _ in fields_of(machine, record.kind)
        if field == name
    )
    return stored(machine, next(kinds, None), value)


def _store_variable(machine: Machine, operand: Node, name: str, value: GoValue, frame: GoFrame) -> None:
    """Store a value in a variable of another package of the modules."""
    path = frame.file.imports.get(code_of(operand)) if operand.type == "identifier" else None
    cell = variable(machine, path, name) if path is not None else None
    if cell is not None:
        _store_in(machine, cell, value)
    elif (stored := LIBRARY_VARIABLES.get(f"{path}.{name}")) is not None:
        stored(machine, value, frame.file.place(operand))


LIBRARY_VARIABLES: dict[str, Callable[[Machine, GoValue, SourceLocation], None]] = {}
"""What becomes of values that code stores in variables of libraries."""


def _store_element(machine: Machine, target: Node, value: GoValue, frame: GoFrame) -> None:
    operand, index = part(target, "operand"), part(target, "index")
    if operand is None or index is None:
        return
    key = plain(machine.evaluate(index, frame))
    if may_be_nil(value) and (kind := type_of(machine, operand, 0, frame)) is not None:
        whole, file, package = underlying(machine, *kind)
        inside = part(whole, "value" if whole.type == "map_type" else "element")
        value = stored(machine, (inside, file, package), value) if inside is not None else value
    for one in alternatives(machine.evaluate(operand, frame)):
        holder = plain(one)
        if isinstance(holder, Table):
            _store_entry(machine, holder, key, value)
        elif isinstance(holder, Items):
            changed = _with_element(holder, key, value)
            store(machine, operand, changed, frame)
            _share(machine, holder, changed, frame)
        elif (headers := known_headers(one)) is not None:
            names = key_names(key)
            for name in list(headers.fields) if names is None else names:
                machine.write(headers, name, first_of(value) if names else GoUnknown(origins=OF_HEADERS))


def _share(machine: Machine, before: Items, after: Items, frame: GoFrame) -> None:
    """Store a list with another element in all variables and fields that have the same one."""
    scopes = [frame.scope, *(one.frame.scope for one in machine.calls)]
    cells = [*machine.variables.values(), *(cell for scope in scopes for cell in scope.visible())]
    structs = [below for one in cells if (below := record_of(one.value)) is not None]
    for holder in {id(one): one for one in (*cells, *structs)}.values():
        for name, value in list(holder.fields.items()):
            if plain(value) is before:
                kept = NamedValue(value.kind, after) if isinstance(value, NamedValue) else after
                machine.write(holder, name, kept)


def _store_entry(machine: Machine, table: Table, key: GoValue, value: GoValue) -> None:
    known = key.known if isinstance(key, GoText) else str(key.value) if isinstance(key, GoNumber) else None
    if known is None:
        table.is_complete = False
        # Each request may add another key.
        name = "?" if machine.lifetimes.is_shared(table) else f"?{len(table.fields)}"
        machine.write(table, name, value)
    else:
        machine.write(table, known, value)


def _with_element(items: Items, key: GoValue, value: GoValue) -> Items:
    values = list(items.values)
    if isinstance(key, GoNumber) and 0 <= key.value < len(values):
        values[key.value] = value
        return Items(tuple(values), items.is_complete)
    return Items((*values, value), is_complete=False)


def _store_behind(machine: Machine, pointer: GoValue, value: GoValue) -> None:
    """Store a value in what a pointer points to."""
    if not isinstance(pointer, Pointer):
        return
    if isinstance(pointer.target, GoCell):
        _store_in(machine, pointer.target, value)
        return
    record, source = pointer.target, record_of(value)
    if source is None:
        record.is_complete = False
        for name in list(record.fields):
            machine.write(record, name, UNKNOWN)
        return
    if record.kind is None or not record.fields:
        record.kind, record.watch, record.is_complete = source.kind, source.watch, source.is_complete
    for name in [one for one in record.fields if one not in source.fields]:
        machine.write(record, name, member(machine, source, name))
    for name, one in source.fields.items():
        machine.write(record, name, copied(one))
