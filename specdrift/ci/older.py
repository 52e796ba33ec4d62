"""Finds the document before the change, in git."""

from dataclasses import dataclass
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.loader.sources.git_command import GitError, GitFailure, git, repository_root

_TIMEOUT = 300.0
_REMOTE = "origin/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """The older document, or why there is none."""

    spec: str
    """``REV:PATH``; empty without an older document."""
    note: str
    """One line for the summary."""
    base: str = ""
    """The base revision, whose gate judges; empty without a revision."""


def older_document(revision: str, spec: str, *, cwd: Path, fetch: bool = True) -> Older:
    """Find the file ``spec`` at the merge base of this branch and ``revision``.

    Fetches a branch of ``origin`` that a shallow clone lacks, if ``fetch``. Raises UsageError for an unknown revision:
    a job without a comparison would pass for the wrong reason.
    """
    if not revision:
        return Older(spec="", note="not compared with an older document: no revision given")
    commit = _commit(revision, cwd) or (_fetched(revision, cwd) if fetch else "")
    if not commit:
        raise UsageError(
            f"unknown git revision {revision}: fetch it first "
            "(a shallow clone has one commit only: `fetch-depth: 0` on GitHub, `GIT_DEPTH: 0` on GitLab)"
        )
    base = _git(cwd, "merge-base", commit, "HEAD") or commit
    name = revision if base == commit else base[:12]
    if not (cwd / spec).is_file():
        note = f"not compared with an older document: {spec} is not a file of this repository"
        return Older(spec="", note=note, base=name)
    path = _in_repository(spec, cwd)
    if not _git(cwd, "cat-file", "-t", f"{base}:{path}"):
        note = f"not compared with an older document: {name} does not have {path}"
        return Older(spec="", note=note, base=name)
    return Older(spec=f"{name}:{path}", note=f"compared with {name}:{path}", base=name)


def _in_repository(spec: str, cwd: Path) -> str:
    top = repository_root(cwd)
    file = (cwd / spec).resolve()
    if not file.is_relative_to(top.resolve()):
        raise UsageError(f"{spec} is outside the repository, which has no older version of it")
    return file.relative_to(top.resolve()).as_posix()


def _commit(revision: str, cwd: Path) -> str:
    if revision.startswith("-"):
        raise UsageError(f'"{revision}" is not a git revision')
    return _git(cwd, "rev-parse", "--quiet", "--verify", f"{revision}^{{commit}}")


def _fetched(revision: str, cwd: Path) -> str:
    """Fetch the tip of a branch of ``origin``; returns the commit, or an empty string."""
    branch = revision.removeprefix(_REMOTE)
    if branch == revision:
        return ""
    refspec = f"+refs/heads/{branch}:refs/remotes/{revision}"
    _git(cwd, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", refspec)
    return _commit(revision, cwd)


def _git(cwd: Path, *arguments: str) -> str:
    """Return what git prints, stripped; empty if it fails."""
    try:
        return git(*arguments, cwd=cwd, timeout=_TIMEOUT, fetch_missing=True).decode(errors="replace").strip()
    except GitError as error:
        match error.failure:
            case GitFailure.NOT_INSTALLED:
                raise UsageError(
                    "git is not installed, so there is no older document to compare with"
                ) from None
            case GitFailure.TIMEOUT:
                raise UsageError(f"git {arguments[0]} did not finish within {_TIMEOUT:.0f} s") from None
        return ""
