"""Whether a client certificate verifier gets an empty root store, as far as one function and its helpers show it."""

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text

DEEPEST = 8
EMPTY = frozenset({"empty", "new", "default"})
"""Functions that make an empty store or list."""
STORES = frozenset({"RootCertStore", "Vec", "Default"})
FILLING = frozenset({"from", "from_iter", "into_iter", "new", "boxed", "clone"})
"""Functions that wrap or copy their only argument: ``Arc::new(store)``, ``RootCertStore::from_iter([])``."""
COPYING = frozenset({"into", "clone", "to_owned", "boxed", "build", "unwrap", "expect", "freeze"})
"""Methods whose result has the roots of their receiver."""


def is_empty(node: Node, item: RustItem, names: NameResolver, depth: int = 0) -> bool:  # noqa: PLR0911 - a table of cases
    """Return whether an expression in ``item`` is certainly a store or list without a root."""
    if depth > DEEPEST:
        return False
    inner = plain(node)
    match node.type:
        case "identifier":
            return _variable(node, item, names, depth)
        case "reference_expression" | "parenthesized_expression" | "try_expression" | "await_expression":
            return bool(inner) and is_empty(inner[-1], item, names, depth + 1)
        case "array_expression":
            return not inner
        case "struct_expression":
            return path_of(syntax.field(node, "name"))[-1:] == ("RootCertStore",) and _all_empty(
                node, item, names, depth
            )
        case "macro_invocation":
            tokens = next((child for child in inner if child.type == "token_tree"), None)
            return (
                path_of(syntax.field(node, "macro")) == ("vec",) and tokens is not None and not plain(tokens)
            )
        case "call_expression":
            return _call(node, item, names, depth)
    return False


def _all_empty(node: Node, item: RustItem, names: NameResolver, depth: int) -> bool:
    """Return whether each field of ``RootCertStore { roots: … }`` is empty."""
    body = syntax.field(node, "body")
    values = [syntax.field(child, "value") for child in plain(body)] if body is not None else []
    return bool(values) and all(
        value is not None and is_empty(value, item, names, depth + 1) for value in values
    )


def _call(node: Node, item: RustItem, names: NameResolver, depth: int) -> bool:
    callee, given = syntax.field(node, "function"), arguments(node)
    if callee is not None and callee.type == "field_expression":
        receiver = syntax.field(callee, "value")
        return (
            text(syntax.field(callee, "field")) in COPYING
            and receiver is not None
            and is_empty(receiver, item, names, depth + 1)
        )
    path = path_of(callee)
    if len(path) > 1 and path[-1] in EMPTY and path[-2] in STORES and not given:
        return True
    if len(path) > 1 and path[-1] in FILLING and len(given) == 1:
        return is_empty(given[0], item, names, depth + 1)
    found = names.item_at(callee, item.module)
    return found is not None and _returns_empty(found, names, depth)


def _returns_empty(item: RustItem, names: NameResolver, depth: int) -> bool:
    """Return whether the last expression of a helper is an empty store."""
    body = plain(item.body) if item.kind == "fn" and item.body is not None else []
    if not body or any(node.type == "return_expression" for node in descendants(body[0])):
        return False
    last = body[-1]
    given = arguments(last) if path_of(syntax.field(last, "function"))[-1:] == ("Ok",) else []
    return is_empty(given[0] if given else last, item, names, depth + 1)


def _variable(node: Node, item: RustItem, names: NameResolver, depth: int) -> bool:
    """Return whether a variable is declared empty, and not used until ``node`` in a way that may fill it."""
    declared = None
    for child in descendants(item.node):
        if child.type == "let_declaration" and child.end_byte <= node.start_byte:
            name = text(syntax.field(child, "pattern")).removeprefix("mut ").strip()
            declared = child if name == text(node) else declared
    value = syntax.field(declared, "value") if declared is not None else None
    if declared is None or value is None or not is_empty(value, item, names, depth + 1):
        return False
    return not any(
        child.type == "identifier"
        and text(child) == text(node)
        and declared.end_byte < child.start_byte < node.start_byte
        for child in descendants(item.node)
    )
