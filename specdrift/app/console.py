"""Standard output, as far as a report needs to know it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass


def write_stdout(content: bytes) -> None:
    """Write to standard output as it is."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    width: int = 100
    """Columns."""
    coloured: bool = False
    verbose: bool = False
    write: Callable[[bytes], None] = write_stdout
    """Raises UsageError when standard output cannot be written."""
