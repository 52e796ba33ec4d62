"""Where a statement stands in a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """A span of text in one file.

    ``line``, ``column``, ``end_line`` and ``end_column`` count from 1 in Unicode code points;
    ``end_column`` is one past the last character (SARIF 2.1.0 §3.30). ``pointer`` is the JSON Pointer
    (RFC 6901) of the member inside ``file``; ``text`` is the line of the span, for quoting; of a ``security`` member
    the lines of its value follow.
    An empty span without a pointer stands for the file as a whole.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    pointer: str
    text: str = ""

    def __str__(self) -> str:
        empty = (self.line, self.column) == (self.end_line, self.end_column)
        return self.file if empty and not self.pointer else f"{self.file}:{self.line}"
