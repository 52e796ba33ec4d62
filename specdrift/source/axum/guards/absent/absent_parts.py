"""Structs, tuples, fields and what is in an option, in a function that is evaluated without a certificate."""

import re
from collections.abc import Collection, Mapping

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import is_readiness
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_texts import LITERALS, of_headers
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    ANYTHING,
    CHOSEN,
    FORWARDED,
    HEADERS,
    NOTHING,
    OPAQUE,
    OWN,
    REQUEST,
    RESPONSE,
    STATUSES,
    TRUE,
    UNKNOWN,
    Atom,
    Holding,
    Present,
    Text,
    Texts,
    Value,
    changed,
    holding,
    is_of_response,
    is_own,
    some,
    widened,
)
from specdrift.source.axum.guards.cases.questions import OfRequest
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants, path_of, plain, text

PLACES = frozenset(
    {
        "unary_expression",
        "reference_expression",
        "parenthesized_expression",
        "await_expression",
        "try_expression",
    }
    | {"index_expression"}
)
"""Expressions around the place that they are about."""

STATUS = re.compile(r"\*\s*\w+\s*\.\s*status_mut\b")
"""The status of a response, as a place that is assigned to."""
ASSIGNED = re.compile(r"\b(\w+)\s*[-+*/|&^]?=(?![=>])")
"""A variable that is assigned to."""
_FILLING = (
    "get_or_insert get_or_insert_with push push_back push_front push_str insert extend append replace set"
)
FILLING = frozenset(_FILLING.split())
"""Methods that fill what they are called on."""
INDEPENDENT = frozenset({"integer_literal", "float_literal", "boolean_literal", "char_literal"}) | LITERALS


