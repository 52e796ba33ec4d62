"""Resolves names that come out of files beneath the folder that they belong to."""

import os
from pathlib import Path


class OutsideFolderError(ValueError):
    """A name leads outside its folder, or cannot be the name of a file."""


def beneath(folder: Path, name: str) -> Path:
    """Return the real path of a relative name in a folder; the file need not exist.

    Follows symbolic links. Raises OutsideFolderError.
    """
    try:
        path = (folder / name).resolve()
    except (ValueError, OSError, RuntimeError) as error:  # NUL; a loop of links
        raise OutsideFolderError(f"{name!r} is not the name of a file: {error}") from None
    if not is_beneath(folder, path):
        raise OutsideFolderError(f"{name!r} leads outside {folder}")
    return path


def is_beneath(folder: Path, path: Path) -> bool:
    """Return whether a real path lies in a folder."""
    return path.is_relative_to(folder.resolve())


def leaves_by_link(folder: Path, path: Path) -> bool:
    """Return whether a path that reads as one beneath a folder is outside of it, because of a symbolic link."""
    base = Path(os.path.normpath(folder.absolute()))
    written = Path(os.path.normpath(base / path))
    return written.is_relative_to(base) and not is_beneath(base, written.resolve())
