"""Loads an older document as a run at its revision would have read it."""

from pathlib import Path
from typing import BinaryIO

from specdrift.errors import UsageError
from specdrift.loader.sources import revision_of
from specdrift.model.contract.contract import Contract
from specdrift.scan.older.base_revision import BaseRevision, base_revision
from specdrift.scan.older.older_configuration import settings_at
from specdrift.scan.preparation.documents import DocumentReading, load_contract
from specdrift.settings import Settings


def load_older(
    spec: str, settings: Settings, *, stdin: BinaryIO | None = None, cwd: Path | None = None
) -> Contract:
    """Load a document before the change; one of a git revision with the configuration and overlays of that revision.

    Raises DocumentError if it cannot be read, UnknownContentError, and UsageError as ``revision_of``.
    """
    folder = Path.cwd() / (cwd or "")
    base = _revision(revision_of(spec, cwd=folder), folder)
    read_by = settings_at(base, settings, cwd=folder) if base else settings
    return load_contract(spec, DocumentReading.of(read_by), stdin=stdin, cwd=cwd)


def _revision(name: str, cwd: Path) -> BaseRevision | None:
    """Return the revision; None without one, and if git cannot resolve it, which the loader reports."""
    try:
        return base_revision(name, cwd=cwd) if name else None
    except UsageError:
        return None
