"""Finds the documents before the change, in git."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from specdrift.ci.git_history import BaseTree, resolve_base
from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import repository_root

NOT_COMPARED = "not compared with an older document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """The older documents, or why there is none."""

    documents: tuple[str, ...] = ()
    """``REV:PATH`` of the document before the change, then of others that the change removed."""
    note: str
    """One line for the summary."""
    base: str = ""
    """The base revision, whose gate judges; empty without a revision."""
    missing: bool = False
    """Whether there was a document that this one may replace, and it is not known which, or it cannot be read."""


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
    base = resolve_base(revision, cwd=cwd, fetch=fetch)
    if not (cwd / spec).is_file() and not configured(base.name):
        return Older(note=f"{NOT_COMPARED}: {spec} is not a file of this repository", base=base.name)
    path = _in_repository(spec, cwd) if (cwd / spec).is_file() else ""
    first, how = _first(base, path, configured(base.name))
    removed = tuple(one for one in base.removed_documents() if one != first)
    found = (first, *removed) if first else removed
    if found:
        named = tuple(f"{base.name}:{one}" for one in found)
        return Older(documents=named, note=f"compared with {', '.join(named)}{how}", base=base.name)
    return Older(
        note=f"{NOT_COMPARED}: {base.name} does not have {path}, nor a document that it replaces",
        base=base.name,
    )


def _first(base: BaseTree, path: str, configured: str) -> tuple[str, str]:
    """Return the path of the document before the change and how it was found; empty without one."""
    if configured and base.has(configured):
        return configured, "" if configured == path else " (the `spec` of the older configuration)"
    if path and base.has(path):
        return path, ""
    origin = base.origin_of(path) if path else ""
    return origin, f" (from which {path} was renamed or copied)" if origin else ""


def _in_repository(spec: str, cwd: Path) -> str:
    top = repository_root(cwd)
    file = (cwd / spec).resolve()
    if not file.is_relative_to(top.resolve()):
        raise UsageError(f"{spec} is outside the repository, which has no older version of it")
    return file.relative_to(top.resolve()).as_posix()
