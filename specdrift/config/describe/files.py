"""The files that a configuration names: inputs, outputs, and missing inputs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from specdrift.config.describe.show import tables
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.reading.assemble import DEFAULT
from specdrift.config.value_types import plain
from specdrift.errors import SpecdriftError
from specdrift.settings import Settings


class NamedFile(Struct, frozen=True, kw_only=True):
    what: str
    """``the document``, ``identities.alice.cert-file``; completes "reads it as …"."""
    path: Path
    origin: str = ""
    """The option, variable, or file and line that names it."""

    def __str__(self) -> str:
        return f"{self.what} ({self.origin})" if self.origin else self.what


def files_read(settings: Settings) -> list[NamedFile]:
    """Input files of a run, the configuration included. A baseline to be updated is an output."""
    own = [NamedFile(what="the configuration", path=settings.file)] if settings.file else []
    named = (file for value_type, file in _named(settings) if not _is_folder(value_type, file.path))
    return own + [file for file in named if file.what not in _written(settings)]


def files_written(settings: Settings) -> list[NamedFile]:
    """Output files of a run, without its reports."""
    return [file for _, file in _named(settings) if file.what in _written(settings)]


def missing_files(settings: Settings) -> list[str]:
    """Return a line for each input file or folder that does not exist."""
    return [
        f"{file.origin}: {file.what}: {_fault(value_type, file.path)}"
        for value_type, file in _named(settings)
        if file.what not in _written(settings) and not _exists(value_type, file.path)
    ]


@contextmanager
def naming_origins(settings: Settings) -> Iterator[None]:
    """Add to errors the place that set what is at fault: an option, a variable, or file and line."""
    try:
        yield
    except SpecdriftError as error:
        if place := ": ".join(filter(None, _origin(error, settings))):
            error.args = (f"{place}: {error}",)
        raise


def _origin(error: SpecdriftError, settings: Settings) -> tuple[str, str]:
    """Return the place, and the key unless the message names its owner."""
    if error.setting:
        origin = settings.origins.get(error.setting, DEFAULT)
        return ("" if origin == DEFAULT else origin), error.setting
    named = (file for _, file in _named(settings) if error.file is not None and file.path == error.file)
    return next((file.origin for file in named if file.origin != DEFAULT), ""), ""


def _fault(value_type: plain.ValueType, path: Path) -> str:
    kind = _kind(value_type)
    if not path.exists():
        return f"there is no {kind} {path}"
    return f"{path} is a {'folder' if path.is_dir() else 'file'}, not a {kind}"


def _kind(value_type: plain.ValueType) -> str:
    if value_type == plain.PATHS:
        return "folder or file"
    return "folder" if value_type == plain.FOLDER else "file"


def _is_folder(value_type: plain.ValueType, path: Path) -> bool:
    return value_type == plain.FOLDER or (value_type == plain.PATHS and path.is_dir())


def _exists(value_type: plain.ValueType, path: Path) -> bool:
    """A pipe counts as a file."""
    if value_type == plain.PATHS:
        return path.exists()
    return path.is_dir() if value_type == plain.FOLDER else path.exists() and not path.is_dir()


def _written(settings: Settings) -> tuple[str, ...]:
    """Keys whose files the run writes."""
    return ("record", "resume", *(("baseline",) if settings.prior.update_baseline else ()))


_DOCUMENTS = (plain.DOCUMENT, plain.DOCUMENTS)
_FILE_TYPES = (
    plain.FILE,
    plain.FILES,
    plain.PATHS,
    plain.NEW_FILE,
    plain.TRUST_STORE,
    plain.FOLDER,
    *_DOCUMENTS,
)


def _named(settings: Settings) -> Iterator[tuple[plain.ValueType, NamedFile]]:
    """Every file and folder with its value type, in the order of the keys."""
    for group in GROUPS:
        for _, entries in tables(group, settings):
            for dotted, name, value in entries:
                key = group.find(name)
                if key is None or key.value_type not in _FILE_TYPES:
                    continue
                origin = settings.origins.get(dotted, DEFAULT)
                for text in map(str, value if isinstance(value, list) else [value]):
                    if _is_path(key.value_type, text):
                        yield key.value_type, NamedFile(what=dotted, path=Path(text), origin=origin)


def _is_path(value_type: plain.ValueType, text: str) -> bool:
    """Whether the value names a file: not "system", a URL or REV:PATH."""
    if value_type == plain.TRUST_STORE:
        return text != "system"
    return plain.is_file_name(text) if value_type in _DOCUMENTS else bool(text)
