"""The files that a configuration names: which a run reads, which it writes, and which are not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from specdrift.config.describe.show import tables
from specdrift.config.keys import kinds
from specdrift.config.keys.catalogue import GROUPS
from specdrift.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """``what`` completes "reads it as …" or "writes … there": ``the document``, ``identities.alice.cert-file``;
    ``origin`` is the option, the variable or the file and line that named it.
    """

    what: str
    path: Path
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.origin})" if self.origin else self.what


def files_read(settings: Settings) -> list[NamedFile]:
    """What a run reads, the configuration itself included; a baseline that is written again is not among it."""
    own = [NamedFile(what="the configuration", path=settings.file)] if settings.file else []
    named = (file for kind, file in _named(settings) if kind != kinds.FOLDER)
    return own + [file for file in named if file.what not in _written(settings)]


def files_written(settings: Settings) -> list[NamedFile]:
    """What a run writes beside its reports."""
    return [file for _, file in _named(settings) if file.what in _written(settings)]


def missing_files(settings: Settings) -> list[str]:
    """A line for each file or folder that the configuration names, that a run needs, and that is not there."""
    return [
        f"{file.origin}: {file.what}: there is no {'folder' if kind == kinds.FOLDER else 'file'} {file.path}"
        for kind, file in _named(settings)
        if file.what not in _written(settings) and not _is_there(kind, file.path)
    ]


def _is_there(kind: kinds.Kind, path: Path) -> bool:
    """A pipe is as good as a file."""
    return path.is_dir() if kind == kinds.FOLDER else path.exists() and not path.is_dir()


def _written(settings: Settings) -> tuple[str, ...]:
    """Keys whose files need not be there."""
    return ("record", "resume", *(("baseline",) if settings.prior.update_baseline else ()))


_KINDS = (kinds.FILE, kinds.FILES, kinds.NEW_FILE, kinds.TRUST_STORE, kinds.DOCUMENT, kinds.FOLDER)


def _named(settings: Settings) -> Iterator[tuple[kinds.Kind, NamedFile]]:
    """Every file and folder, in the order of the keys, each with its kind."""
    for group in GROUPS:
        for _, entries in tables(group, settings):
            for dotted, name, value in entries:
                key = group.find(name)
                if key is None or key.kind not in _KINDS:
                    continue
                origin = settings.origins.get(dotted, "default")
                for text in map(str, value if isinstance(value, list) else [value]):
                    if _is_path(key.kind, text):
                        yield key.kind, NamedFile(what=dotted, path=Path(text), origin=origin)


def _is_path(kind: kinds.Kind, text: str) -> bool:
    """Whether this is a name in the file system: not "system", nor a document that is elsewhere."""
    if kind == kinds.TRUST_STORE:
        return text != "system"
    return kinds.is_file_name(text) if kind == kinds.DOCUMENT else bool(text)
