"""Types as the code writes them: names, fields, and values that variables have at first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specdrift.source.go.language.go_files import GoFile, code_of, part, parts
from specdrift.source.go.values.go_values import (
    NIL,
    GoCell,
    GoNumber,
    GoTruth,
    GoUnknown,
    GoValue,
    Record,
    Table,
    TypeName,
    text_of,
)
from specdrift.source.go.values.nil_values import as_concrete, as_interface, as_some_type, may_be_nil

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import GoFrame, Machine
    from specdrift.source.go.language.go_packages import GoPackage, GoType, GoVariable

DEEPEST_TYPE = 16
_NUMBERS = """
int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr byte rune float32 float64
"""
NUMBERS = frozenset(_NUMBERS.split())
BUILT_IN = NUMBERS | {"string", "bool", "error", "any", "complex64", "complex128"}
StaticType = tuple["Node", GoFile, "GoPackage"]
"""A type as it is written, and where."""
_CONCRETE = """
pointer_type slice_type map_type function_type channel_type func_literal unary_expression
"""
CONCRETE = frozenset(_CONCRETE.split())
"""Types with ``nil`` that are no interfaces, and literals of types that are none."""
ZERO_OBJECTS: dict[TypeName, Callable[[], GoValue]] = {}
"""Objects of libraries that are usable without a constructor."""
LISTS_OF_LIBRARIES = frozenset(
    (
        *(TypeName(f"github.com/go-chi/chi{version}", "Middlewares") for version in ("", "/v4", "/v5")),
        TypeName("github.com/gin-gonic/gin", "HandlersChain"),
    )
)
"""Types of libraries that are slices."""
MAPS_OF_LIBRARIES = frozenset({TypeName("github.com/gin-gonic/gin", "H")})
"""Types of libraries that are maps with texts as keys."""
STRUCTS = frozenset(
    (
        *(TypeName("crypto/tls", name) for name in ("Config", "Certificate")),
        TypeName("net/http", "Server"),
    )
)
"""Structs of libraries whose fields are followed."""


def package_of(machine: Machine, name: str, file: GoFile) -> str | None:
    """Return the import path of the package that a name means in a file."""
    if (path := file.imports.get(name)) is not None:
        return path
    for path in file.imports.values():
        if (package := machine.index.packages.get(path)) is not None and package.name == name:
            return path
    return None


def named_type(machine: Machine, node: Node | None, file: GoFile, package: GoPackage) -> TypeName | None:
    """Return the name of a type, or of the type that a pointer points to; ``None`` for any other."""
    while node is not None and node.type in {"pointer_type", "generic_type", "parenthesized_type"}:
        node = part(node, "type") or next(iter(parts(node)), None)
    if node is None:
        return None
    if node.type == "qualified_type":
        path = package_of(machine, code_of(part(node, "package")), file)
        return TypeName(path, code_of(part(node, "name"))) if path is not None else None
    if node.type in {"type_identifier", "identifier"}:
        name = code_of(node)
        if name in package.declare().types or name not in BUILT_IN:
            return resolved(machine, TypeName(package.path, name))
    return None


def resolved(machine: Machine, name: TypeName) -> TypeName:
    """Follow aliases and types that are defined as another named type of a library."""
    for _ in range(DEEPEST_TYPE):
        found = declared(machine, name)
        if found is None or found.node.parent is None or found.node.parent.type != "type_alias":
            break
        inner = named_type(machine, found.node, found.file, found.package)
        if inner is None:
            break
        name = inner
    return name


def declared(machine: Machine, name: TypeName) -> GoType | None:
    """Return the declaration of a type of the modules."""
    package = machine.index.package(name.package)
    return package.types.get(name.name) if package is not None else None


def underlying(
    machine: Machine, node: Node, file: GoFile, package: GoPackage
) -> tuple[Node, GoFile, GoPackage]:
    """Return the definition of a type, and where it is."""
    for _ in range(DEEPEST_TYPE):
        if node.type in {"generic_type", "parenthesized_type"}:
            node = part(node, "type") or parts(node)[0]
            continue
        name = named_type(machine, node, file, package) if node.type != "pointer_type" else None
        found = declared(machine, name) if name is not None else None
        if found is None:
            break
        node, file, package = found.node, found.file, found.package
    return node, file, package


def fields_of(machine: Machine, name: TypeName) -> Iterator[tuple[str, Node, GoFile, GoPackage, bool]]:
    """Yield name, type and place of each field of a struct, and whether it is embedded."""
    found = declared(machine, name)
    if found is None:
        return
    node, file, package = underlying(machine, found.node, found.file, found.package)
    if node.type != "struct_type":
        return
    for one in (one for group in parts(node) for one in parts(group)):
        kind = part(one, "type")
        if one.type != "field_declaration" or kind is None:
            continue
        names = one.children_by_field_name("name")
        for each in names:
            yield code_of(each), kind, file, package, False
        if not names:
            yield embedded_name(kind), kind, file, package, True


def embedded_name(kind: Node) -> str:
    """Return the name of an embedded field."""
    while kind.type in {"pointer_type", "generic_type"}:
        kind = part(kind, "type") or parts(kind)[0]
    return code_of(part(kind, "name") if kind.type == "qualified_type" else kind)


def zero(machine: Machine, node: Node | None, file: GoFile, package: GoPackage) -> GoValue:
    """Return the value of a variable of a type that nothing was assigned to."""
    if node is None:
        return GoUnknown()
    given = node, file, package
    name = named_type(machine, node, file, package) if node.type != "pointer_type" else None
    node, file, package = underlying(machine, node, file, package)
    if name is not None and (made := zero_of_library(machine, node, file, package)) is not None:
        return made
    match node.type:
        case "type_identifier" | "identifier":
            return _zero_of_built_in(code_of(node))
        case "struct_type":
            return Record(kind=name) if name is not None else _anonymous(machine, node, file, package)
        case "qualified_type" | "array_type":
            return GoUnknown(kind=name)
    return Table() if node.type == "map_type" else stored(machine, given, NIL)


def _anonymous(machine: Machine, node: Node, file: GoFile, package: GoPackage) -> Record:
    """Return the first value of a struct without a name."""
    declared_fields = [
        one for group in parts(node) for one in parts(group) if one.type == "field_declaration"
    ]
    fields = {
        code_of(name): zero(machine, part(one, "type"), file, package)
        for one in declared_fields
        for name in one.children_by_field_name("name")
    }
    return Record(fields, is_complete=False)


def zero_of_library(machine: Machine, node: Node, file: GoFile, package: GoPackage) -> GoValue | None:
    """Return the first value of a type of a library that the evaluator has code for."""
    name = named_type(machine, node, file, package) if node.type == "qualified_type" else None
    if name is None:
        return None
    if name in STRUCTS:
        return Record(kind=name)
    made = ZERO_OBJECTS.get(name)
    return made() if made is not None else NIL if name in LISTS_OF_LIBRARIES else None


def _zero_of_built_in(name: str) -> GoValue:
    if name in NUMBERS:
        return GoNumber(0)
    if name == "string":
        return text_of("")
    if name == "bool":
        return GoTruth(value=False)
    return NIL if name in {"error", "any"} else GoUnknown()


def cell_of(value: GoValue, declared: StaticType | None = None) -> GoCell:
    """Return a variable with a value, and with its type or the literal that it is defined with."""
    return GoCell({"": value}, declared)


def stored(machine: Machine, kind: StaticType | None, value: GoValue) -> GoValue:
    """Return a value as what has a type holds it: an interface that holds the ``nil`` of a type is not ``nil``."""
    if not may_be_nil(value):
        return value
    if kind is None:
        return as_some_type(value)
    found = underlying(machine, *kind)[0]
    if found.type in CONCRETE:
        return as_concrete(value, text_of_type(machine, kind))
    if found.type == "interface_type" or code_of(found) in {"error", "any"}:
        return as_interface(value)
    return as_some_type(value)


def declared_type(machine: Machine, one: GoVariable, frame: GoFrame) -> StaticType | None:
    """Return the type of a variable that is declared; ``None`` if it is not known."""
    if one.kind is not None:
        return one.kind, frame.file, frame.package
    return type_of(machine, one.value, one.index or 0, frame)


def type_of(machine: Machine, node: Node | None, index: int, frame: GoFrame) -> StaticType | None:
    """Return the type that a variable gets from one of the values of an expression; ``None`` if it is not known."""
    found: Node | None = None
    if node is None:
        return None
    match node.type:
        case "func_literal":
            found = node
        case "unary_expression" if code_of(part(node, "operator")) == "&":
            found = node
        case "composite_literal" | "type_assertion_expression":
            found = part(node, "type")
        case "identifier":
            cell = frame.scope.find(code_of(node))
            return cell.declared if cell is not None else None
        case "call_expression":
            return _of_call(machine, node, index, frame)
    return (found, frame.file, frame.package) if found is not None else None


def _of_call(machine: Machine, call: Node, index: int, frame: GoFrame) -> StaticType | None:
    """Return the type of a result of a function of the modules; of a method, if all of its name have one alike."""
    callee = part(call, "function")
    if callee is None or callee.type not in {"identifier", "selector_expression"}:
        return None
    if code_of(callee) == "make":
        made = next(iter(parts(part(call, "arguments"))), call)
        return made, frame.file, frame.package
    name = code_of(callee if callee.type == "identifier" else part(callee, "field"))
    operand = code_of(part(callee, "operand"))
    path = package_of(machine, operand, frame.file) if operand else frame.package.path
    if frame.scope.find(operand or name) is not None:
        path = None
    package = machine.index.package(path) if path is not None else None
    functions = machine.index.methods_named(name)
    if package is not None and name in package.functions:
        functions = [package.functions[name]]
    found = [_result(one.node, index, one.file, one.package) for one in functions]
    return found[0] if len({code_of(one[0]) if one is not None else "" for one in found}) == 1 else None


def _result(function: Node, index: int, file: GoFile, package: GoPackage) -> StaticType | None:
    kinds = result_types(part(function, "result"))
    return (kinds[index], file, package) if index < len(kinds) else None


def result_types(result: Node | None) -> list[Node]:
    """Return the type of each result of a function."""
    if result is None or result.type != "parameter_list":
        return [result] if result is not None else []
    return [
        part(one, "type") or one for one in parts(result) for _ in one.children_by_field_name("name") or [one]
    ]


def text_of_type(machine: Machine, kind: StaticType) -> str:
    """Return a type as text, in which types with names have those of their packages."""
    node, file, package = kind
    inner = node
    while inner.type == "parenthesized_type" and parts(inner):
        inner = parts(inner)[0]
    name = named_type(machine, inner, file, package)
    is_pointer = inner.type == "pointer_type"
    return f"{'*' if is_pointer else ''}{name}" if name is not None else code_of(inner)
