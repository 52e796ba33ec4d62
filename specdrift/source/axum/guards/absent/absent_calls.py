"""Calls in a function that is evaluated for a client without a certificate."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_extensions import around, optional
from specdrift.source.axum.guards.absent.absent_forwarding import is_forward
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_parts import enum_of
from specdrift.source.axum.guards.absent.absent_texts import of_headers, of_text
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FALSE,
    FORWARDED,
    HEADERS,
    NOTHING,
    REJECTION,
    TEXT,
    TRUE,
    UNKNOWN,
    ZERO,
    Atom,
    Holding,
    Present,
    Text,
    Value,
    holding,
    some,
    truths,
)
from specdrift.source.axum.guards.connection_types import PEER
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, descendants, path_of, text, type_arguments

_SAME = """
as_ref as_mut as_deref as_slice cloned copied clone to_vec to_owned into iter into_iter borrow deref take ok transpose
flatten first last next get map_err ok_or ok_or_else context with_context inspect inspect_err into_response as_str
as_bytes to_string trim filter collect map and_then and unwrap_or_default
"""
SAME = frozenset(_SAME.split())
"""Methods of ``Option``, ``Result``, collections and texts whose result on an absent value is absent."""
_WHOLE = """
as_ref as_mut as_deref cloned copied clone to_owned into borrow deref map_err context with_context ok ok_or ok_or_else
inspect inspect_err
"""
WHOLE = frozenset(_WHOLE.split())
"""Methods whose result on a present value is the same value."""
OUTCOMES: dict[str, Atom] = {
    "is_none": TRUE,
    "is_err": TRUE,
    "is_empty": TRUE,
    "all": TRUE,
    "is_none_or": TRUE,
    "is_some": FALSE,
    "is_ok": FALSE,
    "is_some_and": FALSE,
    "is_ok_and": FALSE,
    "any": FALSE,
    "len": ZERO,
    "count": ZERO,
}
"""Methods with their results on an absent value."""
INSTEAD = frozenset({"unwrap_or", "unwrap_or_else", "map_or", "map_or_else", "or", "or_else"})
"""Methods whose result on an absent value is their first argument."""
CONVERTING = {"into": "from", "try_into": "try_from", "parse": "from_str"}
"""Methods that a trait of the resulting type implements under another name."""
COMPARING = frozenset({"eq", "contains", "contains_key", "eq_ignore_ascii_case", "starts_with", "ends_with"})
COPYING = frozenset({"clone", "cloned", "as_ref", "borrow", "to_owned", "deref", "into_response"})
READING = frozenset({"get", "get_mut", "remove"})
TRIED = frozenset({"from_str", "from_bytes", "from_utf8", "try_from"})
OF_TEXT = TRIED | {"from", "from_static", "from_utf8_lossy", "new"}
"""Functions that make a text, or the name or value of a header."""


def call(case: AbsentCase, frame: AbsentFrame, node: Node) -> Value:
    """Evaluate a call of a function, a method or a constructor."""
    case.calls.add(node.id)
    callee = syntax.field(node, "function")
    generic = callee is not None and callee.type == "generic_function"
    inner = syntax.field(callee, "function") if callee is not None and generic else callee
    if inner is not None and inner.type == "field_expression":
        receiver = case.value(frame, syntax.field(inner, "value"))
        name = text(syntax.field(inner, "field"))
        return NOTHING if frame.dead else _method(case, frame, node, receiver, name)
    values = [case.value(frame, argument) for argument in arguments(node)]
    if frame.dead:
        return NOTHING
    if is_forward(node):
        case.forwarded = True
        case.ends.add(node.id)
        return {FORWARDED}
    if path_of(callee)[-1:] == ("Err",):
        case.ends.add(node.id)
    made = _made(case, frame, path_of(callee), values)
    return made if made is not None else _function(case, frame, node, values)


def _made(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...], values: list[Value]) -> Value | None:
    """Evaluate a constructor; ``None`` for any other function."""
    name = path[-1] if path else ""
    if name in {"Ok", "Some"}:
        return {some(values[0] if values else {UNKNOWN})}
    if name == "Err":
        return {ABSENT}
    wrapped = path[-2:-1] in {("Box",), ("Arc",)} and name in {"pin", "from", "new"}
    if values and (wrapped or name == "ready"):
        return values[0]
    if len(values) == 1 and name in OF_TEXT and all(isinstance(one, Text) for one in values[0]):
        return {some(values[0])} if name in TRIED else values[0]
    if path[-2:] == ("AddExtensionLayer", "new") or name == "Extension":
        case.insert(values[0] if values else NOTHING)
    if name[:1].isupper():
        fields = {str(n): value for n, value in enumerate(values)}
        enum = enum_of(case, frame, path)
        own = frame.owner if name == "Self" else name
        return {holding(enum or own, fields, name if enum else "")}
    return None


def _function(case: AbsentCase, frame: AbsentFrame, node: Node, values: list[Value]) -> Value:
    """Evaluate a call of a function of the crates; what another function returns is unknown."""
    callee = syntax.field(node, "function")
    item = case.item(frame, path_of(callee))
    if item is None:
        case.forwarded = case.forwarded or any(is_next(frame, argument) for argument in arguments(node))
        return _of_extension(case, callee, path_of(callee))
    return case.apply(item, values)


def is_next(frame: AbsentFrame, node: Node) -> bool:
    """Return whether a node is the rest of the chain, which other code may run."""
    return node.type == "identifier" and text(node) == "next" and "next" in frame.cells


def _of_extension(case: AbsentCase, callee: Node | None, path: tuple[str, ...]) -> Value:
    """``Extension::<Peer>::from_request_parts(…)``: absent, or without what its optional fields hold."""
    if path[-1:] == ("from_request_parts",):
        for found in descendants(callee) if callee is not None else ():
            kinds = type_arguments(found)
            if kinds and path_of(found)[-1:] == ("Extension",):
                return around(optional(case, kinds[0]), "Extension")
    return {UNKNOWN}


def _method(case: AbsentCase, frame: AbsentFrame, node: Node, receiver: Value, name: str) -> Value:
    given = arguments(node)
    if name in case.results:
        return case.results[name]
    if PEER.search(f"{name}("):
        return {ABSENT if case.connection else UNKNOWN}
    if name in {"headers", "headers_mut"} and not given and receiver != {FORWARDED}:
        return {HEADERS}
    callee = syntax.field(node, "function")
    kinds = type_arguments(callee)
    if name == "insert" and len(given) == 1:
        case.insert(case.value(frame, given[0]))
    if name in READING | {"extract"} and kinds:
        return optional(case, kinds[0])
    if is_forward(node):
        for argument in given:
            case.value(frame, argument)
        case.forwarded = True
        case.ends.add(node.id)
        return {FORWARDED}
    result: set[Atom] = set()
    for one in receiver:
        result |= _on(case, frame, node, one, name)
    frame.dead = frame.dead or not result
    return result


def _on(case: AbsentCase, frame: AbsentFrame, node: Node, one: Atom, name: str) -> Value:
    """Evaluate a method of one value."""
    if one is REJECTION:
        return {REJECTION}
    if one is ABSENT:
        return _on_absent(case, frame, node, name)
    if isinstance(one, Present):
        return _on_present(case, frame, node, one, name)
    if name in COPYING and (isinstance(one, Holding) or one in {HEADERS, FORWARDED}):
        return {one}
    if one in {HEADERS, TEXT} or isinstance(one, Text):
        values = [case.value(frame, argument) for argument in arguments(node)]
        found = of_headers(case.headers, name, values) if one is HEADERS else of_text(one, name, values)
        if found is not None:
            return found
    return _called(case, frame, node, one, name)


def _on_absent(case: AbsentCase, frame: AbsentFrame, node: Node, name: str) -> Value:
    given = arguments(node)
    if name in OUTCOMES:
        return {OUTCOMES[name]}
    if name in INSTEAD and given:
        late = name.endswith("_else")
        return case.closure(frame, given[0], [{REJECTION}]) if late else case.value(frame, given[0])
    if name in {"unwrap", "expect"}:
        return NOTHING
    return {ABSENT} if name in SAME else _called(case, frame, node, ABSENT, name)


def _on_present(case: AbsentCase, frame: AbsentFrame, node: Node, one: Present, name: str) -> Value:
    given = arguments(node)
    if name in WHOLE:
        if name == "inspect" and given:
            case.closure(frame, given[0], [one.inner])
        return {one}
    if name in {"is_some", "is_ok", "is_none", "is_err"}:
        return {TRUE if name in {"is_some", "is_ok"} else FALSE}
    if name in {"unwrap", "expect", "unwrap_or", "unwrap_or_else", "unwrap_or_default"}:
        return one.inner
    if given and name == "filter":
        kept: dict[Atom, Atom] = {FALSE: ABSENT, TRUE: one}
        return {
            kept[found]
            for found in (TRUE, FALSE)
            if found in case.truth(case.closure(frame, given[0], [one.inner]))
        }
    if given and name in {"map", "map_or", "map_or_else", "and_then", "is_some_and", "is_ok_and"}:
        value = case.closure(frame, given[-1], [one.inner])
        return {some(value)} if name == "map" else value
    return _called(case, frame, node, UNKNOWN, name)


def _called(case: AbsentCase, frame: AbsentFrame, node: Node, receiver: Atom, name: str) -> Value:
    """Evaluate a method of the crates: of the receiver's type, or the only one of that name."""
    values = [case.value(frame, argument) for argument in arguments(node)]
    if name in CONVERTING and frame.wanted:
        item = case.item(frame, (frame.wanted, CONVERTING[name]))
        return case.apply(item, [{receiver}]) if item is not None else {UNKNOWN}
    if name in COMPARING and (outcome := case.of_role(*values)) is not None:
        return truths(outcome)
    if frame.dead:
        return {UNKNOWN}
    index = case.profiles.index
    if isinstance(receiver, Holding) and receiver.type:
        own = [item for item in index.methods(name, {receiver.type}) if item.body is not None]
        fitting = own[0] if len(own) == 1 else None
    else:
        fitting = index.only_method(name, with_body=True)
    return case.run(fitting, values, {receiver}) if fitting is not None else {UNKNOWN}
