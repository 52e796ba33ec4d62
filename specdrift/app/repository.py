"""Says how a repository calls the files of a document: that is the name which CI systems make a link of."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Locator:
    """Calls a document's file, as the user named it in ``here``, by its path in the repository, whose top is ``root``.

    Both are free of symbolic links. It travels to workers, who see the same folders.
    """

    here: Path
    root: Path

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
    """The one of ``cwd``.

    The path is relative to the folder that holds ``.git`` (to ``cwd`` where there is none) and free of symbolic
    links, as code scanning wants it; of ``REV:PATH`` it is the path. What lies elsewhere keeps its name.
    """
    here = cwd.resolve()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return Locator(here, root)
