"""The declarations ``mod name;`` of a file, without the tree of the rest.

A declaration counts if it is a line of its own at the top of the file, as rustfmt writes it. A file with another
``mod`` is parsed as a whole.
"""

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node, Parser, Range

from specdrift.source.parse_guard import parsed
from specdrift.source.rust.syntax import SourceFile, language
from specdrift.source.rust.unparsed.skipped_tests import TEST, test_modules

NAME = rb"[\w#\x80-\xff]+"
INNER = re.compile(rb"mod\s+(?:r#)?[A-Za-z_\x80-\xff]")
"""The beginning of a module."""
IN_FILE = re.compile(rb"mod\s+" + NAME + rb"\s*;")
DECLARATION = re.compile(rb"(?:pub(?:\([^()\n]{1,80}\))? )?mod " + NAME + rb";[ \t]*(?://[^\n]*)?(?:\n|\Z)")
BRACKETS = ((b"{\n", b"\n}"), (b"(\n", b"\n)"), (b"[\n", b"\n]"))
"""What a line ends with that opens a bracket, and what the line begins with that closes it, at the top of the file."""
RAW = re.compile(rb"\bb?c?r#*\"")
"""The beginning of a raw string."""
MOST_ATTRIBUTES = 50

Span = tuple[int, int]


def declared_modules(content: bytes) -> tuple[Span, ...] | None:
    """Return the places of the declarations with their attributes; ``None`` if it takes the tree to know them."""
    found: list[Span] = []
    for at in _words(content):
        start = content.rfind(b"\n", 0, at) + 1
        declaration = DECLARATION.match(content, start)
        if declaration is None or declaration.end() <= at or not _is_at_the_top(content, start):
            return None
        first = _with_attributes(content, start)
        if first is None:
            return None
        if not found or found[-1][1] <= first:
            found.append((first, content.find(b";", start) + 1))
    return tuple(found)


def _words(content: bytes) -> Iterator[int]:
    """Yield where a module may begin, beside modules of tests, in order."""
    at = 0
    for start, end in (*test_modules(content), (len(content), len(content))):
        places = {one.start() for one in INNER.finditer(content, at, start) if _is_word(content, one.start())}
        places.update(one.start() for one in IN_FILE.finditer(content, at, end))
        yield from sorted(places)
        at = end


def _is_word(content: bytes, at: int) -> bool:
    """Return whether a word begins at a place, other than a module of tests in the file."""
    before = content[max(at - len(TEST), 0) : at]
    return not (before[-1:].isalnum() or before.endswith(b"_")) and before != TEST


def _is_at_the_top(content: bytes, at: int) -> bool:
    """Return whether a line stands in no bracket, comment or string."""
    for opening, closing in BRACKETS:
        last = content.rfind(opening, 0, at)
        if last >= 0 and content.find(closing, last, at) < 0:
            return False
    quotes = content.count(b'"', 0, at)
    return (
        quotes % 2 == 0 and content.find(b"/*", 0, at) < 0 and (not quotes or not RAW.search(content, 0, at))
    )


def _with_attributes(content: bytes, start: int) -> int | None:
    """Return where the attributes of a line begin; ``None`` if one of them may have several lines."""
    for _ in range(MOST_ATTRIBUTES):
        if start == 0:
            return 0
        before = content.rfind(b"\n", 0, start - 1) + 1
        line = content[before : start - 1].rstrip()
        if not (line.startswith(b"//") or (line.startswith(b"#[") and line.endswith(b"]"))):
            code = line.partition(b"//")[0].rstrip()
            ends = not code or code.endswith((b";", b"}")) or code.startswith(b"#![")
            return start if ends else None
        start = before
    return None


def parse_declared(file: SourceFile, spans: Sequence[Span]) -> Node | None:
    """Parse declarations of a file alone; ``None`` if they are none. Positions are those in the file."""
    ranges: list[Range] = []
    row = at = 0
    for start, end in spans:  # each begins at the start of a line
        row += file.content.count(b"\n", at, start)
        last = row + file.content.count(b"\n", start, end)
        column = end - max(file.content.rfind(b"\n", 0, end) + 1, start)
        ranges.append(Range((row, 0), (last, column), start, end))
        row, at = last, end
    root = parsed(Parser(language()), file.content, ranges)
    return None if root.has_error else root
