"""The files beneath a folder, for the readers of whole folders."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

CRATE = "Cargo.toml"
NOT_DEPLOYED = frozenset({"target", "tests", "benches", "examples"})
"""Folders that Cargo itself uses in that of a package: nothing in them is deployed."""
MOST_NAMES = 20_000
"""Maximum number of names in a folder that are looked at."""


class FolderFiles(Struct):
    """Files with certain endings, in the order of their names; hidden ones are left out. It is iterated over once."""

    folder: Path
    endings: tuple[str, ...]
    passed_over: frozenset[str] = frozenset()
    """Names of folders that are left out, whatever is in them."""
    deep: bool = True
    """Folders in the folder count as well."""
    not_reached: str = ""
    """Says that there are more names than are looked at, once all were asked for."""

    def __iter__(self) -> Iterator[Path]:
        names = 0
        for base, folders, files in os.walk(self.folder):
            own = NOT_DEPLOYED if CRATE in files else frozenset[str]()
            left = self.passed_over | own
            folders[:] = sorted(one for one in folders if self.deep and one[0] != "." and one not in left)
            for name in sorted(files):
                names += 1
                if names > MOST_NAMES:
                    self.not_reached = f"more than {MOST_NAMES:,} names in the folder"
                    return
                if name.endswith(self.endings) and not name.startswith("."):
                    yield Path(base) / name
