"""Finds the files beside a traffic file that have values of its variables: of Bruno, and of ``.http`` files."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct, field

from specdrift.scan.feeds.feed_files import ENVIRONMENTS, content_of
from specdrift.traffic import CompanionFile, CompanionRole, decoded

MOST_BYTES = 1024 * 1024
"""Size of a companion; a larger one is no file of values."""
MOST_ENVIRONMENTS = 20
MOST_LEVELS = 20
"""Folders above a file that are looked at."""
COLLECTION_MARK = "bruno.json"
"""A file in the outermost folder of a collection."""
HTTP_ENVIRONMENTS = ("http-client.env.json", ".vscode/settings.json")
"""Environments of JetBrains and Visual Studio, and of REST Client. Files of private ones are not read."""

Found = Iterator[tuple[Path, CompanionRole]]


class CompanionFiles(Struct):
    """Reads companions, each once."""

    named: Path
    """The file or folder that the user named; a folder is a collection, unless one is around it."""
    cwd: Path
    display: Callable[[Path], str]
    """How messages name a file."""
    _read: dict[Path, CompanionFile | None] = field(default_factory=dict)

    def of(self, file: Path) -> tuple[CompanionFile, ...]:
        """Return the companions of a traffic file. Raises UsageError for one that cannot be read."""
        places = FINDERS.get(file.suffix.lower())
        found = places(file, self) if places else ()
        return tuple(one for place, role in found if (one := self._companion(place, role)))

    def _companion(self, file: Path, role: CompanionRole) -> CompanionFile | None:
        """Read a file; None for what is none. No link is followed: it may lead out of the checkout."""
        if file not in self._read:
            self._read[file] = (
                CompanionFile(name=self.display(file), text=decoded(content_of(file)), role=role)
                if _is_usable(file)
                else None
            )
        return self._read[file]


def _is_usable(file: Path) -> bool:
    try:
        return file.is_file() and not file.is_symlink() and file.stat().st_size <= MOST_BYTES
    except OSError:
        return False


def _of_bruno(file: Path, companions: CompanionFiles) -> Found:
    """Yield the files of a collection: its own values, its environments, then those of the folders from outside in."""
    named = companions.named if companions.named.is_dir() else file.parent
    above = list(_above(file.parent))
    root = next((folder for folder in above if (folder / COLLECTION_MARK).is_file()), named)
    yield root / "collection.bru", CompanionRole.COLLECTION
    environments = (
        sorted((root / ENVIRONMENTS).glob("*.bru")) if not (root / ENVIRONMENTS).is_symlink() else []
    )
    yield from ((one, CompanionRole.ENVIRONMENT) for one in environments[:MOST_ENVIRONMENTS])
    inner = [folder for folder in above if folder != root and folder.is_relative_to(root)]
    yield from ((folder / "folder.bru", CompanionRole.FOLDER) for folder in reversed(inner))


def _of_http(file: Path, companions: CompanionFiles) -> Found:
    """Yield the environments beside a file, and above it in the working folder."""
    for folder in _above(file.parent):
        yield from ((folder / name, CompanionRole.ENVIRONMENT) for name in HTTP_ENVIRONMENTS)
        if folder == companions.cwd or not folder.is_relative_to(companions.cwd):
            return


def _above(folder: Path) -> Iterator[Path]:
    """Yield a folder and those above it."""
    whole = folder.absolute()
    yield from islice((whole, *whole.parents), MOST_LEVELS)


FINDERS: dict[str, Callable[[Path, CompanionFiles], Found]] = {
    ".bru": _of_bruno,
    ".http": _of_http,
    ".rest": _of_http,
}
