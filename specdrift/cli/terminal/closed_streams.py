"""Puts something in the place of standard streams that the caller has closed (``>&-``).

Otherwise the next file that is opened takes the descriptor: a report or a key would be written over by messages.
"""

import os
import sys
from typing import IO


def replace_closed_streams() -> None:
    """Discard messages. Reading standard input or writing standard output is an error, as with a closed descriptor."""
    _replace(0, os.O_WRONLY)
    _replace(1, os.O_RDONLY)
    _replace(2, os.O_WRONLY)
    sys.stdin = sys.stdin or _stream(0, "r")
    sys.stdout = sys.stdout or _stream(1, "w")
    sys.stderr = sys.stderr or _stream(2, "w")


def _replace(descriptor: int, access: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, access)
        if null != descriptor:
            os.dup2(null, descriptor)
            os.close(null)
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - os's own signature


def _stream(descriptor: int, mode: str) -> IO[str]:
    return open(descriptor, mode, encoding="utf-8", errors="backslashreplace", closefd=False)
