"""Places of syntax nodes in a file of source code."""

from typing import Protocol

from specdrift.model.contract.location import LONGEST_EXCERPT, SourceLocation, excerpt

LONG_LINE = 10_000
"""Bytes of a line around a node that are decoded for its place."""


class SyntaxNode(Protocol):
    """What a place is made of: a node of tree-sitter."""

    @property
    def start_byte(self) -> int: ...

    @property
    def end_byte(self) -> int: ...

    @property
    def start_point(self) -> tuple[int, int]: ...

    @property
    def end_point(self) -> tuple[int, int]: ...


def place_of(name: str, content: bytes, node: SyntaxNode) -> SourceLocation:
    """Return the location of a node, which ends with its first line: a function is shown as one line."""
    row, offset = node.start_point
    before = content.rfind(b"\n", max(node.start_byte - LONG_LINE, 0), node.start_byte)
    if before < 0 and node.start_byte > LONG_LINE:
        return _in_long_line(name, content, node.start_byte, (row + 1, offset + 1))
    start = before + 1
    after = content.find(b"\n", node.start_byte, node.start_byte + LONG_LINE)
    line = content[start : after if after >= 0 else node.start_byte + LONG_LINE]
    column = len(content[start : node.start_byte].decode("utf-8", "replace")) + 1
    same = node.end_point[0] == row
    stop = min(node.end_byte if same else start + len(line.rstrip()), start + 2 * LONG_LINE)
    end = len(content[start:stop].decode("utf-8", "replace")) + 1
    return _span(name, row + 1, column, end, excerpt(line.decode("utf-8", "replace").rstrip("\r"), column))


def _in_long_line(name: str, content: bytes, start: int, place: tuple[int, int]) -> SourceLocation:
    """Count columns in bytes: a file of one line would be decoded for each node."""
    after = content[start : start + LONGEST_EXCERPT].partition(b"\n")[0]
    return _span(name, *place, place[1], after.decode("utf-8", "replace").rstrip("\r"))


def _span(name: str, line: int, column: int, end: int, code: str) -> SourceLocation:
    return SourceLocation(
        file=name,
        line=line,
        column=column,
        end_line=line,
        end_column=max(end, column + 1),
        pointer="",
        text=code,
    )
