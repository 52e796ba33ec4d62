"""Composite literals and conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.go_types import (
    LISTS_OF_LIBRARIES,
    MAPS_OF_LIBRARIES,
    STRUCTS,
    ZERO_OBJECTS,
    StaticType,
    declared,
    fields_of,
    named_type,
    stored,
    text_of_type,
    underlying,
)
from specdrift.source.go.language.go_files import GoFile, code_of, part, parts
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    Closure,
    DeclaredFunction,
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
    copied,
    held,
    is_callable,
    origins_of,
    plain,
)
from specdrift.source.go.values.nil_values import MAYBE, Boxed, holds_type, unboxed

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.interpreter.machine import GoFrame, Machine
    from specdrift.source.go.language.go_packages import GoPackage

NAMED = GoText, GoNumber, GoTruth, Items
NOT_NAMED = frozenset({"interface_type", "struct_type", "pointer_type"})
"""Types of which values have their type, or may have another one."""
Element = tuple["Node | None", "Node"]
"""Key and value of an element."""


def composite(machine: Machine, node: Node, frame: GoFrame) -> GoValue:
    """Return the value of a composite literal."""
    kind, body = part(node, "type"), part(node, "body")
    if kind is None or body is None:
        return UNKNOWN
    return _literal(machine, kind, (frame.file, frame.package), body, frame)


def _literal(
    machine: Machine, kind: Node, where: tuple[GoFile, GoPackage], body: Node, frame: GoFrame
) -> GoValue:
    """Return the value of a literal of a type that is written in a file."""
    name = named_type(machine, kind, *where)
    is_pointer = kind.type == "pointer_type"
    written = parts(kind)[0] if is_pointer else kind
    found, file, package = underlying(machine, written, *where)
    match "map_type" if name in MAPS_OF_LIBRARIES else found.type:
        case "slice_type" | "array_type" | "implicit_length_array_type":
            element = part(found, "element")
            values = [_element(machine, element, (file, package), one, frame) for _, one in elements(body)]
            keyed = any(key is not None for key, _ in elements(body))
            return _named(machine, name, Items(tuple(values), not keyed))
        case "map_type":
            return _named(machine, name, _table(machine, found, (file, package), body, frame))
        case "struct_type":
            record = _struct(machine, name, body, frame)
            if name is None:
                _fill_anonymous(machine, record, found, body, frame)
            return Pointer(record) if is_pointer else record
    if name is not None and name in LISTS_OF_LIBRARIES:
        return NamedValue(name, Items(tuple(machine.evaluate(one, frame) for _, one in elements(body))))
    if name is not None and (made := ZERO_OBJECTS.get(name)) is not None:
        return _library_object(machine, made(), body, frame)
    record = _struct(machine, name, body, frame)
    record.is_complete = name in STRUCTS
    for value in record.fields.values():
        if not record.is_complete and isinstance(value, Closure | DeclaredFunction):
            machine.escape(value, body, frame)
    return Pointer(record) if is_pointer else record


def _library_object(machine: Machine, made: GoValue, body: Node, frame: GoFrame) -> GoValue:
    for _, value in elements(body):
        machine.evaluate(value, frame)
    return made


def elements(body: Node) -> list[Element]:
    """Return keys and values of a literal."""
    found: list[Element] = []
    for one in parts(body):
        if one.type == "keyed_element":
            key, value = part(one, "key"), part(one, "value")
            if key is not None and value is not None:
                found.append((_inner(key), _inner(value)))
        else:
            found.append((None, _inner(one)))
    return found


def _inner(node: Node) -> Node:
    inner = parts(node)
    return inner[0] if node.type == "literal_element" and inner else node


def _element(
    machine: Machine, kind: Node | None, where: tuple[GoFile, GoPackage], value: Node, frame: GoFrame
) -> GoValue:
    if value.type == "literal_value":
        return _literal(machine, kind, where, value, frame) if kind is not None else UNKNOWN
    found = copied(machine.evaluate(value, frame))
    return stored(machine, (kind, *where), found) if kind is not None else found


def _table(
    machine: Machine, kind: Node, where: tuple[GoFile, GoPackage], body: Node, frame: GoFrame
) -> Table:
    table = Table()
    for key, value in elements(body):
        name = (
            plain(machine.evaluate(key, frame))
            if key is not None and key.type != "literal_value"
            else UNKNOWN
        )
        known = (
            name.known
            if isinstance(name, GoText)
            else str(name.value)
            if isinstance(name, GoNumber)
            else None
        )
        item = _element(machine, part(kind, "value"), where, value, frame)
        if known is None:
            table.is_complete = False
            table.fields[f"?{len(table.fields)}"] = item
        else:
            table.fields[known] = item
    return table


def _struct(machine: Machine, name: TypeName | None, body: Node, frame: GoFrame) -> Record:
    record = Record(kind=name, place=frame.file.place(body.parent or body))
    own = list(fields_of(machine, name)) if name is not None else []
    kinds = {field: (kind, (file, package)) for field, kind, file, package, _ in own}
    for index, (key, value) in enumerate(elements(body)):
        field = code_of(key) if key is not None else own[index][0] if index < len(own) else ""
        kind, where = kinds.get(field, (None, (frame.file, frame.package)))
        record.fields[field] = _element(machine, kind, where, value, frame)
        record.places[field] = _place(frame, key, value)
    return record


def _place(frame: GoFrame, key: Node | None, value: Node) -> SourceLocation:
    return frame.file.place(
        key.parent.parent if key is not None and key.parent and key.parent.parent else value
    )


def _fill_anonymous(machine: Machine, record: Record, kind: Node, body: Node, frame: GoFrame) -> None:
    """Give the values of a struct without a name to its fields, in their order."""
    own = [
        (code_of(name), part(one, "type"))
        for group in parts(kind)
        for one in parts(group)
        for name in one.children_by_field_name("name")
    ]
    for index, (key, value) in enumerate(elements(body)):
        if index < len(own):
            name = code_of(key) if key is not None else own[index][0]
            of_field = next((one for each, one in own if each == name), None)
            record.fields[name] = _element(machine, of_field, (frame.file, frame.package), value, frame)
    if "" in record.fields:
        del record.fields[""]


def _named(machine: Machine, name: TypeName | None, value: GoValue) -> GoValue:
    """Return a value of a type that may have methods."""
    return NamedValue(name, value) if name is not None and declared(machine, name) is not None else value


def converted(machine: Machine, kind: Node | None, value: GoValue, frame: GoFrame) -> GoValue:
    """Return a value as another type."""
    if kind is None:
        return value
    inner = kind
    while inner.type == "parenthesized_type" and parts(inner):
        inner = parts(inner)[0]
    found = as_type(machine, named_type(machine, inner, frame.file, frame.package), value)
    return stored(machine, (inner, frame.file, frame.package), found)


def typed(machine: Machine, name: TypeName | None, value: GoValue) -> GoValue:
    """Return a value that a variable of a named type holds: it has the methods of the type."""
    found = declared(machine, name) if name is not None else None
    if found is None or found.node.type in NOT_NAMED or isinstance(value, NamedValue):
        return value
    return as_type(machine, name, value) if isinstance(value, NAMED) or is_callable(value) else value


def as_type(machine: Machine, name: TypeName | None, value: GoValue) -> GoValue:
    """Return a value as a named type."""
    inner = plain(value)
    found = declared(machine, name) if name is not None else None
    if name is None or found is None:
        if isinstance(inner, GoText | GoNumber | GoTruth | Items | GoUnknown) or is_callable(inner):
            return inner
        return value
    if isinstance(inner, GoNil):
        return stored(machine, (found.node, found.file, found.package), inner)
    if isinstance(inner, Record):
        record = copied(inner)
        if isinstance(record, Record):
            record.kind = name
        return record
    if isinstance(inner, GoUnknown):
        return GoUnknown(name, origins_of(value), held([value]))
    return value if isinstance(inner, Pointer | LibraryObject) else NamedValue(name, inner)


def asserted(machine: Machine, value: GoValue, wanted: StaticType) -> GoValue:
    """Return the value of a type that an interface holds; without a second result, another one ends the function."""
    if isinstance(value, GoNil):
        machine.panic()
    if any(isinstance(one, Boxed) for one in alternatives(value)):
        fits = holds_type(value, text_of_type(machine, wanted))
        if fits is False:
            machine.panic()
            return UNKNOWN
        found = stored(machine, wanted, unboxed(value))
        return GoNil(MAYBE) if isinstance(found, GoNil) and fits is None else found
    if isinstance(value, GoUnknown) and value.kind is None:
        kind = named_type(machine, *wanted)
        return GoUnknown(kind, value.origins, value.holds, value.made_by, value.place)
    return value
