"""Evaluates paths: functions, constants and variants of the crates, and external code."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    Bound,
    EnumVariant,
    FunctionValue,
    Scope,
    StructValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.name_resolver import ExternalPath
from specdrift.source.rust.syntax import path_of, text, type_arguments
from specdrift.source.rust.type_members import around, own_arguments, parameters


def named(evaluator: Evaluator, frame: Frame, path: tuple[str, ...], node: Node) -> Value:
    """Evaluate a path."""
    path = frame.scope.imported(path)
    if not path:
        return UNKNOWN
    value = _named(evaluator, frame, path, node)
    if isinstance(value, FunctionValue) and value.item is not None and node.type == "generic_function":
        return replace(value, bound=turbofish(evaluator, frame, value.item, node, value.bound))
    return value


def _named(evaluator: Evaluator, frame: Frame, path: tuple[str, ...], node: Node) -> Value:
    if len(path) > 1 and (kind := type_at(evaluator, frame, path[:-1])) is not None:
        member = evaluator.members.member(kind, path[-1])
        if member is not None:
            return _item(evaluator, member, path, _of_type(evaluator, frame, member, kind, node))
        if _is_variant(kind, path[-1]):
            return EnumVariant(kind.name, path[-1])
    if path[0] == "Self" and frame.owner:
        path = (frame.owner, *path[1:])
    found = evaluator.names.resolve(path, frame.module)
    if isinstance(found, ExternalPath):
        if found.path[-1:] == ("None",):
            return UNKNOWN
        return _variant(evaluator, frame, found.path) or FunctionValue(
            text(node), frame.module.file.place(node), path=found.path
        )
    return _item(evaluator, found, path, ())


def _variant(evaluator: Evaluator, frame: Frame, path: tuple[str, ...]) -> Value | None:
    """Return an enum variant imported by ``use``."""
    kind = evaluator.members.type_at(path[:-1], frame.module) if len(path) > 1 else None
    return EnumVariant(kind.name, path[-1]) if kind is not None and _is_variant(kind, path[-1]) else None


def _is_variant(kind: RustItem, name: str) -> bool:
    return kind.kind == "enum" and name[:1].isupper()


def type_at(evaluator: Evaluator, frame: Frame, path: tuple[str, ...]) -> RustItem | None:
    """Return the type that a path names: a bound name, ``Self``, or any other."""
    if len(path) == 1 and path[0] in frame.bound:
        return frame.bound[path[0]]
    if path[0] == "Self":
        path = (frame.owner, *path[1:]) if frame.owner else ()
    path = frame.scope.imported(path)
    return evaluator.members.type_at(path, frame.module)


def _of_type(evaluator: Evaluator, frame: Frame, member: RustItem, kind: RustItem, node: Node) -> Bound:
    """Return the types of ``Self`` and of the implementation's parameters in an associated item."""
    bound = {"Self": kind}
    if member.of_parameter and member.owner in dict(parameters(around(member))):
        bound[member.owner] = kind  # impl<T: …> Trait for T
    callee = syntax.field(node, "function") if node.type == "generic_function" else node
    declared = type_arguments(syntax.field(callee, "path")) if callee is not None else []
    if declared:
        bound |= _types(evaluator, frame, own_arguments(member, declared))
    return tuple(bound.items())


def turbofish(evaluator: Evaluator, frame: Frame, item: RustItem, callee: Node, before: Bound = ()) -> Bound:
    """Return the type parameters of a generic function from explicit arguments: ``add::<Health>(…)``."""
    names = (name for name, _ in parameters(item.node))
    bound = _types(evaluator, frame, zip(names, type_arguments(callee), strict=False))
    return tuple({**dict(before), **bound}.items())


def inferred(evaluator: Evaluator, item: RustItem, values: Iterable[Value], before: Bound) -> Bound:
    """Infer the type parameters of a generic function from its arguments: ``fn add<T>(one: T)``."""
    names = {name for name, _ in parameters(item.node)}
    listed = syntax.field(item.node, "parameters") if names else None
    own = [child for child in syntax.plain(listed) if child.type == "parameter"] if listed is not None else []
    found = dict(before)
    for parameter, value in zip(own, values, strict=False):
        declared = path_of(syntax.field(parameter, "type"))
        kind = kind_of(evaluator, value) if len(declared) == 1 and declared[0] in names else None
        if kind is not None:
            found.setdefault(declared[0], kind)
    return tuple(found.items())


def kind_of(evaluator: Evaluator, value: Value) -> RustItem | None:
    """Return the type of a value if the crates define it."""
    match value:
        case StructValue() | EnumVariant():
            return evaluator.members.type_named(value.type)
        case FunctionValue(item=RustItem(kind="struct") as item):
            return item  # a struct without fields is its own value
    return None


def _types(evaluator: Evaluator, frame: Frame, declared: Iterable[tuple[str, Node]]) -> dict[str, RustItem]:
    return dict(_known(evaluator, frame, declared))


def _known(
    evaluator: Evaluator, frame: Frame, declared: Iterable[tuple[str, Node]]
) -> Iterator[tuple[str, RustItem]]:
    for name, node in declared:
        path = path_of(node)
        kind = type_at(evaluator, frame, path) if path else None
        if kind is not None:
            yield name, kind


def _item(evaluator: Evaluator, found: RustItem, path: tuple[str, ...], bound: Bound) -> Value:
    if found.kind == "const":
        return _constant(evaluator, found, bound)
    return FunctionValue(found.name, found.code.location, item=found, path=path, bound=bound)


def _constant(evaluator: Evaluator, item: RustItem, bound: Bound) -> Value:
    if item.node.id in evaluator.stack:
        return UNKNOWN
    types = dict(bound)
    owner = types["Self"].name if "Self" in types else item.owner
    evaluator.stack.append(item.node.id)
    value = evaluator.value(Frame(item.module, Scope(), owner, types), syntax.field(item.node, "value"))
    evaluator.stack.pop()
    return value
