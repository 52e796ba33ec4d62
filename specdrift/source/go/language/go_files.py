"""Syntax trees of Go files, by tree-sitter. Files with syntax errors are read as far as possible."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tree_sitter_go
from msgspec import Struct, field
from tree_sitter import Language, Node, Parser

from specdrift.model.contract.location import SourceLocation
from specdrift.source.code_places import place_of
from specdrift.source.parse_guard import parsed

LARGEST = 8 << 20
"""Bytes of a file; larger ones are not read."""


@cache
def go_language() -> Language:
    """Return the grammar of Go."""
    return Language(tree_sitter_go.language())


class GoFile(Struct, eq=False):
    """A file, which is parsed when its tree is asked for."""

    name: str
    """Its name in reports."""
    path: Path
    content: bytes
    imports: dict[str, str] = field(default_factory=dict)
    """Import paths by the names that the file has for them."""
    blank_imports: tuple[str, ...] = ()
    """Packages that are imported for what their initialization does."""
    _trees: list[Node] = field(default_factory=list)

    @property
    def root(self) -> Node:
        """Its tree. Raises TooLong."""
        if not self._trees:
            self._trees.append(parsed(Parser(go_language()), self.content))
        return self._trees[0]

    def place(self, node: Node) -> SourceLocation:
        """Return the location of a node, which ends with its first line."""
        return place_of(self.name, self.content, node)


def code_of(node: Node | None) -> str:
    """Return the text of a node; empty without one."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def part(node: Node, name: str) -> Node | None:
    """Return the child of a field."""
    return node.child_by_field_name(name)


def parts(node: Node | None) -> list[Node]:
    """Return the named children of a node, without comments."""
    return [child for child in node.named_children if child.type != "comment"] if node is not None else []


def listed(node: Node | None) -> list[Node]:
    """Return the expressions of an ``expression_list``; a node that is none is alone."""
    if node is None:
        return []
    return parts(node) if node.type == "expression_list" else [node]


def below(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, in the order of the file."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.named_children))


def literal_of(node: Node) -> str | None:
    """Return the value of a string or rune literal; ``None`` for an escape that is not known."""
    code = code_of(node)
    if node.type == "raw_string_literal":
        return code[1:-1].replace("\r", "")
    return _unescaped(code[1:-1])


ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}
CODES = {"x": 2, "u": 4, "U": 8}
"""Escapes with a number in hexadecimal digits, and how many digits it has."""


def _unescaped(code: str) -> str | None:
    if "\\" not in code:
        return code
    found, at = [], 0
    while at < len(code):
        if code[at] != "\\":
            found.append(code[at])
            at += 1
            continue
        kind = code[at + 1 : at + 2]
        if kind in ESCAPES:
            found.append(ESCAPES[kind])
            at += 2
        elif kind in CODES and kind != "x":
            digits = CODES[kind]
            found.append(chr(int(code[at + 2 : at + 2 + digits], 16)))
            at += 2 + digits
        else:
            return None
    return "".join(found)
