"""The items of a file and of its implementations and traits, without a syntax tree.

Brackets are counted in the code without comments and strings. A file with anything that is not known to be an item is
parsed as a whole.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.source.rust.unparsed.blanked_code import blanked

Span = tuple[int, int]
_NAME = rb"((?:r\#)?[\w\x80-\xff]+)"
_PUBLIC = rb"(?:pub\b(?:\s*\([^(){}\[\];]*\))?\s*)?"
_QUALIFIERS = rb"(?:(?:default|async|unsafe|safe|extern|const(?=\s+(?:fn|async|unsafe|extern)\b))\s+)*"
ITEM = re.compile(
    rb"\s*+()"
    + _PUBLIC
    + _QUALIFIERS
    + rb"(?:(fn|struct|enum|union|trait|mod|type)\s+"
    + _NAME
    + rb"|(const|static)\s+(?:mut\s+)?"
    + _NAME
    + rb"|(macro_rules)\s*!\s*"
    + _NAME
    + rb"|(impl)(?=[\s<])|(use)\b([^;]*);|(extern\s+crate)\b)"
)
"""With the spaces before it; the first group is where it begins."""
START, NAMED, IMPORT, CRATE = 1, (3, 5, 7), 10, 11
"""Groups of it."""
BLOCK = re.compile(rb"(?:unsafe\s+)?extern\s*\{")
"""A block of foreign functions; the name of its interface is a string."""
CALL = re.compile(rb"(?:::\s*)?[\w\x80-\xff]+(?:\s*::\s*[\w\x80-\xff]+)*\s*!\s*(?=[({\[])")
"""A macro call between items."""
ATTRIBUTE = re.compile(rb"#\s*(!?)\s*\[")
CODE = re.compile(rb"\S")
HASH, SEMICOLON = b"#;"
HEADER = re.compile(rb"[^()\[\]{};]*(?:\([^()\[\]{};]*\)[^()\[\]{};]*)?([{;])")
"""Most headers: no brackets within others."""
BRACKETS = re.compile(rb"[()\[\]{};]")
SQUARE = re.compile(rb"[\[\]]")
CONSTANT_BEFORE = frozenset({b"<", b"="})
CONSTANT_AFTER = frozenset({b">", b",", b":", b"="})
"""What stands around the braces of a constant in a type."""
MEMBERS = frozenset({"impl", "trait"})
UNBRACED = frozenset({"const", "static", "type", "crate"})
DEEPEST = 40
"""Maximum depth of modules within others."""
MOST_BRACKETS = 200_000
"""Brackets of one item that are counted."""


class OutlineItem(Struct):
    """An item, or a macro call between items."""

    kind: str
    """Its keyword; ``call`` for a macro call, ``extern`` for a block of foreign functions."""
    name: str
    first: int
    """Where its attributes begin."""
    start: int
    end: int
    brace: int
    """The place of its opening brace; -1 without one."""
    header: bytes = b""
    """What follows its name, up to its body: without comments, strings and characters."""
    attributes: tuple[Span, ...] = ()
    members: tuple["OutlineItem", ...] = ()
    """Of an implementation, a trait or a module."""
    known: bool = True
    """Its members are known without a tree."""

    def attributes_name(self, content: bytes, word: bytes) -> bool:
        """Return whether an attribute of it in the content has a word."""
        return any(word in content[start:end] for start, end in self.attributes)


class _UnknownItemError(Exception):
    """Something is not known to be an item."""


class _Scanner(Struct):
    code: bytes
    depth: int = 0
    """Of the modules around."""

    def items(self, at: int, end: int) -> Iterator[OutlineItem]:
        """Yield the items between two places. Raises _UnknownItemError."""
        code = self.code
        attributes: tuple[Span, ...] = ()
        while True:
            if (found := ITEM.match(code, at, end)) is not None:
                item = self._item(found, end, attributes)
            elif (at := self._next(at, end)) == end:
                return
            elif code[at] == HASH and (attribute := ATTRIBUTE.match(code, at, end)) is not None:
                close = self._closing_square(attribute.end(), end)
                attributes = () if attribute[1] else (*attributes, (at, close))
                at = close
                continue
            elif code[at] == SEMICOLON:
                attributes = ()
                at += 1
                continue
            else:
                item = self._other(at, end, attributes)
            yield item
            attributes = ()
            at = item.end

    def _item(self, found: re.Match[bytes], end: int, attributes: tuple[Span, ...]) -> OutlineItem:
        number, at, after = found.lastindex or 0, found.start(START), found.end()
        first = attributes[0][0] if attributes else at
        if number == IMPORT:
            return OutlineItem("use", "", first, at, after, -1, found[IMPORT], attributes)
        kind, name = "crate" if number == CRATE else found[number].decode(), ""
        if number in NAMED:
            kind, name = found[number - 1].decode(), found[number].decode("utf-8", "replace")
        if kind in UNBRACED:
            return OutlineItem(kind, name, first, at, self._semicolon(after, end), -1, b"", attributes)
        if kind == "macro_rules":
            return OutlineItem(kind, name, first, at, self._of_macro(after, end), -1, b"", attributes)
        brace, close, header = self._body(after, end)
        if kind == "mod" and brace >= 0:
            return self._module(OutlineItem(kind, name, first, at, close, brace, header, attributes))
        members = tuple(self.items(brace + 1, close - 1)) if kind in MEMBERS and brace >= 0 else ()
        return OutlineItem(kind, name, first, at, close, brace, header, attributes, members)

    def _module(self, item: OutlineItem) -> OutlineItem:
        """Add the items of a module; one that has something unknown is left to the tree, which others do not need."""
        self.depth += 1
        try:
            item.known = self.depth < DEEPEST
            item.members = tuple(self.items(item.brace + 1, item.end - 1)) if item.known else ()
        except _UnknownItemError:
            item.known = False
        self.depth -= 1
        return item

    def _other(self, at: int, end: int, attributes: tuple[Span, ...]) -> OutlineItem:
        first = attributes[0][0] if attributes else at
        if (found := BLOCK.match(self.code, at, end)) is not None:
            close = self._closing_brace(found.end() - 1)
            return OutlineItem("extern", "", first, at, close, found.end() - 1, b"", attributes)
        if (found := CALL.match(self.code, at, end)) is not None:
            close = self._of_macro(found.end(), end)
            header = self.code[at : found.end()]
            return OutlineItem("call", "", first, at, close, -1, header, attributes)
        raise _UnknownItemError

    def _of_macro(self, at: int, end: int) -> int:
        """Return where a macro call or definition ends, of which the bracket begins after a place."""
        at = self._next(at, end)
        if self.code[at : at + 1] == b"{":
            close = self._closing_brace(at)
            after = self._next(close, end)
            return after + 1 if self.code[after : after + 1] == b";" else close
        return self._semicolon(at, end)

    def _next(self, at: int, end: int) -> int:
        """Return the next place with code."""
        found = CODE.search(self.code, at, end)
        return found.start() if found is not None else end

    def _semicolon(self, at: int, end: int) -> int:
        """Return the place after the next semicolon outside of brackets."""
        simple = HEADER.match(self.code, at, end)
        if simple is not None and simple[1] == b";":
            return simple.end()
        return self._until(at, end, b";")[0] + 1

    def _body(self, at: int, end: int) -> tuple[int, int, bytes]:
        """Return the place of an item's opening brace, its end, and what stands before; -1 without a brace."""
        code = self.code
        simple = HEADER.match(code, at, end)
        place, found = (simple.start(1), simple[1]) if simple is not None else self._until(at, end, b"{;")
        header = code[at:place]
        if found == b";":
            return -1, place + 1, header
        close = self._closing_brace(place)
        after = CODE.search(code, close, end)
        if header.rstrip()[-1:] in CONSTANT_BEFORE or (after is not None and after[0] in CONSTANT_AFTER):
            raise _UnknownItemError
        return place, close, header

    def _until(self, at: int, end: int, wanted: bytes) -> tuple[int, bytes]:
        """Return the next of the wanted characters outside of brackets, and its place."""
        depth = 0
        for number, found in enumerate(BRACKETS.finditer(self.code, at, end)):
            one = found[0]
            if not depth and one in wanted:
                return found.start(), one
            if one != b";":
                depth += 1 if one in b"([{" else -1
            if depth < 0 or number > MOST_BRACKETS:
                break
        raise _UnknownItemError

    def _closing_square(self, at: int, end: int) -> int:
        depth = 1
        for found in SQUARE.finditer(self.code, at, end):
            depth += 1 if found[0] == b"[" else -1
            if not depth:
                return found.end()
        raise _UnknownItemError

    def _closing_brace(self, at: int) -> int:
        """Return the place after the brace that closes one."""
        code, at, depth = self.code, at + 1, 1
        while (close := code.find(b"}", at)) >= 0:
            depth += code.count(b"{", at, close) - 1
            at = close + 1
            if not depth:
                return at
        raise _UnknownItemError


def outline_of(content: bytes) -> tuple[OutlineItem, ...] | None:
    """Return the items of a file; ``None`` if it takes the tree to know them."""
    code = blanked(content)
    try:
        return tuple(_Scanner(code).items(0, len(code))) if code is not None else None
    except _UnknownItemError:
        return None
