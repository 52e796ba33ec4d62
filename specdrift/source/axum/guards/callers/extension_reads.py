"""Calls that read the extensions of a request, and the type that each of them reads, written or inferred. Pure."""

import re
from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.macro_arms import matched
from specdrift.source.rust.syntax import (
    arguments,
    descendants,
    named_descendants,
    path_of,
    plain,
    text,
    type_arguments,
)

EXTENSION = re.compile(
    r"\bExtension\s*(?:::)?<|\.extensions(?:_mut)?\s*(?:\(\))?\s*\.\s*(?:get|remove)\b"
    r"(?!\s*::\s*<\s*(?:\w+::)*(?:MatchedPath|NestedPath|OriginalUri|ConnectInfo|OnUpgrade)\b)"
)
"""What code may have put there: the types that axum and hyper insert are no identity of the caller."""
OF_LIBRARIES = frozenset(
    {(name,) for name in ("MatchedPath", "NestedPath", "OriginalUri", "ConnectInfo", "OnUpgrade")}
)
"""Types that axum and hyper insert."""
READING = frozenset({"get", "get_mut", "remove"})
EXTENSIONS = frozenset({"extensions", "extensions_mut"})
_KEEPING = """
as_ref as_mut as_deref cloned copied clone to_owned ok_or ok_or_else context with_context inspect filter unwrap expect
unwrap_or unwrap_or_else unwrap_or_default or or_else
"""
KEEPING = frozenset(_KEEPING.split())
"""Methods of an option whose result holds the same type."""
GIVING = frozenset(
    {"map", "and_then", "filter", "is_some_and", "is_none_or", "map_or", "map_or_else", "inspect"}
)
"""Methods that give what is in an option to their last argument."""
INSTEAD = frozenset({"unwrap_or", "or"})
"""Methods whose argument has the type of what is in an option."""
TRANSPARENT = frozenset(
    {
        "await_expression",
        "try_expression",
        "reference_expression",
        "parenthesized_expression",
        "return_expression",
    }
)
MOST_STATEMENTS = 500
"""Blocks with more are not searched for aliases."""
AROUND = frozenset({"Option", "Result"})
VARIANTS = frozenset({"Some", "Ok", "Err", "None"})
COMPOSED = {"tuple_struct_pattern": "type", "struct_pattern": "type"}
CONSTRUCTED = {"call_expression": "function", "struct_expression": "name"}


class Argument(Struct, frozen=True):
    """An argument of a function, whose declaration says its type."""

    function: Node
    number: int


def reading_calls(code: Node) -> Iterator[Node]:
    """Yield the calls that read an extension, also in the condition of ``matches!``."""
    for node in named_descendants(code):
        if node.type == "macro_invocation" and (inner := matched(node)) is not None:
            yield from reading_calls(inner)
        elif reads_extensions(node):
            yield node


def extracted_extensions(code: Node) -> Iterator[Node | None]:
    """Yield the types of the extractor ``Extension`` in code; ``None`` for what other macros read."""
    for node in named_descendants(code):
        given = type_arguments(node)
        if given and path_of(node)[-1:] == ("Extension",):
            yield given[0]
        elif node.type == "macro_invocation" and matched(node) is None and EXTENSION.search(text(node)):
            yield None


def reads_extensions(node: Node) -> bool:
    """Return whether a node is a call such as ``request.extensions().get()``."""
    callee = _method(node)
    if callee is None or text(syntax.field(callee, "field")) not in READING:
        return False
    of = syntax.field(callee, "value")
    function = syntax.field(of, "function") if of is not None and of.type == "call_expression" else of
    return function is not None and text(syntax.field(function, "field")) in EXTENSIONS


def _method(node: Node) -> Node | None:
    """Return the field expression that a call of a method calls."""
    callee = syntax.field(node, "function") if node.type == "call_expression" else None
    if callee is not None and callee.type == "generic_function":
        callee = syntax.field(callee, "function")
    return callee if callee is not None and callee.type == "field_expression" else None


def read_type(call: Node) -> Node | Argument | None:
    """Return the type that a call reads: the one that is written, or that of the pattern, variable or argument that
    takes the value; ``None`` if nothing beside the call says it.
    """
    given = [one for one in type_arguments(syntax.field(call, "function")) if path_of(one) != ("_",)]
    return given[0] if given and path_of(given[0]) else _inferred(call)


