"""Structs, tuples, fields and what is in an option, in a function that is evaluated without a certificate."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_texts import of_headers
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FORWARDED,
    HEADERS,
    REJECTION,
    UNKNOWN,
    Atom,
    Holding,
    Present,
    Value,
    holding,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import path_of, plain, text


def attempt(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``value?``."""
    value = case.value(frame, plain(node)[0])
    if value & {ABSENT, UNKNOWN}:
        case.ends.add(node.id)
    return _unwrapped(frame, value, leaves=True)


def _unwrapped(frame: AbsentFrame, value: Value, *, leaves: bool) -> Value:
    """Return what is in a present value; an absent one leaves the function, by ``?`` or a panic."""
    found: set[Atom] = set()
    for one in value:
        if isinstance(one, Present):
            found |= one.inner
        elif one in {UNKNOWN, FORWARDED}:
            found.add(one)
    if leaves and (ABSENT in value or UNKNOWN in value):
        frame.exits |= {ABSENT}
    frame.dead = frame.dead or not found
    return found


def field_of(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``value.name``."""
    name = text(syntax.field(node, "field"))
    value = case.value(frame, syntax.field(node, "value"))
    return {HEADERS} if name == "headers" and value == {UNKNOWN} else _of_fields(value, name)


def index(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate ``headers["name"]``, which panics without the header."""
    values = [case.value(frame, child) for child in plain(node)]
    if values[:1] == [{HEADERS}]:
        return _unwrapped(frame, of_headers(case.headers, "get", values[1:]), leaves=False)
    return {UNKNOWN}


def _of_fields(value: Value, name: str) -> Value:
    found: set[Atom] = set()
    for one in value:
        fields = dict(one.fields) if isinstance(one, Holding) else {}
        inner = fields.get(name)
        if inner is None and isinstance(one, Holding) and one.type in {"Extension", "ConnectInfo"}:
            inner = frozenset(_of_fields(fields["0"], name))
        found |= inner if inner is not None else {ABSENT if one is ABSENT else UNKNOWN}
    return found


def tuple_of(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``(one, other)``; one with a status is a response."""
    values = [case.value(frame, child) for child in plain(node)]
    if values and values[0] == {REJECTION}:
        return {REJECTION}
    return {holding("", {str(n): value for n, value in enumerate(values)})}


def enum_of(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> str:
    """Return the enum of the crates whose variant a path names; empty for any other path."""
    if len(path) < 2 or not path[-1][:1].isupper():
        return ""
    owner = frame.owner if path[-2] == "Self" else path[-2]
    found = case.profiles.definition(owner)
    return owner if found is not None and found.kind == "enum" else ""


def struct_of(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``Type { name: value }``."""
    body, fields = syntax.field(node, "body"), dict[str, Value]()
    for child in plain(body) if body is not None else []:
        if child.type == "shorthand_field_initializer":
            fields[text(child)] = case.value(frame, plain(child)[0])
        else:
            inner = syntax.field(child, "value") or child
            fields[text(syntax.field(child, "field"))] = case.value(frame, inner)
    path = path_of(syntax.field(node, "name")) or ("",)
    enum = enum_of(case, frame, path)
    return {holding(enum, fields, path[-1])} if enum else {holding(path[-1], fields)}
