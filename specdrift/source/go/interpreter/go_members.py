"""Fields and methods of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.go_types import (
    LISTS_OF_LIBRARIES,
    declared,
    fields_of,
    named_type,
    zero,
)
from specdrift.source.go.language.go_files import part, parts
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    Fields,
    GoChoice,
    GoNil,
    GoUnknown,
    GoValue,
    HandlerValue,
    LibraryCode,
    LibraryObject,
    NamedValue,
    Pointer,
    Record,
    Table,
    TypeName,
    choice,
    copied,
    held,
    origins_of,
    record_of,
)
from specdrift.source.go.values.nil_values import Boxed, pointed_to

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import Machine
    from specdrift.source.go.language.go_files import GoFile
    from specdrift.source.go.language.go_packages import GoFunction, GoPackage

DEEPEST_EMBEDDING = 8
SERVE = "ServeHTTP"


def member(machine: Machine, value: GoValue, name: str) -> GoValue:
    """Return the field or the method of a value."""
    if isinstance(value, GoChoice):
        return choice(member(machine, one, name) for one in value.values)
    if (record := record_of(value)) is not None:
        return _of_record(machine, value, record, name)
    if name == SERVE and isinstance(value, SERVING):
        return value
    reader = next((one for kind, one in READERS.items() if isinstance(value, kind)), _of_other)
    return reader(machine, value, name)


def _of_named(machine: Machine, value: GoValue, name: str) -> GoValue:
    if not isinstance(value, NamedValue):
        return UNKNOWN
    if value.kind in LISTS_OF_LIBRARIES:
        return LibraryCode(f"{value.kind}.{name}", value)
    method = method_of(machine, value.kind, name)
    return DeclaredFunction(method, value) if method is not None else member(machine, value.value, name)


def _of_library(machine: Machine, value: GoValue, name: str) -> GoValue:
    """Return a part of something of a library, such as ``r.Header.Get``."""
    if not isinstance(value, LibraryCode) or value.receiver is None:
        return _of_other(machine, value, name)
    return LibraryCode(f"{value.name}.{name}", value.receiver)


def _of_object(machine: Machine, value: GoValue, name: str) -> GoValue:
    if not isinstance(value, LibraryObject):
        return _of_other(machine, value, name)
    return value.fields.get(name) or LibraryCode(f"{value.kind}.{name}", value)


def _of_context(machine: Machine, value: GoValue, name: str) -> GoValue:
    """Return a method of a context: its values are a table."""
    del machine
    return LibraryCode(f"context.Context.{name}", value)


def _of_nil(machine: Machine, value: GoValue, name: str) -> GoValue:
    """Return a method of a type, for the ``nil`` that an interface or a variable has of it."""
    inner = value.value if isinstance(value, Boxed) else value
    kind = pointed_to(inner)
    method = method_of(machine, kind, name) if kind is not None else None
    return DeclaredFunction(method, inner) if method is not None else _of_other(machine, value, name)


def _of_other(machine: Machine, value: GoValue, name: str) -> GoValue:
    del machine, name
    return GoUnknown(origins=origins_of(value), holds=held([value]))


def method_of(machine: Machine, kind: TypeName, name: str) -> GoFunction | None:
    """Return a method of a type of the modules."""
    package = machine.index.package(kind.package)
    return package.methods.get(kind.name, {}).get(name) if package is not None else None


def _of_record(machine: Machine, value: GoValue, record: Record, name: str, depth: int = 0) -> GoValue:
    if record.watch is not None:
        record.watch(name)
    found = record.fields.get(name)
    if found is None and record.kind is not None:
        found = _declared_member(machine, value, record, name)
        if found is None and depth < DEEPEST_EMBEDDING:
            found = _promoted(machine, record, name, depth)
        if found is None and declared(machine, record.kind) is not None:
            found = UNKNOWN
        if found is None and (
            not record.is_complete or name in LIBRARY_METHODS.get(record.kind, frozenset())
        ):
            found = LibraryCode(f"{record.kind}.{name}", value)
    if found is not None:
        return found
    return NIL if record.is_complete and record.kind is not None else UNKNOWN


def _declared_member(machine: Machine, value: GoValue, record: Record, name: str) -> GoValue | None:
    """Return a method or a field that the type of a struct declares itself."""
    if record.kind is None:
        return None
    if (method := method_of(machine, record.kind, name)) is not None:
        return DeclaredFunction(method, _receiver(method, value, record))
    for field, kind, file, package, _ in fields_of(machine, record.kind):
        if field == name:
            typed = GoUnknown(named_type(machine, kind, file, package))
            record.fields[name] = _first_value(machine, record, kind, file, package) or typed
            return record.fields[name]
    return None


def _first_value(
    machine: Machine, record: Record, kind: Node, file: GoFile, package: GoPackage
) -> GoValue | None:
    """Return the first value of a field; a struct in a struct is there as long as that is."""
    if not record.is_complete:
        return None
    made = zero(machine, kind, file, package)
    if isinstance(made, Fields):
        made.number = record.number
    return made


def _receiver(method: GoFunction, value: GoValue, record: Record) -> Pointer:
    """Return what a method value holds: the struct as it is now, unless the receiver is a pointer."""
    if has_pointer_receiver(method):
        return value if isinstance(value, Pointer) else Pointer(record)
    now = copied(record)
    return Pointer(now if isinstance(now, Record) else record)


def has_pointer_receiver(method: GoFunction) -> bool:
    """Return whether a method gets a pointer to its struct, and no copy."""
    receiver = parts(part(method.node, "receiver"))
    kind = part(receiver[0], "type") if receiver else None
    return kind is None or kind.type == "pointer_type"


LIBRARY_METHODS: dict[TypeName, frozenset[str]] = {}
"""Methods of structs of libraries; any other name is a field."""


def _promoted(machine: Machine, record: Record, name: str, depth: int) -> GoValue | None:
    """Return a member of an embedded field."""
    if record.kind is None:
        return None
    for field, kind, file, package, is_embedded in fields_of(machine, record.kind):
        if not is_embedded:
            continue
        inner = record.fields.get(field)
        if inner is None:
            inner = _first_value(machine, record, kind, file, package)
            inner = inner if inner is not None else GoUnknown(named_type(machine, kind, file, package))
            record.fields[field] = inner
        if (found := _embedded_member(machine, inner, name, depth)) is not None:
            return found
    return None


def holder_of(machine: Machine, record: Record, name: str, depth: int = 0) -> Record:
    """Return the struct that has a field: itself, or one that is embedded in it."""
    if record.kind is None or declared(machine, record.kind) is None or depth > DEEPEST_EMBEDDING:
        return record
    fields = list(fields_of(machine, record.kind))
    if any(field == name for field, *_ in fields):
        return record
    for field, kind, file, package, is_embedded in fields:
        inner = named_type(machine, kind, file, package) if is_embedded else None
        if inner is not None and has_member(machine, inner, name):
            below = record_of(_of_record(machine, record, record, field))
            if below is not None:
                return holder_of(machine, below, name, depth + 1)
    return record


def _embedded_member(machine: Machine, inner: GoValue, name: str, depth: int) -> GoValue | None:
    if (below := record_of(inner)) is not None:
        if below.kind is None or not has_member(machine, below.kind, name, depth + 1):
            return None
        return _of_record(machine, inner, below, name, depth + 1)
    match inner:
        case LibraryObject() | LibraryCode() | Closure() | DeclaredFunction() | NamedValue():
            return member(machine, inner, name)
        case GoUnknown(kind=kind) if kind is None or has_member(machine, kind, name, depth + 1):
            return member(machine, inner, name)
    return None


def has_member(machine: Machine, kind: TypeName, name: str, depth: int = 0) -> bool:
    """Return whether a type has a member; one of another module may have any."""
    found = declared(machine, kind)
    if found is None:
        return True
    if found.node.type == "interface_type" or method_of(machine, kind, name) is not None:
        return True
    return any(
        field == name
        or (
            is_embedded
            and depth < DEEPEST_EMBEDDING
            and (inner := named_type(machine, node, file, package)) is not None
            and has_member(machine, inner, name, depth + 1)
        )
        for field, node, file, package, is_embedded in fields_of(machine, kind)
    )


def _of_unknown(machine: Machine, value: GoValue, name: str) -> GoValue:
    kind = value.kind if isinstance(value, GoUnknown) else None
    if not isinstance(value, GoUnknown) or kind is None:
        return LibraryCode(f"?.{name}", value)
    if declared(machine, kind) is None:
        return LibraryCode(f"{kind}.{name}", value)
    if (method := method_of(machine, kind, name)) is not None:
        return DeclaredFunction(method, value)
    for field, node, file, package, is_embedded in fields_of(machine, kind):
        inner = named_type(machine, node, file, package)
        part = GoUnknown(inner, value.origins, value.holds)
        if field == name:
            return part
        if is_embedded and inner is not None and inner != kind and has_member(machine, inner, name):
            return _of_unknown(machine, part, name)
    return LibraryCode(f"?.{name}", value)


SERVING = Closure, DeclaredFunction, LibraryCode, HandlerValue
"""Functions that are converted to handlers, and handlers: their method ``ServeHTTP`` is what they are."""
READERS: Mapping[type[GoValue], Callable[[Machine, GoValue, str], GoValue]] = {
    NamedValue: _of_named,
    LibraryCode: _of_library,
    LibraryObject: _of_object,
    Table: _of_context,
    GoUnknown: _of_unknown,
    GoNil: _of_nil,
    Boxed: _of_nil,
}
