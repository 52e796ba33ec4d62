"""Positions in a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
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
    """The line, for quoting; of a ``security`` member also the lines of its value."""

    def __str__(self) -> str:
        empty = (self.line, self.column) == (self.end_line, self.end_column)
        return self.file if empty and not self.pointer else f"{self.file}:{self.line}"