def _inferred(call: Node) -> Node | Argument | None:
    current = call
    while (around := current.parent) is not None:
        if around.type == "field_expression":
            method = _call_of(around)
            found = _of_method(method) if method is not None else None
            if found is not None or method is None or text(syntax.field(around, "field")) not in KEEPING:
                return found
            current = method
        elif around.type in TRANSPARENT or _ends(around, current):
            current = around
        else:
            return _taken(around, current)
    return None


def _ends(block: Node, node: Node) -> bool:
    """Return whether a node is the value of a block."""
    return block.type == "block" and plain(block)[-1:] == [node]


def _call_of(callee: Node) -> Node | None:
    around = callee.parent
    if around is not None and around.type == "generic_function":
        around = around.parent
    return around if around is not None and _method(around) == callee else None


def _of_method(call: Node) -> Node | None:
    """Return the type that an argument of a method of an option says."""
    callee, given = _method(call), arguments(call)
    name = text(syntax.field(callee, "field")) if callee is not None else ""
    if name in INSTEAD and given:
        made = syntax.field(given[0], CONSTRUCTED.get(given[0].type, "type"))
        return made if path_of(made)[-1:] and path_of(made)[-1][:1].isupper() else None
    if name not in GIVING or not given or given[-1].type != "closure_expression":
        return None
    parameters = syntax.field(given[-1], "parameters")
    first = plain(parameters)[:1] if parameters is not None else []
    return _declared(first[0]) if first else None


def _declared(pattern: Node) -> Node | None:
    """Return the type of a parameter, or that which a pattern names."""
    kind = syntax.field(pattern, "type") if pattern.type not in COMPOSED else None
    return held_type(kind) if kind is not None else _named(pattern)


def _named(pattern: Node) -> Node | None:
    """Return the outermost struct that a pattern names, within variants of options and results."""
    for node in descendants(pattern):
        kind = syntax.field(node, "type") if node.type in COMPOSED else None
        if kind is not None and path_of(kind) and path_of(kind)[-1] not in VARIANTS:
            return kind
    return None


def held_type(kind: Node) -> Node | None:
    """Return the type within references, options and results."""
    while True:
        inner = syntax.field(kind, "type") if kind.type == "reference_type" else None
        if inner is None and path_of(kind)[-1:] and path_of(kind)[-1] in AROUND:
            inner = next(iter(type_arguments(kind)), None)
        if inner is None:
            return kind if path_of(kind) and path_of(kind) != ("_",) else None
        kind = inner


def _taken(around: Node, value: Node) -> Node | Argument | None:
    """Return the type of what takes a value: a variable, patterns, a parameter, the caller of the function."""
    pattern = syntax.field(around, "pattern")
    match around.type:
        case "let_declaration" | "let_condition" if pattern is not None:
            kind = syntax.field(around, "type")
            return held_type(kind) if kind is not None else _named(pattern)
        case "match_expression":
            body = syntax.field(around, "body")
            arms = (syntax.field(arm, "pattern") for arm in plain(body)) if body is not None else ()
            return next((kind for arm in arms if arm is not None and (kind := _named(arm)) is not None), None)
        case "function_item":
            kind = syntax.field(around, "return_type")
            return held_type(kind) if kind is not None else None
        case "arguments" if around.parent is not None and around.parent.type == "call_expression":
            callee = syntax.field(around.parent, "function")
            return (
                Argument(callee, plain(around).index(value))
                if callee is not None and path_of(callee)
                else None
            )
    return None


def alias_around(kind: Node) -> Node | None:
    """Return the type of an alias that is declared in a block around its use."""
    found = _declared_around(kind, "type_item")
    return syntax.field(found, "type") if found is not None else None


def function_around(callee: Node) -> Node | None:
    """Return the function that is declared in a block around its call."""
    return _declared_around(callee, "function_item")


def _declared_around(name: Node, kind: str) -> Node | None:
    path, current = path_of(name), name.parent
    while len(path) == 1 and current is not None and current.type != "source_file":
        short = current.type == "block" and current.named_child_count <= MOST_STATEMENTS
        for child in plain(current) if short else ():
            if child.type == kind and text(syntax.field(child, "name")) == path[0]:
                return child
        current = current.parent
    return None