def attempt(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``value?``."""
    value = case.value(frame, plain(node)[0])
    if value & {ABSENT, *OPAQUE}:
        case.traces.top.ends.add(node.id)
    ready = UNKNOWN in value and is_readiness(plain(node)[0])
    return {UNKNOWN} if ready else _unwrapped(case, frame, value, leaves=True)


def _unwrapped(case: AbsentCase, frame: AbsentFrame, value: Value, *, leaves: bool) -> Value:
    """Return what is in a present value; an absent one leaves the function, by ``?`` or a panic."""
    found: set[Atom] = set()
    for one in value:
        if isinstance(one, Present):
            found |= one.inner
        elif one in {*OPAQUE, FORWARDED, REQUEST}:
            found.add(one)
    if leaves and value & {ABSENT, *OPAQUE}:
        frame.leave({ABSENT}, case.effects)
    case.effects.doubtful |= not leaves
    frame.dead = frame.dead or not found
    return found


def field_of(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``value.name``."""
    name = text(syntax.field(node, "field"))
    value = case.value(frame, syntax.field(node, "value"))
    if value == {REQUEST} and (found := case.ask(OfRequest(name))):
        return found
    return {HEADERS} if name == "headers" and value <= {UNKNOWN, REQUEST} else _of_fields(value, name)


def index(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate ``headers["name"]``, which panics without the header, as ``chain[0]`` does for an empty list."""
    values = [case.value(frame, child) for child in plain(node)]
    if values[:1] == [{ABSENT}]:
        return _unwrapped(case, frame, values[0], leaves=False)
    if values[:1] == [{HEADERS}]:
        return _unwrapped(case, frame, of_headers(case.headers, "get", values[1:]), leaves=False)
    return {UNKNOWN}


def _of_fields(value: Value, name: str) -> Value:
    found: set[Atom] = set()
    for one in value:
        fields = dict(one.fields) if isinstance(one, Holding) else {}
        inner = fields.get(name)
        if inner is None and isinstance(one, Holding) and one.type in {"Extension", "ConnectInfo"}:
            inner = frozenset(_of_fields(fields["0"], name))
        found |= inner if inner is not None else {_part(one)}
    return found


def _shared(nodes: list[Node], values: list[Value]) -> bool:
    """Return whether some values are what clients share; a list that stands there is none."""
    return any(
        ANYTHING in value and "vec!" not in text(node) for node, value in zip(nodes, values, strict=True)
    )


def _part(one: Atom) -> Atom:
    """Return a field of a value whose fields are not known."""
    if is_of_response(one):
        return RESPONSE
    return one if one in {ABSENT, OWN, ANYTHING, CHOSEN} else UNKNOWN


def tuple_of(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """``(one, other)``; one with a status is a response."""
    values = [case.value(frame, child) for child in plain(node)]
    if values and values[0] and values[0] <= STATUSES:
        # What other clients left behind a lock is data, whatever the status says.
        return {ANYTHING} if _shared(plain(node)[1:], values[1:]) else values[0]
    return {holding("", {str(n): value for n, value in enumerate(values)})}


def list_of(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a list: known if it is empty, or consists of known texts."""
    values = [case.value(frame, child) for child in plain(node)]
    texts = [one.content for value in values for one in value if len(value) == 1 and isinstance(one, Text)]
    if not values:
        return {ABSENT}
    return {Texts(tuple(texts))} if len(texts) == len(values) else {UNKNOWN}


def chosen(case: AbsentCase, frame: AbsentFrame, given: Node, one: Atom, *, late: bool) -> Atom:
    """Evaluate ``condition.then(closure)``, which runs the closure if it is true, or ``condition.then_some(value)``."""
    value = NOTHING
    if not late or one is TRUE:
        value = case.closure(frame, given, []) if late else case.value(frame, given)
    return some(value) if one is TRUE else ABSENT


def is_filled_later(node: Node) -> bool:
    """Return whether an empty list is that of a variable to which something may be added."""
    around = node.parent
    return around is None or any(child.type == "mutable_specifier" for child in around.children)


def assign(frame: AbsentFrame, place: Node, value: Value) -> None:
    """Evaluate an assignment to a field of a variable, or to what a part of it refers to."""
    root, _ = _root(place)
    names, current = list[str](), place
    while current.type == "field_expression":
        names.insert(0, text(syntax.field(current, "field")))
        current = syntax.field(current, "value") or current
    cell = frame.cells.get(text(root), [NOTHING])
    known = names if current == root else []
    if STATUS.match(text(place)) and value <= STATUSES:
        # What the rest of the chain answered stays what it is.
        kept = {one for one in cell[0] if is_of_response(one)}
        frame.put(cell, kept | (value if kept != cell[0] else NOTHING))
        return
    frame.put(cell, {_with(one, known, value) for one in cell[0]})


def _with(one: Atom, names: list[str], value: Value) -> Atom:
    """Return a value after a part of it was assigned. What the rest of the chain answered stays what it is."""
    if one in {FORWARDED, HEADERS}:
        return one
    if not isinstance(one, Holding) or not names:
        return UNKNOWN if value <= {ABSENT, UNKNOWN} else OWN
    fields = dict(one.fields)
    inner = fields.get(names[0], frozenset({UNKNOWN}))
    rest = {_with(each, names[1:], value) for each in inner} if names[1:] else value
    fields[names[0]] = frozenset(widened(rest))
    return holding(one.type, fields, one.member)


def lend(frame: AbsentFrame, argument: Node) -> None:
    """Note that a function gets a reference with which it may fill what is absent."""
    mutable = argument.type == "reference_expression" and any(
        one.type == "mutable_specifier" for one in argument.children
    )
    root, _ = _root(argument) if mutable else (None, "")
    place = plain(argument)[-1] if mutable else argument
    # Of a field of a field, all of the outer one.
    while place.type == "field_expression" and syntax.field(place, "value") not in {root, None}:
        place = syntax.field(place, "value") or place
    _may_change(frame.cells.get(text(root), [NOTHING]), text(syntax.field(place, "field")))


def _may_change(cell: list[Value], field: str = "") -> None:
    """Note that a variable, or a field of it, may have another text, or be filled."""
    if field and cell[0] and all(isinstance(one, Holding) and field in dict(one.fields) for one in cell[0]):
        cell[0] = {_field_changed(one, field) for one in cell[0] if isinstance(one, Holding)}
        return
    cell[0] = changed(cell[0])


def _field_changed(one: Holding, field: str) -> Atom:
    fields = dict(one.fields)
    return holding(one.type, {**fields, field: changed(fields[field])}, one.member)


def called_for_effect(frame: AbsentFrame, call: Node, reading: Collection[str]) -> None:
    """Note that a method, whose result is not used, may have filled an option or a list that was empty."""
    root, method = _root(call)
    if method and method not in reading:
        _may_change(frame.cells.get(text(root), [NOTHING]))


def filled_by(frame: AbsentFrame, call: Node, reading: Collection[str]) -> None:
    """Note that a method, whose result may be used, fills what it is called on: also one that is not known."""
    root, method = _root(call)
    if not method:
        return  # it is no method
    cell: list[Value] = frame.cells.get(text(root), [NOTHING])
    own = root is not None and text(syntax.field(syntax.field(call, "function") or call, "value")) == text(
        root
    )
    if method in FILLING or (own and method not in reading and cell[0] and _is_mutable(call, text(root))):
        _may_change(cell)


def _is_mutable(node: Node, name: str) -> bool:
    """Return whether the function around a node has a variable of this name that may be assigned to."""
    current = node
    while current.parent is not None and current.type != "function_item":
        current = current.parent
    return re.search(rf"\bmut\s+{re.escape(name)}\b", text(current)) is not None


def assigned_in(frame: AbsentFrame, macro: Node) -> None:
    """Note what a macro that is not evaluated assigns, or may assign."""
    given = (text(one) for one in descendants(macro) if one.type == "identifier")
    changed = {name for name in given if name in frame.cells and _is_mutable(macro, name)}
    for name in {*ASSIGNED.findall(text(macro)), *changed}:
        cell: list[Value] = frame.cells.get(name, [NOTHING])
        cell[0] = cell[0] | {UNKNOWN}


def captured(frame: AbsentFrame, closure: Node, reading: Collection[str]) -> None:
    """Note what a closure that other code may run changes of the variables around it."""
    for one in descendants(closure):
        if one.type in {"assignment_expression", "compound_assignment_expr"}:
            root, _ = _root(syntax.field(one, "left") or one)
            cell: list[Value] = frame.cells.get(text(root), [NOTHING])
            cell[0] = cell[0] | {UNKNOWN}
        elif one.type == "call_expression" and one.parent is not None:
            alone = one == syntax.field(closure, "body") and _root(one)[1] in FILLING
            if alone or one.parent.type == "expression_statement":
                called_for_effect(frame, one, reading)


def _root(node: Node) -> tuple[Node | None, str]:
    """Return the variable that a place or a chain of calls begins with, and the first method that is called on it."""
    current: Node | None = node
    method = ""
    while current is not None and (kind := current.type) not in {"identifier", "self"}:
        if kind in {"call_expression", "generic_function"}:
            current = syntax.field(current, "function")
            named = syntax.field(current, "field") if current is not None else None
            method = text(named) or method
        elif kind == "field_expression":
            current = syntax.field(current, "value")
        elif kind in PLACES:
            current = next((one for one in plain(current) if one.type != "mutable_specifier"), None)
        else:
            return None, ""
    return current, method


def enum_of(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> str:
    """Return the enum of the crates whose variant a path names; empty for any other path."""
    if len(path) < 2 or not path[-1][:1].isupper():
        return ""
    owner = case.profiles.types.key((frame.owner,) if path[-2] == "Self" else path[:-1], frame.module)
    found = case.profiles.types.definition(owner)
    return owner if found is not None and found.kind == "enum" else ""


def struct_key(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> str:
    """Return the name by which the struct is known that a path makes."""
    return case.profiles.types.key((frame.owner,) if path == ("Self",) else path, frame.module)


def unit_of(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> str:
    """Return the struct without fields of the crates that a path names; empty for any other path."""
    found = case.profiles.names.resolve(path, frame.module) if path and path[-1][:1].isupper() else None
    unit = isinstance(found, RustItem) and found.kind == "struct" and found.body is None
    return struct_key(case, frame, path) if unit else ""


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
    if case.sought:
        case.traces.top.calls.add(node.id)
    return {made_of(case, enum or struct_key(case, frame, path), fields, path[-1] if enum else "")}


def made_of(case: AbsentCase, name: str, fields: Mapping[str, Value], member: str) -> Atom:
    """Return a value of a type, noted if that type is sought."""
    made = holding(name, fields, member)
    if name in case.sought:
        case.sought[name].add(made)
    return made


def independent(frame: AbsentFrame, given: list[Node], values: list[Value]) -> bool:
    """Return whether arguments do not depend on the client: literals, constants, and what is made of them."""
    return all(
        is_own(value) or node.type in INDEPENDENT or not _variables(frame, node)
        for node, value in zip(given, values, strict=True)
    )


def _variables(frame: AbsentFrame, node: Node) -> bool:
    """Return whether an expression uses variables that may depend on the client, or calls anything."""
    if node.type != "closure_expression" and any(one.type == "call_expression" for one in descendants(node)):
        return True
    names = (text(one) for one in descendants(node) if one.type in {"identifier", "self"})
    return any(not is_own(frame.cells[name][0]) for name in names if name in frame.cells)
