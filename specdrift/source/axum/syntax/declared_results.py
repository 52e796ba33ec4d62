"""What functions that are not followed return, by their headers: they are not parsed to know it."""

import re
from functools import lru_cache

from tree_sitter import Node, Parser

from specdrift.source.parse_guard import parsed
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import language, plain, text
from specdrift.source.rust.unparsed.item_headers import parameters_in

TEXTUAL = re.compile(r"\b(?:str|String|Cow|PathAndQuery)\b")
NO_STRUCT = re.compile(
    rb"\{(?:\s|//[^\n]*\n)*+(?![/#])"
    rb"(?!(?!(?:async|const|loop|unsafe)\b)(?:\w+\s*::\s*)*\w+\s*(?:::\s*<[^{}]*>\s*)?\{)"
)
"""The beginning of a body that is not the expression of a struct."""


def returned_by(item: RustItem) -> str:
    """Return the type that a function returns; empty without one."""
    known = parameters_in(item.code.header) if item.code.header is not None else None
    return known.returns if known is not None else text(syntax.field(item.node, "return_type"))


def return_type(item: RustItem) -> Node | None:
    """Return the node of the type that a function returns."""
    written = returned_by(item)
    known = _type(written) if written and item.code.header is not None else None
    return known or (syntax.field(item.node, "return_type") if written else None)


@lru_cache(maxsize=4096)
def _type(written: str) -> Node | None:
    root = parsed(Parser(language()), f"type T = {written};".encode())
    return syntax.field(root.named_children[0], "type") if not root.has_error else None


def gives_itself(item: RustItem) -> bool:
    """Return whether a function returns its own type."""
    written = returned_by(item) if item.owner else ""
    return "Self" in written or (bool(item.owner) and item.owner in written)


def gives_text(item: RustItem) -> bool:
    """Return whether a function returns a text, which may be a path."""
    return TEXTUAL.search(returned_by(item)) is not None


def gives_flag(item: RustItem) -> bool:
    """Return whether a function returns a truth value, on which a layer may depend."""
    return returned_by(item) == "bool"


def makes_by_fields(item: RustItem) -> bool:
    """Return whether a function consists of an expression of its own type: ``Self { path, … }``."""
    if not item.owner or not item.has_body or NO_STRUCT.match(item.code.written_body):
        return False
    parts = plain(item.body) if item.body is not None else []
    return len(parts) == 1 and parts[0].type == "struct_expression"


def is_in_block(item: RustItem) -> bool:
    """Return whether a function is declared in a block. Those that were found without a tree are not."""
    parent = item.node.parent if item.code.header is None else None
    return parent is not None and parent.type == "block"
