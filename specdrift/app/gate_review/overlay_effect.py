"""Whether a change of the overlays changes what the document requires."""

from collections.abc import Sequence
from pathlib import Path

from specdrift.config.reading.file import ConfigFile
from specdrift.config.value_types.plain import is_file_name
from specdrift.differ.contract_changes import changes, requirement_changes
from specdrift.errors import ConfigError, DocumentError, UsageError
from specdrift.scan.older.base_revision import BaseRevision
from specdrift.scan.older.older_configuration import older_configuration, set_by_file
from specdrift.scan.older.older_document import load_older
from specdrift.scan.preparation.documents import DocumentReading, load_contract
from specdrift.settings import Settings

OVERLAYS = "loader.overlays"


class OverlayEffect:
    """Compares the document and its overlays of a revision with those of the work tree."""

    def __init__(self, settings: Settings, present: ConfigFile | None, *, cwd: Path) -> None:
        self.cwd = cwd
        self._settings = settings
        self._present = present
        self._kept: dict[str, bool] = {}

    def is_kept(self, base: BaseRevision) -> bool:
        """Return whether every operation requires, at the same servers, what it required at ``base``.

        An overlay may move into the document. Where ``base`` went on since the change began, an operation that it
        gained may get its requirement from the overlay only: then the branch has to be brought up to date.
        """
        if base.commit not in self._kept:
            self._kept[base.commit] = self._is_equal(base)
        return self._kept[base.commit]

    def _is_equal(self, base: BaseRevision) -> bool:
        try:
            path = self._document(base)
            if not path:
                return False
            before = load_older(f"{base.commit}:{path}", self._settings, cwd=self.cwd)
            now = load_contract(self._settings.spec, DocumentReading.of(self._settings), cwd=self.cwd)
        except (ConfigError, DocumentError, UsageError):
            return False
        if not (before.operations and now.operations) or before.unread or now.unread:
            return False
        return not requirement_changes(before, now) and not changes(before, now)

    def _document(self, base: BaseRevision) -> str:
        """Return the path of the document at a revision; empty for one that is no file of the repository."""
        folder, named = self.cwd, self._settings.spec
        older = older_configuration(base, self._present, cwd=self.cwd)
        if older is not None and set_by_file(self._settings, "spec", self._present):
            written = older.table.get("spec")
            folder, named = (older.path.parent, written) if isinstance(written, str) else (folder, named)
        return base.path_of(folder / named) if is_file_name(named, folder) else ""


def same_overlays(base: BaseRevision, older: ConfigFile | None, present: ConfigFile | None) -> bool:
    """Return whether the overlays have the contents of the former ones, in their order, under other names."""
    before, after = overlays_of(older), overlays_of(present)
    if len(before) != len(after) or not all(base.path_of(file) and file.is_file() for file in after):
        return False
    return _contents(base, before) == [file.read_bytes() for file in after]


def overlays_of(file: ConfigFile | None) -> list[Path]:
    """Return the overlays that a configuration file names."""
    loader = file.table.get("loader") if file else None
    listed = loader.get("overlays") if isinstance(loader, dict) else None
    return (
        [file.path.parent / one for one in listed if isinstance(one, str)]
        if file and isinstance(listed, list)
        else []
    )


def _contents(base: BaseRevision, files: Sequence[Path]) -> list[bytes | None] | None:
    """Return the contents at a revision; None with a file outside of the repository."""
    paths = [base.path_of(file) for file in files]
    return [base.read(path) for path in paths] if all(paths) else None
