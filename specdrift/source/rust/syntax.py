"""Syntax trees of Rust files, by tree-sitter. Files with syntax errors are read as far as possible."""

import errno
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import count
from pathlib import Path

import tree_sitter_rust
from msgspec import Struct
from msgspec import field as field_of
from tree_sitter import Language, Node, Parser, Range

from specdrift.model.contract.location import SourceLocation
from specdrift.source.code_places import place_of
from specdrift.source.parse_guard import parsed
from specdrift.source.rust.unparsed.outline import OutlineItem, outline_of
from specdrift.source.rust.unparsed.raw_strings import MAX_UNTERMINATED, unterminated
from specdrift.source.rust.unparsed.skipped_tests import between, test_modules, without_tests

_NUMBERS = count()
NAMES = b"_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@cache
def language() -> Language:
    """Return the grammar of Rust."""
    return Language(tree_sitter_rust.language())


class SourceFile(Struct, frozen=True, eq=False):
    """A file, which is parsed when its tree is asked for."""

    name: str
    """Its name in reports."""
    path: Path
    content: bytes
    trees: list[Node] = field_of(default_factory=list)
    """Its tree, once it was parsed."""
    number: int = field_of(default_factory=_NUMBERS.__next__)
    unread: list[tuple[SourceLocation, str]] = field_of(default_factory=list)
    """Items that could not be parsed, each with the reason."""
    pieces: dict[tuple[int, int], Node] = field_of(default_factory=dict)
    """The trees of parts that were parsed alone."""
    _code: list[bytes] = field_of(default_factory=list)
    _outline: list[tuple[OutlineItem, ...] | None] = field_of(default_factory=list)

    @property
    def code(self) -> bytes:
        """Its content without test modules, in which nothing is ever found: texts are looked for in this."""
        if not self._code:
            self._code.append(without_tests(self.content))
        return self._code[0]

    @property
    def root(self) -> Node:
        """Its tree. Raises TooLong."""
        if not self.trees:
            self.trees.append(_without_tests(self.content))
        return self.trees[0]

    @property
    def outline(self) -> tuple[OutlineItem, ...] | None:
        """Its items; ``None`` if it takes the tree to know them."""
        if not self._outline:
            self._outline.append(outline_of(self.content))
        return self._outline[0]

    def piece(self, span: tuple[int, int]) -> Node:
        """Return the tree of a part of the file: an item with its attributes. Raises TooLong."""
        if span not in self.pieces:
            (start, end), content = span, self.content
            row = content.count(b"\n", 0, start)
            last = row + content.count(b"\n", start, end)
            points = ((row, _column(content, start)), (last, _column(content, end)))
            self.pieces[span] = parsed(Parser(language()), content, [Range(*points, start, end)])
        return self.pieces[span]

    def place(self, node: Node) -> SourceLocation:
        """Return the location of a node, which ends with its first line: a function is shown as one line."""
        return place_of(self.name, self.content, node)


class ExpandedFile(SourceFile, frozen=True, eq=False, kw_only=True):
    """The expansion of a macro call. Each node has the location of the call."""

    at: SourceLocation

    @property
    def outline(self) -> None:
        """Its tree is known."""

    def place(self, node: Node) -> SourceLocation:
        del node
        return self.at


def _column(content: bytes, at: int) -> int:
    return at - content.rfind(b"\n", 0, at) - 1


def written(source_text: str, around: SourceFile, call: Node) -> ExpandedFile:
    """Parse the expansion of a macro call as a file with a unique name."""
    content = source_text.encode()
    name = f"{around.name}#{call.start_byte}"
    trees = [parsed(Parser(language()), content)]
    return ExpandedFile(name=name, path=around.path, content=content, trees=trees, at=around.place(call))


def read_file(path: Path, name: str) -> SourceFile:
    """Read a file. Raises OSError if it cannot be read, or would take far too long to parse."""
    content = path.read_bytes()
    if unterminated(content) > MAX_UNTERMINATED:
        raise OSError(errno.EILSEQ, "more than 50 raw strings without an end")
    return SourceFile(name=name, path=path, content=content)


