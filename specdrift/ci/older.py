"""Finds the documents before the change, in git."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from specdrift.ci.git_history import origin_of, removed_documents, resolve_bases
from specdrift.errors import UsageError
from specdrift.loader.sources.revision_tree import UnknownCause, UnknownContentError, UnknownFile
from specdrift.scan.older.base_revision import BaseRevision

NOT_COMPARED = "not compared with an older document"


class Older(Struct, frozen=True, kw_only=True):
    """The older documents, or why there is none."""

    documents: tuple[str, ...] = ()
    """``REV:PATH`` of the document before the change, then of others that the change removed."""
    note: str
    """One line for the summary."""
    judge: str = ""
    """The revision whose gate judges, as users named it; empty without a revision."""
    missing: bool = False
    """Whether there is or may be an older document, and it is not known which, or it cannot be read."""


def older_documents(
    revision: str,
    spec: str,
    *,
    cwd: Path,
    configured: Callable[[str], str] = lambda _: "",
    fetch: bool = True,
) -> Older:
    """Find the document ``spec`` as it was at the merge base of this branch and ``revision``.

    It is the file that the older configuration names (``configured`` takes the base revision and returns a path in the
    repository), else the same file, else the file that git takes for its origin, else the documents that the change
    removed. Fetches a branch of ``origin`` that a shallow clone lacks, if ``fetch``. Raises UsageError for an unknown
    revision: a job without a comparison would pass for the wrong reason.
    """
    if not revision:
        return Older(note=f"{NOT_COMPARED}: no revision given")
    base = resolve_bases(revision, cwd=cwd, fetch=fetch).fork
    named = configured(base.name)
    if not (cwd / spec).is_file() and not named:
        return Older(note=f"{NOT_COMPARED}: {spec} is not a file of this repository", judge=revision)
    file = cwd / spec if (cwd / spec).is_file() else None
    path = _in_repository(file, base) if file else ""
    try:
        first, how = _first(base, path, named, file)
        removed = tuple(one for one in removed_documents(base) if one != first)
    except UnknownContentError as error:
        return Older(note=f"{NOT_COMPARED}: {error}", judge=revision, missing=True)
    found = (first, *removed) if first else removed
    if found:
        documents = tuple(f"{base.name}:{one}" for one in found)
        return Older(documents=documents, note=f"compared with {', '.join(documents)}{how}", judge=revision)
    return Older(
        note=f"{NOT_COMPARED}: {base.name} does not have {path}, nor a document that it replaces",
        judge=revision,
    )


def _first(base: BaseRevision, path: str, configured: str, file: Path | None) -> tuple[str, str]:
    """Return the path of the document before the change and how it was found; empty without one.

    Raises UnknownContentError where the revision may have had one.
    """
    if configured:
        if not base.has(configured):
            raise UnknownContentError(base.name, UnknownFile(cause=UnknownCause.NAMED, detail=configured))
        return configured, "" if configured == path else " (the `spec` of the older configuration)"
    if file is None:
        return "", ""
    if base.has(path):
        return path, ""
    origin = origin_of(base, file.resolve().relative_to(base.root).as_posix())
    return origin, f" (from which {path} was renamed or copied)" if origin else ""


def _in_repository(file: Path, base: BaseRevision) -> str:
    """Return the path of the present document. The revision may have another link, or another target of it."""
    if not file.resolve().is_relative_to(base.root):
        raise UsageError(f"{file.name} is outside the repository, which has no older version of it")
    return base.path_of(file)
