"""Says how a repository calls the files of a document: that is the name which CI systems make a link of."""

import os
from collections.abc import Callable
from pathlib import Path


def locator(cwd: Path) -> Callable[[str], str]:
    """A function from a document's file, as the user named it in ``cwd``, to its path in the repository.

    The path is relative to the folder that holds ``.git`` (to ``cwd`` where there is none) and free of symbolic
    links, as code scanning wants it; of ``REV:PATH`` it is the path. What lies elsewhere keeps its name.
    """
    here = cwd.resolve()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return lambda name: _located(name, here, root)


def _located(name: str, here: Path, root: Path) -> str:
    if name.startswith(("http://", "https://", "<")):
        return name
    _, colon, path = name.partition(":")
    if colon and path and not os.path.lexists(here / name):
        # As `git show` reads it: from the top, unless it begins with a dot.
        start = here if path.startswith(("./", "../")) else root
        file = Path(os.path.normpath(start / path))
    else:
        file = (here / name).resolve()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else name
