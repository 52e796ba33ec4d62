"""The scopes of blocks: what a block declares or imports hides what is around it.

A scope is a module whose parent is what is around the block. A path that is resolved in it is looked for there first.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import is_compiled_with
from specdrift.source.rust.crate_index import KINDS, CrateIndex
from specdrift.source.rust.declarations import imports_of, remember
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import RustItem, RustModule, test_only
from specdrift.source.rust.syntax import SourceFile, named_descendants, text, with_attributes

DECLARING = frozenset(KINDS) | {"use_declaration", "mod_item"}
DECLARES = re.compile(rb"\b(?:use|const|static|fn|struct|enum|type|trait|mod|macro_rules)\b")
DEEPEST = 30
"""Maximum depth of nested modules in a block."""


class BlockScopes(Struct, frozen=True, eq=False):
    """The blocks in a piece of code that have scopes of their own."""

    module: RustModule
    """What is around the code."""
    blocks: tuple[tuple[int, int, RustModule], ...] = ()
    """Where each begins and ends, the outer ones first."""
    code: Node | None = None

    def at(self, node: Node) -> RustModule:
        """Return the scope of a node in the code; of a node in another tree, that of the outermost block."""
        if self.code is None:
            return self.module
        return self.at_place(node.start_byte) if self._has(node) else self.blocks[0][2]

    def at_place(self, place: int) -> RustModule:
        """Return the scope of a place in the file."""
        found = self.module
        for start, end, scope in self.blocks:
            found = scope if start <= place < end else found
        return found

    def _has(self, node: Node) -> bool:
        """Return whether a node is part of the code: one that a macro was given is parsed by itself."""
        start = node.start_byte - (self.code.start_byte if self.code is not None else 0)
        return start >= 0 and text(self.code).encode().startswith(text(node).encode(), start)


def scope_of(index: CrateIndex, block: Node, around: RustModule) -> RustModule:
    """Return the scope of a block: what is around it, if it declares nothing."""
    if all(child.type not in DECLARING for child in block.named_children):
        return around
    key = id(around), block.id
    if key not in index.scopes:
        index.scopes[key] = _made(index, block, around)
    return index.scopes[key]


def scopes_in(index: CrateIndex, code: Node, around: RustModule) -> BlockScopes:
    """Return the scopes of the blocks in a piece of code."""
    if DECLARES.search(code.text or b"", 1 if code.type != "function_item" else _body_at(code)) is None:
        return BlockScopes(around)
    key = id(around), code.id
    if key not in index.inner_scopes:
        index.inner_scopes[key] = [*_inside(index, code, around)]
    found = index.inner_scopes[key]
    return BlockScopes(around, tuple(found), code) if found else BlockScopes(around)


def scope_around(index: CrateIndex, node: Node, module: RustModule) -> RustModule:
    """Return the scope of a node in a module."""
    known, outer = set[int](), module
    while outer.in_block and outer.parent is not None:
        known.add(outer.node.id)
        outer = outer.parent
    blocks, current = list[Node](), node.parent
    while current is not None:
        if current.type == "block" and current.id not in known:
            blocks.append(current)
        current = current.parent
    for block in reversed(blocks):
        module = scope_of(index, block, module)
    return module


def _body_at(function: Node) -> int:
    body = syntax.field(function, "body")
    return body.start_byte - function.start_byte if body is not None else 0


def _inside(index: CrateIndex, code: Node, around: RustModule) -> Iterator[tuple[int, int, RustModule]]:
    open_blocks = [(code.end_byte, around)]
    for node in named_descendants(code):  # in the order of the file
        if node.type != "block":
            continue
        while len(open_blocks) > 1 and open_blocks[-1][0] <= node.start_byte:
            open_blocks.pop()
        outer = open_blocks[-1][1]
        scope = scope_of(index, node, outer)
        if scope is not outer:
            open_blocks.append((node.end_byte, scope))
            yield node.start_byte, node.end_byte, scope


def _made(index: CrateIndex, block: Node, around: RustModule) -> RustModule:
    file = _file_of(block, around)
    path, place = (*around.path, f"{{{block.start_byte}}}"), (*around.place, block.start_byte)
    scope = RustModule(path, file, around.folder, around, block, place, in_block=True)
    _fill(index, block, scope)
    return scope


def _file_of(block: Node, around: RustModule) -> SourceFile:
    """Return the file of a block; of one in an expanded macro, its tree as a file."""
    file = around.file
    if file.content.startswith(text(block).encode(), block.start_byte):
        return file
    root = block
    while (outer := root.parent) is not None:
        root = outer
    return SourceFile(f"{file.name}#{block.start_byte}", file.path, root.text or b"", trees=[root])


def _fill(index: CrateIndex, block: Node, scope: RustModule, depth: int = 0) -> None:
    features = index.features_of(scope)
    for node, attributed in with_attributes(block):
        written = [*map(text, attributed)]
        built = not test_only(written) and is_compiled_with(written, features) is not False
        if built and node.type in DECLARING:
            _take(index, node, scope, depth)


def _take(index: CrateIndex, node: Node, scope: RustModule, depth: int) -> None:
    contents, name = scope.contents, text(syntax.field(node, "name"))
    if node.type == "use_declaration":
        for alias, path in imports_of(node):
            remember(contents, alias, path)
        return
    if node.type == "mod_item":
        body = syntax.field(node, "body")
        if body is not None and depth < DEEPEST:
            path, place = (*scope.path, name), (*scope.place, node.start_byte)
            inner = RustModule(path, scope.file, scope.folder, scope.home, body, place)
            contents.modules[name] = inner
            _fill(index, body, inner, depth + 1)
        return
    item = RustItem(name, KINDS[node.type], ItemCode.parsed(scope.file, node), scope)
    earlier = contents.items.get(name)
    if earlier is not None and earlier.kind == item.kind == "fn":
        index.twins.setdefault(earlier.node.id, []).append(item)
    else:
        contents.items[name] = item
    index.types_in_blocks["::".join((*scope.path, name))] = item
