"""The base revision of a change in git, and what became of its documents."""

import os
from pathlib import Path

from msgspec import Struct

from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import GitError, GitFailure, git
from specdrift.loader.sources.revision_name import resolve
from specdrift.loader.sources.revision_tree import UnknownCause, UnknownContentError, UnknownFile
from specdrift.scan.older.base_revision import BaseRevision, base_revision, fork_point, revision_error

_TIMEOUT = 300.0
_REMOTE = "origin/"
_SUFFIXES = (".json", ".yaml", ".yml")
_SIMILAR = "30%"
"""Least similarity of a file and its origin. The comparison itself shows whether they are the same document."""
_MOST_RENAMES = "2000"
_OPENAPI = (
    r"""^["']?(openapi|swagger)["']?[ 	]*:[ 	]*["']?[0-9]|"(openapi|swagger)"[ 	]*:[ 	]*"[0-9]"""
)
"""A line of an OpenAPI document, as an extended regular expression."""
_WITH_INDEX = ("diff", "--cached", "--no-ext-diff", "--no-textconv", "-z")
"""Compares with the index. A comparison with the work tree would run the filters that the configuration names."""
_NO_MATCH = 1
"""Exit status of `git grep`."""


class Bases(Struct, frozen=True, kw_only=True):
    """What a change is compared with."""

    tip: BaseRevision
    """The revision that users named; its gate judges."""
    fork: BaseRevision
    """Where the change began; its documents are compared."""


def resolve_bases(revision: str, *, cwd: Path, fetch: bool) -> Bases:
    """Return ``revision`` and its merge base with HEAD. Fetches a branch of ``origin`` that is unknown, if ``fetch``.

    Raises UsageError for an unknown revision, and for a name that may be more than one.
    """
    if fetch:
        _fetch_unknown(revision, cwd)
    tip = base_revision(revision, cwd=cwd)
    return Bases(tip=tip, fork=fork_point(tip, cwd=cwd))


def origin_of(base: BaseRevision, path: str) -> str:
    """Return the file from which git takes ``path`` for a renamed or copied one; empty if there is none.

    Raises UnknownContentError if git cannot compare them.
    """
    options = (
        *("-C", "-C", "--name-status", f"-l{_MOST_RENAMES}"),
        *(f"--find-copies={_SIMILAR}", f"--find-renames={_SIMILAR}"),
    )
    pathspecs = (*(f":(glob)**/*{suffix}" for suffix in _SUFFIXES), f":(literal){path}")
    fields = iter(_listed(base, *_WITH_INDEX, *options, base.commit, "--", *pathspecs))
    for status in fields:
        if not status:
            break
        first = next(fields, "")
        second = next(fields, "") if status[0] in "RC" else ""
        if second == path:
            return first
    return ""


def removed_documents(base: BaseRevision) -> tuple[str, ...]:
    """Return the OpenAPI documents of the revision whose files the change removed or renamed.

    Raises UnknownContentError if this clone lacks the content of one that may be such a document. Searches as text what
    the attributes of the change call binary.
    """
    options = ("--no-renames", "--raw", "--no-abbrev", "--diff-filter=D")
    fields = iter(_listed(base, *_WITH_INDEX, *options, base.commit, "--"))
    removed = {path: about.split()[2] for about, path in zip(fields, fields, strict=False) if about}
    documents = {path: blob for path, blob in removed.items() if path.lower().endswith(_SUFFIXES)}
    if not documents:
        return ()
    _require_content(base, documents)
    pathspecs = [f":(literal){path}" for path in documents]
    try:
        found = _listed(base, "grep", "-l", "-z", "-a", "-E", _OPENAPI, base.commit, "--", *pathspecs)
    except _NothingFoundError:
        return ()
    return tuple(one.removeprefix(f"{base.commit}:") for one in found if one)


class _NothingFoundError(Exception):
    """Git ended with the status that means no match."""


def _require_content(base: BaseRevision, blobs: dict[str, str]) -> None:
    """`git grep` passes over what it cannot read. Raises UnknownContentError."""
    checked = _run(base, "cat-file", "--batch-check=%(objecttype)", given="\n".join(blobs.values()).encode())
    for path, line in zip(blobs, checked.splitlines(), strict=False):
        if line != "blob":
            raise UnknownContentError(f"{base.name}:{path}", UnknownFile(cause=UnknownCause.MISSING))


def _fetch_unknown(revision: str, cwd: Path) -> None:
    """Fetch the tip of a branch of ``origin`` that a shallow clone lacks."""
    branch = revision.removeprefix(_REMOTE)
    if branch == revision:
        return
    try:
        resolve(revision, cwd=cwd)
    except GitError as error:
        if error.failure is not GitFailure.UNKNOWN_REVISION:
            return
    refspec = f"+refs/heads/{branch}:refs/remotes/{revision}"
    try:
        git("fetch", "--quiet", "--no-tags", "--depth=1", "origin", refspec, cwd=cwd, timeout=_TIMEOUT)
    except GitError as error:
        if error.failure is GitFailure.TIMEOUT:
            raise UsageError(f"git fetch did not finish within {_TIMEOUT:.0f} s") from None


def _listed(base: BaseRevision, *arguments: str) -> list[str]:
    """Return what git lists."""
    return _run(base, *arguments).split("\0")


def _run(base: BaseRevision, *arguments: str, given: bytes = b"") -> str:
    try:
        return os.fsdecode(git(*arguments, cwd=base.root, timeout=_TIMEOUT, given=given))
    except GitError as error:
        if error.failure is not GitFailure.FAILED:
            raise revision_error(error, base.name) from None
        if error.status == _NO_MATCH:
            raise _NothingFoundError from None
        unknown = UnknownFile(cause=UnknownCause.FAILED, detail=error.message)
        raise UnknownContentError(base.name, unknown) from None
