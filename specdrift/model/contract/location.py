"""Positions in a document."""

from msgspec import Struct
from msgspec.structs import force_setattr

LONGEST_EXCERPT = 200
"""Characters of a line that are quoted."""
_LONGEST_TEXT = 4000


def excerpt(line: str, column: int) -> str:
    """Return a line as it is quoted at a column, counted from 1: of a long one, the part from there on."""
    return line if len(line) <= LONGEST_EXCERPT else line[column - 1 : column - 1 + LONGEST_EXCERPT]


class SourceLocation(Struct, frozen=True, kw_only=True):
    """A span of text in one file. An empty span without a pointer is the whole file."""

    file: str
    line: int
    """Lines and columns count from 1; columns in Unicode code points."""
    column: int
    end_line: int
    end_column: int
    """One past the last character (SARIF 2.1.0 §3.30)."""
    pointer: str
    """JSON Pointer (RFC 6901) of the member in ``file``."""
    text: str = ""
    """The line, for quoting, long ones cut by ``excerpt``; of a ``security`` member also those of its value."""

    @classmethod
    def of_line(cls, file: str, number: int, line: str) -> "SourceLocation":
        """Return the place of one line, from its first character that is no blank."""
        column = len(line) - len(line.lstrip()) + 1
        return cls(
            file=file,
            line=number,
            column=column,
            end_line=number,
            end_column=max(len(line.rstrip()) + 1, column + 1),
            pointer="",
            text=excerpt(line, column),
        )

    def __post_init__(self) -> None:
        # A file of one line is quoted at each place in it: uncut, the result would be the square of its size.
        if len(self.text) > _LONGEST_TEXT:
            force_setattr(self, "text", self.text[:_LONGEST_TEXT])

    def __str__(self) -> str:
        empty = (self.line, self.column) == (self.end_line, self.end_column)
        return self.file if empty and not self.pointer else f"{self.file}:{self.line}"
