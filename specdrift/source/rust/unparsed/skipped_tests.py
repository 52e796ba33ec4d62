"""Finds the test modules of a file, which are not parsed."""

import re
from collections.abc import Iterator

from tree_sitter import Range

TEST = b"#[cfg(test)]\n"
TESTS = re.compile(
    rb"#\[cfg\(test\)\]\n(?:#\[[^\n]*\n){0,20}(?:pub(?:\([^)\n]{0,100}\))? )?mod \w{1,100} \{\n"
)
"""Beginnings of top-level test modules as rustfmt formats them; a line that begins with a brace ends one."""


def test_modules(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of the test modules."""
    at = -1
    while (at := content.find(TEST, at + 1)) >= 0:
        found = TESTS.match(content, at) if at == 0 or content[at - 1] == ord("\n") else None
        if found is not None:
            end = content.find(b"\n}", found.end() - 1)
            if end < 0:
                return
            yield at, end + 2
            at = end + 1


def outside(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans between the test modules."""
    at = 0
    for start, end in test_modules(content):
        yield at, start
        at = end
    yield at, len(content)


def without_tests(content: bytes) -> bytes:
    """Return the content without the test modules, which are often half of a file."""
    spans = [*outside(content)]
    return b"".join(content[start:end] for start, end in spans) if len(spans) > 1 else content


def between(content: bytes, spans: list[tuple[int, int]]) -> Iterator[Range]:
    """Yield the ranges between spans."""
    at, row = 0, 0
    for start, end in (*spans, (len(content), len(content))):
        last = row + content.count(b"\n", at, start)
        # A span begins at the start of a line, and ends one byte into its last one.
        column = start - content.rfind(b"\n", 0, start) - 1
        yield Range((row, 1 if at else 0), (last, column), at, start)
        at, row = end, last + content.count(b"\n", start, end)
