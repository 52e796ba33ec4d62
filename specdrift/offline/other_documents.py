"""The other documents of a change, for operations that left the compared document."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from specdrift.errors import DocumentError
from specdrift.loader.document_search import find_documents
from specdrift.loader.sources import revision_of
from specdrift.loader.sources.git_command import GitError, repository_root
from specdrift.loader.sources.revision_tree import UnknownCause, UnknownContentError
from specdrift.model.contract.contract import Contract
from specdrift.scan.older.base_revision import base_revision
from specdrift.scan.preparation.documents import DocumentReading, load_contract
from specdrift.settings import Settings

_OF_NO_CHANGE = frozenset({UnknownCause.UNTRACKED, UnknownCause.SUBMODULE})
"""Files that no commit of this repository brings."""


def other_documents(
    settings: Settings, against: Sequence[str], *, cwd: Path | None = None
) -> Iterator[tuple[Contract | None, Contract]]:
    """Yield each other document of the work tree that differs from the older revision, before and now.

    Nothing without a revision. The overlays and requirements of the configuration are those of its own document, and
    what cannot be read is left to the run that lints it.
    """
    folder = Path.cwd() / (cwd or "")
    revision = _revision(against, folder)
    if not revision:
        return
    base = base_revision(revision, cwd=folder)
    reading = _reading(settings)
    own = (folder / settings.spec).resolve()
    for found in find_documents(base.root):
        file = base.root / found
        path = base.path_of(file)
        if file.is_symlink() or file.resolve() == own or not path:
            continue
        try:
            is_new = base.read(path) is None
            if is_new or base.has_changed(path):
                before = None if is_new else load_contract(f"{revision}:{path}", reading, cwd=folder)
                yield before, load_contract(os.path.relpath(file, folder), reading, cwd=folder)
        except UnknownContentError as error:
            if error.unknown.cause not in _OF_NO_CHANGE:
                raise
        except DocumentError:
            continue


def documents_beside(
    settings: Settings, against: Sequence[str], *, cwd: Path | None = None
) -> Iterator[Contract]:
    """Yield each other document of the work tree, for a comparison with no revision: what they were is unknown.

    Nothing with a revision. What cannot be read is left to the run that lints it.
    """
    folder = Path.cwd() / (cwd or "")
    if _revision(against, folder):
        return
    root = _top(folder)
    known = {(folder / one).resolve() for one in (settings.spec, *against)}
    for found in find_documents(root):
        file = root / found
        if file.is_symlink() or file.resolve() in known:
            continue
        try:
            yield load_contract(os.path.relpath(file, folder), _reading(settings), cwd=folder)
        except DocumentError:
            continue


def _revision(against: Sequence[str], folder: Path) -> str:
    return next(filter(None, (revision_of(one, cwd=folder) for one in against)), "")


def _reading(settings: Settings) -> DocumentReading:
    """Read other documents without what the configuration adds to its own one."""
    reading = DocumentReading.of(settings)
    document_alone = replace(reading.configured, requirements=(), operations=())
    return replace(reading, loader=replace(reading.loader, overlays=()), configured=document_alone)


def _top(folder: Path) -> Path:
    """Return the top of the work tree; the folder itself outside of a repository."""
    try:
        return repository_root(folder)
    except GitError:
        return folder
