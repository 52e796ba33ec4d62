"""What paths name: functions and constants of these crates, by the types that they are asked of; and code outside."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tree_sitter import Node

from specdrift.source.axum.evaluate.evaluator import Machine
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import UNKNOWN, Bound, Function, Scope, Struct, Value, Variant
from specdrift.source.rust import syntax
from specdrift.source.rust.items import Item
from specdrift.source.rust.name_resolver import Outside
from specdrift.source.rust.syntax import path_of, text, type_arguments
from specdrift.source.rust.type_members import around, own_arguments, parameters


def named(machine: Machine, frame: Frame, path: tuple[str, ...], node: Node) -> Value:
    """What a path names."""
    if not path:
        return UNKNOWN
    value = _named(machine, frame, path, node)
    if isinstance(value, Function) and value.item is not None and node.type == "generic_function":
        return replace(value, bound=turbofish(machine, frame, value.item, node, value.bound))
    return value


def _named(machine: Machine, frame: Frame, path: tuple[str, ...], node: Node) -> Value:
    if len(path) > 1 and (kind := type_at(machine, frame, path[:-1])) is not None:
        member = machine.members.member(kind, path[-1])
        if member is not None:
            return _item(machine, member, path, _of_type(machine, frame, member, kind, node))
        if _is_variant(kind, path[-1]):
            return Variant(kind.name, path[-1])
    if path[0] == "Self" and frame.owner:
        path = (frame.owner, *path[1:])
    found = machine.names.resolve(path, frame.module)
    if isinstance(found, Outside):
        return _variant(machine, frame, found.path) or Function(
            text(node), frame.module.file.place(node), path=found.path
        )
    return _item(machine, found, path, ())


def _variant(machine: Machine, frame: Frame, path: tuple[str, ...]) -> Value | None:
    """A variant that ``use`` has brought."""
    kind = machine.members.type_at(path[:-1], frame.module) if len(path) > 1 else None
    return Variant(kind.name, path[-1]) if kind is not None and _is_variant(kind, path[-1]) else None


def _is_variant(kind: Item, name: str) -> bool:
    return kind.kind == "enum" and name[:1].isupper()


def type_at(machine: Machine, frame: Frame, path: tuple[str, ...]) -> Item | None:
    """The type of these crates that a path names: one that a name is bound to, the type around, any other."""
    if len(path) == 1 and path[0] in frame.bound:
        return frame.bound[path[0]]
    if path[0] == "Self":
        path = (frame.owner, *path[1:]) if frame.owner else ()
    return machine.members.type_at(path, frame.module)


def _of_type(machine: Machine, frame: Frame, member: Item, kind: Item, node: Node) -> Bound:
    """What names of types stand for in a member of a type: ``Self``, and the parameters of its implementation."""
    bound = {"Self": kind}
    owner = around(member)
    if member.owner in dict(parameters(owner)):
        bound[member.owner] = kind  # impl<T: …> Trait for T
    callee = syntax.field(node, "function") if node.type == "generic_function" else node
    said = type_arguments(syntax.field(callee, "path")) if callee is not None else []
    bound |= _types(machine, frame, own_arguments(member, said))
    return tuple(bound.items())


def turbofish(machine: Machine, frame: Frame, item: Item, callee: Node, before: Bound = ()) -> Bound:
    """What the parameters of a generic function stand for where it is called with types: ``add::<Health>(…)``."""
    names = (name for name, _ in parameters(item.node))
    bound = _types(machine, frame, zip(names, type_arguments(callee), strict=False))
    return tuple({**dict(before), **bound}.items())


def inferred(machine: Machine, item: Item, values: Iterable[Value], before: Bound) -> Bound:
    """What the parameters of a generic function stand for by the values that it is given: ``fn add<T>(one: T)``."""
    names = {name for name, _ in parameters(item.node)}
    listed = syntax.field(item.node, "parameters") if names else None
    own = [child for child in syntax.plain(listed) if child.type == "parameter"] if listed is not None else []
    found = dict(before)
    for parameter, value in zip(own, values, strict=False):
        said = path_of(syntax.field(parameter, "type"))
        kind = kind_of(machine, value) if len(said) == 1 and said[0] in names else None
        if kind is not None:
            found.setdefault(said[0], kind)
    return tuple(found.items())


def kind_of(machine: Machine, value: Value) -> Item | None:
    """The type of a value, where it is one of these crates."""
    match value:
        case Struct() | Variant():
            return machine.members.type_named(value.type)
        case Function(item=Item(kind="struct") as item):
            return item  # a struct without fields is its own value
    return None


def _types(machine: Machine, frame: Frame, said: Iterable[tuple[str, Node]]) -> dict[str, Item]:
    return dict(_known(machine, frame, said))


def _known(machine: Machine, frame: Frame, said: Iterable[tuple[str, Node]]) -> Iterator[tuple[str, Item]]:
    for name, node in said:
        path = path_of(node)
        kind = type_at(machine, frame, path) if path else None
        if kind is not None:
            yield name, kind


def _item(machine: Machine, found: Item, path: tuple[str, ...], bound: Bound) -> Value:
    if found.kind == "const":
        return _constant(machine, found, bound)
    return Function(found.name, found.file.place(found.node), item=found, path=path, bound=bound)


def _constant(machine: Machine, item: Item, bound: Bound) -> Value:
    if item.node.id in machine.stack:
        return UNKNOWN
    types = dict(bound)
    owner = types["Self"].name if "Self" in types else item.owner
    machine.stack.append(item.node.id)
    value = machine.value(Frame(item.module, Scope(), owner, types), syntax.field(item.node, "value"))
    machine.stack.pop()
    return value
