"""Recognises the calls with which a middleware forwards a request to the rest of the chain. Pure."""

import re

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, descendants, path_of, text

FORWARDING = frozenset({"run", "call", "oneshot"})
NEXT = re.compile(r"\b[Nn]ext\b")


def forwards(code: Node) -> bool:
    """Return whether a function decides by calling the rest of the chain: a middleware or a service."""
    named = text(syntax.field(code, "name")) == "call" or NEXT.search(text(syntax.field(code, "parameters")))
    return bool(named) and any(map(is_forward, descendants(code)))


def is_forward(node: Node) -> bool:
    """Return whether a node calls the rest of the chain."""
    if node.type != "call_expression":
        return False
    callee = syntax.field(node, "function")
    name = text(syntax.field(callee, "field")) if callee is not None else ""
    return (name or (path_of(callee) or ("",))[-1]) in FORWARDING and bool(arguments(node))