def _without_tests(content: bytes) -> Node:
    """Parse without test modules, which are often half of a file; with them if the rest does not parse."""
    if b"#[cfg(test)]" in content:
        ranges = list(between(content, list(test_modules(content))))
        if len(ranges) > 1:
            root = parsed(Parser(language()), content, ranges)
            if not root.has_error:
                return root
    return parsed(Parser(language()), content)


def parse_inside(file: SourceFile, tree: Node) -> Node:
    """Parse the arguments of a macro call as statements; positions are those of the file."""
    ranges = [
        Range(
            _moved(tree.start_point, 1),
            _moved(tree.end_point, -1),
            tree.start_byte + 1,
            max(tree.end_byte - 1, 0),
        )
    ]
    return parsed(Parser(language()), file.content, ranges)


def parse_span(file: SourceFile, first: Node, last: Node) -> Node | None:
    """Parse a span of tokens as one expression; ``None`` if it is none."""
    ranges = [Range(first.start_point, last.end_point, first.start_byte, last.end_byte)]
    found = parsed(Parser(language()), file.content, ranges).named_children
    if len(found) != 1:
        return None
    only = found[0]
    if only.type == "ERROR" and len(only.named_children) == 1:
        only = only.named_children[0]  # complete, but for the semicolon
    return only.named_children[0] if only.type == "expression_statement" and only.named_children else only


@lru_cache(maxsize=4096)
def parse_expression(code: str) -> Node | None:
    """Parse code that stands in no file as one expression; ``None`` if it is none."""
    found = parsed(Parser(language()), f"({code});".encode())
    only = found.named_children[0] if len(found.named_children) == 1 and not found.has_error else None
    return only.named_children[0].named_children[0] if only is not None else None


def arguments_of_macro(file: SourceFile, tree: Node) -> list[Node]:
    """Return the comma-separated arguments of a macro call, each parsed as an expression."""
    groups: list[list[Node]] = [[]]
    for token in tree.children[1:-1]:
        if token.type == ",":
            groups.append([])
        elif token.type not in {"line_comment", "block_comment"}:
            groups[-1].append(token)
    return [one for group in groups if group and (one := parse_span(file, group[0], group[-1]))]


def _moved(point: tuple[int, int], by: int) -> tuple[int, int]:
    return point[0], max(point[1] + by, 0)


@cache
def _spaces(kept: bytes) -> bytes:
    return bytes(one if one in NAMES + kept or one >= 0x80 else 0x20 for one in range(256))


def only_names(content: bytes, kept: bytes = b"") -> bytes:
    """Return the content with a space for each byte that belongs to no name and is not in ``kept``."""
    return content.translate(_spaces(kept))


def text(node: Node | None) -> str:
    """Return the node's source; empty for ``None``."""
    written = node.text if node is not None else None  # each access copies it
    return written.decode("utf-8", "replace") if written is not None else ""


