"""Paths of a document's files relative to their repository: CI systems turn them into links."""

import os
from pathlib import Path

from msgspec import Struct

from specdrift.code_owners import PLACES, CodeOwners, parse

LARGEST = 3 << 20
"""Bytes of a CODEOWNERS file that GitHub reads."""


class Locator(Struct, frozen=True):
    """Maps a file name as the user gave it to its path in the repository. Fleets send it to workers."""

    here: Path
    """The working folder, without symbolic links."""
    root: Path
    """The top of the repository, without symbolic links."""

    def __call__(self, name: str) -> str:
        if name.startswith(("http://", "https://", "<")):
            return name
        _, colon, path = name.partition(":")
        if colon and path and not os.path.lexists(self.here / name):
            # As `git show` reads it: from the top, unless it begins with a dot.
            start = self.here if path.startswith(("./", "../")) else self.root
            file = Path(os.path.normpath(start / path))
        else:
            file = (self.here / name).resolve()
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else name


def locator(cwd: Path) -> Locator:
    """Locate relative to the folder above ``cwd`` that holds ``.git``, else to ``cwd``.

    Paths have no symbolic links, as code scanning requires; ``REV:PATH`` becomes the path. Names outside the
    repository stay unchanged.
    """
    here = cwd.resolve()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return Locator(here, root)


def owners(located: Locator) -> CodeOwners:
    """Return the owners that the repository's CODEOWNERS names; none where it has none that lies in it."""
    for place in PLACES:
        file = located.root / place
        if file.is_file() and file.resolve().is_relative_to(located.root):
            with file.open("rb") as stream:
                return parse(stream.read(LARGEST).decode("utf-8", "replace"))
    return CodeOwners()
