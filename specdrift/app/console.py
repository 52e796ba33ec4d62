"""Standard output, as far as a report needs to know it."""

import sys
from collections.abc import Callable

from msgspec import Struct


def write_stdout(content: bytes) -> None:
    """Write to standard output as it is."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


class Console(Struct, frozen=True, kw_only=True):
    width: int = 100
    """Columns."""
    coloured: bool = False
    verbose: bool = False
    write: Callable[[bytes], None] = write_stdout
    """Raises UsageError when standard output cannot be written."""