def short(node: Node, most: int = 60) -> str:
    """Return the node's source on one line, truncated to ``most`` characters."""
    line = " ".join(text(node).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


field = Node.child_by_field_name
"""Returns a child by its field name in the grammar."""


def arguments(call: Node) -> list[Node]:
    """Return the arguments of a call or method call."""
    found = field(call, "arguments")
    return plain(found) if found is not None else []


def name_of(call: Node) -> Node:
    """Return the node of a method's name, which may be on a line of its own; of other calls the callee."""
    callee = field(call, "function")
    name = field(callee, "field") if callee is not None and callee.type == "field_expression" else None
    return name or callee or call


def descendants(node: Node) -> Iterator[Node]:
    """Yield the node and all its descendants in source order."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current.child_count:
            stack.extend(reversed(current.children))


def named_descendants(node: Node) -> Iterator[Node]:
    """Yield the node and its named descendants in source order: other tokens have no children."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current.child_count:
            stack.extend(reversed(current.named_children))


def declarations(body: Node) -> dict[str, list[Node]]:
    """Return the ``let`` declarations of a body by the text of their patterns, in source order."""
    found: dict[str, list[Node]] = {}
    for node in named_descendants(body):
        if node.type == "let_declaration":
            found.setdefault(text(field(node, "pattern")), []).append(node)
    return found


def holds_any(node: Node, starts: Sequence[int]) -> bool:
    """Return whether a node holds one of the places, which are sorted: bytes of the file."""
    first = bisect_left(starts, node.start_byte)
    return first < len(starts) and starts[first] < node.end_byte


def plain(node: Node) -> list[Node]:
    """Return the named children without comments and attributes."""
    return [child for child in node.named_children if child.type not in _SKIPPED]


_INNER = {
    "generic_function": "function",
    "generic_type": "type",
    "generic_type_with_turbofish": "type",
    "reference_type": "type",
    "qualified_type": "type",
}
"""Nodes around a path, with the field that holds it."""
_SKIPPED = frozenset({"line_comment", "block_comment", "attribute_item", "inner_attribute_item"})
_SEGMENTS = frozenset(
    {"identifier", "type_identifier", "crate", "self", "super", "metavariable", "primitive_type"}
)


def path_of(node: Node | None) -> tuple[str, ...]:
    """Return the segments of a path (``crate::api::get``) without generic arguments; empty for other nodes.

    Iterates, since a path may have thousands of segments.
    """
    segments: list[str] = []
    while node is not None:
        kind = node.type
        if kind in _SEGMENTS:
            segments.append(text(node))
            break
        if kind in ("scoped_identifier", "scoped_type_identifier"):
            segments.append(text(field(node, "name")))
            node = field(node, "path")
        elif kind in _INNER:
            node = field(node, _INNER[kind])
        elif kind == "bracketed_type" and node.named_children:
            node = node.named_children[0]
            inferred = text(field(node, "type")) == "_"  # <_ as Service<_>>: the trait is what is known
            node = field(node, "alias") if inferred else node
        else:
            break
    return tuple(reversed(segments))


def type_arguments(node: Node | None) -> list[Node]:
    """Return the generic arguments of a type or function call."""
    found = field(node, "type_arguments") if node is not None else None
    return plain(found) if found is not None else []


def with_attributes(node: Node) -> Iterator[tuple[Node, list[Node]]]:
    """Yield the items of a module or implementation, each with its attributes."""
    before: list[Node] = []
    for child in node.named_children:
        match child.type:
            case "attribute_item":
                before.append(child)
            case "line_comment" | "block_comment":
                continue
            case kind:
                if kind != "inner_attribute_item":
                    yield child, before
                before = []


def attributes(node: Node) -> Iterator[Node]:
    """Yield the attributes of an item, the nearest first; an arm of a ``match`` has them within."""
    if node.type == "match_arm":
        yield from (child for child in node.named_children if child.type == "attribute_item")
        return
    before = node.prev_named_sibling
    while before is not None and before.type in {"attribute_item", "line_comment", "block_comment"}:
        if before.type == "attribute_item":
            yield before
        before = before.prev_named_sibling


def string_value(node: Node) -> str | None:
    """Return the value of a string literal; ``None`` for any other node."""
    if node.type == "raw_string_literal":
        return "".join(text(part) for part in node.named_children if part.type == "string_content")
    if node.type != "string_literal":
        return None
    return "".join(_unescaped(part) for part in node.named_children)


_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\", '\\"': '"', "\\0": "\0", "\\'": "'"}


def _unescaped(part: Node) -> str:
    return _ESCAPES.get(text(part), "") if part.type == "escape_sequence" else text(part)


def type_name(kind: Node | None) -> str:
    """Return the last name of a type's path; empty without one."""
    return (path_of(kind) or ("",))[-1]
