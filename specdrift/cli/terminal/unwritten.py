"""Names the files that an interrupted command did not write: an older file of that name is not its result."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path


def unwritten(files: Iterable[Path], began: float) -> Iterator[str]:
    """Yield a sentence for each file that was not written since ``began`` (seconds since the epoch)."""
    folder = Path.cwd()
    for file in dict.fromkeys(folder / file for file in files):
        shown = file.relative_to(folder) if file.is_relative_to(folder) else file
        try:
            found = file.stat()
        except OSError:
            yield f"{shown} was not written"
            continue
        if stat.S_ISREG(found.st_mode) and found.st_mtime < began:
            yield f"{shown} was not written: it is of an earlier run"
