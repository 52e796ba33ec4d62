"""The code of an item. One that was found without a tree is parsed when its node is asked for: it alone."""

from functools import cache

from msgspec import Struct
from tree_sitter import Node, Parser

from specdrift.model.contract.location import SourceLocation
from specdrift.source.code_places import place_of
from specdrift.source.parse_guard import TooLong
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import SourceFile, language
from specdrift.source.rust.unparsed.outline import OutlineItem

Span = tuple[int, int]
CALLS = frozenset({"macro_invocation", "expression_statement"})
UNKNOWN = "its syntax is not known"


def id_of(file: SourceFile, start: int) -> int:
    """Return the number of the code that begins at a place."""
    return file.number << 32 | start


class ItemCode(Struct, eq=False):
    """The place of an item, and its node."""

    file: SourceFile
    start: int
    end: int
    piece: Span = (0, 0)
    """The item between others that has it, with its attributes: what is parsed for it."""
    header: bytes | None = None
    """What stands between its name and its body, without comments; ``None`` if it was parsed first."""
    _brace: int = -1
    """The place of its opening brace; -1 without one, or if it was parsed first."""
    _node: Node | None = None

    @classmethod
    def parsed(cls, file: SourceFile, node: Node) -> "ItemCode":
        """Return the code of a node."""
        return cls(file, node.start_byte, node.end_byte, _node=node)

    @classmethod
    def outlined(cls, file: SourceFile, item: OutlineItem, piece: Span) -> "ItemCode":
        """Return the code of an item that was found without a tree."""
        return cls(file, item.start, item.end, piece, item.header, item.brace)

    @property
    def id(self) -> int:
        """Is the same for the same code, also if several modules have its file."""
        return id_of(self.file, self.start)

    @property
    def node(self) -> Node:
        if self._node is None:
            self._node = self._found()
        return self._node

    @property
    def has_body(self) -> bool:
        return self._brace >= 0 if self.header is not None else syntax.field(self.node, "body") is not None

    @property
    def content(self) -> bytes:
        return self.file.content[self.start : self.end]

    @property
    def source_text(self) -> str:
        """Its source, as that of its node."""
        return self.content.decode("utf-8", "replace")

    @property
    def written_body(self) -> bytes:
        """The source of its body, with the braces; empty if it was parsed first."""
        return self.file.content[self._brace : self.end] if self._brace >= 0 else b""

    @property
    def body(self) -> Node | None:
        return syntax.field(self.node, "body")

    @property
    def location(self) -> SourceLocation:
        """Its place, which ends with its first line."""
        if self._node is not None:
            return self.file.place(self._node)
        content = self.file.content
        row, column = (
            content.count(b"\n", 0, self.start),
            self.start - content.rfind(b"\n", 0, self.start) - 1,
        )
        ends = row if b"\n" not in self.content else row + 1
        return place_of(self.file.name, content, _Place(self.start, self.end, (row, column), (ends, 0)))

    def _found(self) -> Node:
        """Parse the piece; one that is no item in the grammar, or takes too long, is listed as not read."""
        try:
            root = self.file.piece(self.piece)
        except TooLong as error:
            return self._unread(error.strerror or "")
        return node_between(root, self.start, self.end) or _call_at(root, self.start) or self._unread(UNKNOWN)

    def _unread(self, why: str) -> Node:
        self.file.unread.append((self.location, f"an item: {why}"))
        return nothing()


class _Place(Struct, frozen=True):
    start_byte: int
    end_byte: int
    start_point: tuple[int, int]
    end_point: tuple[int, int]


@cache
def nothing() -> Node:
    """Return the tree of an empty text."""
    return Parser(language()).parse(b"").root_node


def _call_at(root: Node, start: int) -> Node | None:
    """Return the macro call that begins at a place: whether the semicolon is part of it depends on its brackets."""
    return next((one for one in root.named_children if one.start_byte == start and one.type in CALLS), None)


def node_between(root: Node, start: int, end: int) -> Node | None:
    """Return the outermost node below the root with exactly these places; ``None`` if there is none."""
    found = root.descendant_for_byte_range(start, end)
    while found is not None and (parent := found.parent) is not None and parent.parent is not None:
        if (parent.start_byte, parent.end_byte) != (start, end):
            break
        found = parent
    exact = found is not None and (found.start_byte, found.end_byte) == (start, end)
    return found if exact and found != root else None
